"""Servers that the tests of this folder share; each is started when the first test wants it."""

import pytest

from tests.support.jupyter import MODES, JupyterServer


@pytest.fixture(scope="session", params=list(MODES))
def server(request, tmp_path_factory):
    """A server in each of the ways in which a connection reaches its engine."""
    with JupyterServer(tmp_path_factory.mktemp(request.param), mode=request.param) as running:
        yield running


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
