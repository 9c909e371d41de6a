"""A Jupyter extension with a route that has the server look whether anybody uses it; by itself it does each minute."""

from jupyter_server.base.handlers import APIHandler
from tornado import web

__all__ = ["enable", "look"]

NAME = "tests.support.looking"


def enable(server):
    """Have a server that is not started yet load it."""
    folder = server.folder / "config" / "jupyter_server_config.d"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "looking.json").write_text(f'{{"ServerApp": {{"jpserver_extensions": {{"{NAME}": true}}}}}}')


def look(server):
    """Let it look, and shut itself down where it has reason to."""
    assert server.request("POST", "tests/look").status == 204


class LookHandler(APIHandler):
    _track_activity = False

    @web.authenticated
    def post(self):
        self.settings["serverapp"].shutdown_no_activity()
        self.set_status(204)
        self.finish()


def _load_jupyter_server_extension(serverapp):
    serverapp.web_app.add_handlers(".*$", [(serverapp.base_url + "tests/look", LookHandler)])
