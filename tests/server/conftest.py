"""Servers that the tests of this folder share; each is started when the first test wants it."""

import contextlib
import functools

import pytest

from tests.support.jupyter import MODES, JupyterServer
from tests.support.terminado import ON_THE_ENGINE


@pytest.fixture(scope="session")
def servers(tmp_path_factory):
    """Gives the server with these arguments, which goes on until all tests are done: to start one takes seconds."""
    with contextlib.ExitStack() as stack:

        @functools.cache
        def started(mode, args=(), base_url="/"):
            folder = tmp_path_factory.mktemp(mode)
            return stack.enter_context(JupyterServer(folder, mode=mode, args=args, base_url=base_url))

        yield started


@pytest.fixture(params=list(MODES))
def server(request, servers):
    """A server in each of the ways in which a connection reaches its engine."""
    return servers(request.param)


@pytest.fixture(scope="session")
def guarded(tmp_path_factory):
    """A strict server: whoever is known may read terminals and nothing else, and nothing is compressed."""
    args = [
        "--ServerApp.authorizer_class=tests.support.authorizers.ReadOnly",
        "--ServerApp.allow_unauthenticated_access=False",
        "--OrchFlow.compression=off",
    ]
    with JupyterServer(tmp_path_factory.mktemp("guarded"), args=args, base_url="/user/me/") as running:
        yield running


@pytest.fixture
def terminal(server):
    """A terminal in which `cat` echoes."""
    model = server.create(command=["cat"])
    yield model
    server.request("DELETE", f"orchflow/api/terminals/{model['id']}")


@pytest.fixture(params=["handover", "embedded"])
def jupyter(request, servers):
    """A server whose own terminals are the engine's, below a base URL; without terminals."""
    running = servers(request.param, tuple(ON_THE_ENGINE), "/user/me/")
    yield running
    for model in running.request("GET", "orchflow/api/terminals").json:
        running.request("DELETE", f"orchflow/api/terminals/{model['id']}")
