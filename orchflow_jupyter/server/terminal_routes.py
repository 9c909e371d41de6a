"""The addresses of Jupyter's own terminals, where the engine holds them; they are asked before Jupyter's handlers.

    GET, POST     api/terminals            the engine's running terminals; a new one
    GET, DELETE   api/terminals/{name}
    GET           terminals/websocket/{name}

What they answer is what jupyter_server_terminals answers. Names are those of the engine's terminals, which may hold any
printable characters.
"""

import contextlib
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from jupyter_server_terminals.api_handlers import AUTH_RESOURCE

from orchflow_jupyter.errors import InvalidRequestError
from orchflow_jupyter.server.answers import JsonAnswers
from orchflow_jupyter.server.requests import permitted
from orchflow_jupyter.server.terminal_socket import TerminalSocket

if TYPE_CHECKING:
    from orchflow_jupyter.server.terminals import EngineTerminalManager

__all__ = ["routes"]

FIELDS = {
    "name": "text",
    "cwd": "text",
    "shell_command": "a list of words, or one as text",
    "extra_env": "an object of texts",
}
TAKEN = (*FIELDS, "width", "height")
"""What terminado takes; others are passed over, as there."""
CALLED = {"command": "shell_command", "env": "extra_env", "cols": "width", "rows": "height"}
"""What the engine's fields are called here."""


def routes(manager: "EngineTerminalManager", base_url: str) -> list[tuple[Any, ...]]:
    """The URL table."""
    given = {"manager": manager}
    socket = {"term_manager": manager, "name": "jupyter_server_terminals"}
    return [
        (url_path_join(base_url, r"api/terminals"), NamedTerminals, given),
        (url_path_join(base_url, r"api/terminals/([^/]+)"), NamedTerminal, given),
        (url_path_join(base_url, r"terminals/websocket/([^/]+)"), TerminalSocket, socket),
    ]


class ManagerHandler(JsonAnswers, APIHandler):
    """What both have in common."""

    def initialize(self, manager: "EngineTerminalManager") -> None:
        """Take the manager whose terminals these are."""
        self.manager = manager

    @property
    def _track_activity(self) -> bool:  # type: ignore[override]
        # Lists are polled, and looking is not working.
        return self.request.method != "GET"


class NamedTerminals(ManagerHandler):
    """All running terminals, and the making of new ones."""

    @permitted("read", AUTH_RESOURCE)
    async def get(self) -> None:
        """Answer with the names of all, and when something last happened in each."""
        await self.manager.refresh()
        self.finish(json.dumps(self.manager.list()))

    @permitted("write", AUTH_RESOURCE)
    async def post(self) -> None:
        """Make one; the fields are those that terminado takes: `name`, `cwd`, `shell_command`, `extra_env`."""
        asked = self.get_json_body() or {}
        if not isinstance(asked, dict):
            raise InvalidRequestError("the body must be a JSON object")
        _check(asked)
        if "cwd" in asked and (cwd := _directory(asked.pop("cwd"), self.settings["server_root_dir"])):
            asked["cwd"] = cwd
        try:
            self.finish(json.dumps(await self.manager.start(**{n: asked[n] for n in asked if n in TAKEN})))
        except InvalidRequestError as error:
            raise InvalidRequestError(re.sub(r"\w+", _called, error.message, count=1)) from None


class NamedTerminal(ManagerHandler):
    """One of them."""

    @permitted("read", AUTH_RESOURCE)
    async def get(self, name: str) -> None:
        """Answer with its name, and when something last happened in it."""
        await self.manager.refresh()
        self.finish(json.dumps(self.manager.get(name)))

    @permitted("write", AUTH_RESOURCE)
    async def delete(self, name: str) -> None:
        """End it."""
        await self.manager.refresh()
        await self.manager.terminate(name, force=True)
        self.set_status(204)
        self.finish()


def _called(engines: re.Match[str]) -> str:
    return CALLED.get(engines[0], engines[0])


def _check(asked: dict[str, Any]) -> None:
    """Raise `InvalidRequestError` for a field that is not what terminado takes there."""
    command, environment = asked.get("shell_command"), asked.get("extra_env") or {}
    words = [command] if isinstance(command, str) else command
    fits = {
        "name": isinstance(asked.get("name", ""), str | None),
        "cwd": isinstance(asked.get("cwd", ""), str),
        "shell_command": words is None or (isinstance(words, list) and all(isinstance(word, str) for word in words)),
        "extra_env": isinstance(environment, dict) and all(isinstance(v, str | None) for v in environment.values()),
    }
    for field, does in fits.items():
        if not does:
            raise InvalidRequestError(f"{field} must be {FIELDS[field]}, and {json.dumps(asked[field])[:40]} is not")


def _directory(cwd: str, root: str) -> str | None:
    """The directory that `cwd` names: as it is, else below the root; None where there is none, as Jupyter has it."""
    for path in (Path(cwd), Path(root).expanduser() / cwd):
        with contextlib.suppress(OSError, ValueError):  # too long, or no text that can be a path
            if path.resolve().exists():
                return os.fspath(path.resolve())
    return None
