"""Servers that the tests of this folder share; each is started when the first test wants it."""

import pytest

from tests.support.jupyter import MODES, JupyterServer
from tests.support.terminado import ON_THE_ENGINE


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


@pytest.fixture(scope="session", params=["handover", "embedded"])
def jupyter_on_the_engine(request, tmp_path_factory):
    """A server whose own terminals are the engine's, below a base URL."""
    folder = tmp_path_factory.mktemp(f"jupyter-{request.param}")
    with JupyterServer(folder, mode=request.param, args=ON_THE_ENGINE, base_url="/user/me/") as running:
        yield running


@pytest.fixture
def jupyter(jupyter_on_the_engine):
    """The same, without terminals."""
    yield jupyter_on_the_engine
    for model in jupyter_on_the_engine.request("GET", "orchflow/api/terminals").json:
        jupyter_on_the_engine.request("DELETE", f"orchflow/api/terminals/{model['id']}")
