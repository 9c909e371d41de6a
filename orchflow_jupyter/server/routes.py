"""REST: terminals and status, and the files that browsers load; what each asks of Jupyter's authorizer stands here.

    GET     orchflow/api/terminals          read       all of them
    POST    orchflow/api/terminals          execute    a new one: it runs a program
    POST    orchflow/api/terminals/batch    execute    many operations; write where none of them creates or types
    GET     orchflow/api/terminals/{id}     read       one of them
    PATCH   orchflow/api/terminals/{id}     write      its name or its size
    DELETE  orchflow/api/terminals/{id}     write      end it
    GET     orchflow/api/terminals/{id}/screen       read     what it shows; `?scrollback=N` lines above that, too
    GET     orchflow/api/terminals/{id}/recording    read     what is recorded
    POST    orchflow/api/terminals/{id}/recording    execute  record it into a file, what is typed too if asked
    DELETE  orchflow/api/terminals/{id}/recording    write    end that
    POST    orchflow/api/documents          read       open one (`orchflow:documents`, see `documents`)
    GET     orchflow/api/status             read       the engine's figures
    GET     orchflow/api/metrics            read       what it has counted and timed; ?each=0 without the terminals
    GET     orchflow/ws/terminals/{id}      execute    its stream; with mode=ro only read (see `handover`)
    GET     orchflow/ws/files               read       what changes below a directory (`orchflow:files`, see `files`)
    GET     orchflow/ws/documents/{room}    read       a document; write, for what is changed in it
    GET     orchflow/static/{file}          nothing    public: `import()` cannot send what an identity takes

The resource is `orchflow:terminals` where no other stands. What the fields of a body must be is checked by the engine.
"""

import json
from importlib import resources
from typing import TYPE_CHECKING, Any

from jupyter_core.utils import ensure_async
from jupyter_server.base.handlers import PublicStaticFileHandler
from jupyter_server.utils import url_escape, url_path_join
from tornado import web

from orchflow_jupyter.errors import InvalidRequestError, NotAllowedError
from orchflow_jupyter.server.documents import DocumentsHandler, DocumentStream
from orchflow_jupyter.server.files import FileStream
from orchflow_jupyter.server.handover import RESOURCE, TerminalStream
from orchflow_jupyter.server.requests import EngineHandler, permitted

if TYPE_CHECKING:
    from orchflow_jupyter.server.extension import Services

__all__ = ["routes"]

FOREVER = 365 * 24 * 3600
"""Seconds that a browser keeps a file that was asked for with its version."""


def routes(services: "Services") -> list[tuple[Any, ...]]:
    """The URL table, relative to the server's base URL."""
    given = {"services": services}
    static = str(resources.files("orchflow_jupyter") / "static")
    return [
        (r"/orchflow/api/terminals", TerminalsHandler, given),
        (r"/orchflow/api/terminals/batch", BatchHandler, given),
        (r"/orchflow/api/terminals/([^/]+)", TerminalHandler, given),
        (r"/orchflow/api/terminals/([^/]+)/screen", ScreenHandler, given),
        (r"/orchflow/api/terminals/([^/]+)/recording", RecordingHandler, given),
        (r"/orchflow/api/documents", DocumentsHandler, given),
        (r"/orchflow/api/status", StatusHandler, given),
        (r"/orchflow/api/metrics", MetricsHandler, given),
        (r"/orchflow/ws/terminals/([^/]+)", TerminalStream, given),
        (r"/orchflow/ws/files", FileStream, given),
        (r"/orchflow/ws/documents/([^/]+)", DocumentStream, given),
        (r"/orchflow/static/(.*)", StaticHandler, {"path": static}),
    ]


class TerminalsHandler(EngineHandler):
    """All terminals, and the making of new ones."""

    @property
    def _track_activity(self) -> bool:  # type: ignore[override]
        # Lists are polled, and looking is not working.
        return self.request.method != "GET"

    @permitted("read")
    async def get(self) -> None:
        """Answer with the models of all terminals."""
        self.finish(json.dumps(await self.services.engine.call("terminals.list")))

    @permitted("execute")
    async def post(self) -> None:
        """Make a terminal; answer with its model and where it is."""
        model = await self.services.engine.call("terminals.create", self.body())
        self.set_status(201)
        self.set_header("Location", url_path_join(self.base_url, "orchflow/api/terminals", url_escape(model["id"])))
        self.finish(json.dumps(model))


class BatchHandler(EngineHandler):
    """Many operations in one request."""

    @permitted("read")
    async def get(self) -> None:
        """Refuse: there is nothing to look at, and who has no identity is told that first."""
        raise web.HTTPError(405)

    @web.authenticated
    async def post(self) -> None:
        """Carry them out; answer with one result each."""
        asked = self.body()
        action = "execute" if _executes(asked.get("operations")) else "write"
        if not await ensure_async(self.authorizer.is_authorized(self, self.current_user, action, RESOURCE)):
            raise NotAllowedError(f"The server's authorizer does not let you {action} {RESOURCE}.")
        self.finish(json.dumps(await self.services.engine.call("terminals.batch", asked)))


def _executes(operations: object) -> bool:
    """Whether any of these runs, types or signals; what is no list of operations is the engine's to refuse."""
    kinds = [one.get("op") for one in operations if isinstance(one, dict)] if isinstance(operations, list) else []
    return any(kind in ("create", "input", "signal") for kind in kinds)


class TerminalHandler(EngineHandler):
    """One terminal."""

    @property
    def _track_activity(self) -> bool:  # type: ignore[override]
        return self.request.method != "GET"

    @permitted("read")
    async def get(self, terminal_id: str) -> None:
        """Answer with its model."""
        self.finish(json.dumps(await self.services.engine.call("terminals.get", {"id": terminal_id})))

    @permitted("write")
    async def patch(self, terminal_id: str) -> None:
        """Change its name or its size; answer with its model."""
        changes = self.body()
        if "id" in changes:
            raise InvalidRequestError("the id of a terminal cannot be changed")
        self.finish(json.dumps(await self.services.engine.call("terminals.update", {**changes, "id": terminal_id})))

    @permitted("write")
    async def delete(self, terminal_id: str) -> None:
        """End it and forget it."""
        await self.services.engine.call("terminals.delete", {"id": terminal_id})
        self.set_status(204)
        self.finish()


class ScreenHandler(EngineHandler):
    """What one terminal shows."""

    _track_activity = False

    @permitted("read")
    async def get(self, terminal_id: str) -> None:
        """Answer with its screen, and the lines above it that are asked for."""
        lines = self.get_query_argument("scrollback", "0")
        if not (lines.isascii() and lines.isdecimal()):
            raise InvalidRequestError(f"scrollback must be a number of lines, and {lines!r} is none")
        asked = {"id": terminal_id, "scrollback": int(lines[:9])}
        self.finish(json.dumps(await self.services.engine.call("terminals.screen", asked)))


class RecordingHandler(EngineHandler):
    """The recording of one terminal."""

    @permitted("read")
    async def get(self, terminal_id: str) -> None:
        """Answer with what the terminal's model says of it: null where nothing is recorded."""
        model = await self.services.engine.call("terminals.get", {"id": terminal_id})
        self.finish(json.dumps(model["recording"]))

    @permitted("execute")
    async def post(self, terminal_id: str) -> None:
        """Begin it; answer with what the terminal's model says of it."""
        asked = self.body()
        if "id" in asked:
            raise InvalidRequestError("the id is that of the address, and no field")
        model = await self.services.engine.call("terminals.record", {**asked, "id": terminal_id})
        self.set_status(201)
        self.set_header("Location", self.request.path)
        self.finish(json.dumps(model["recording"]))

    @permitted("write")
    async def delete(self, terminal_id: str) -> None:
        """End it; answer with where it is and how it went, once the file is whole."""
        self.finish(json.dumps(await self.services.engine.call("terminals.stop_recording", {"id": terminal_id})))


class StatusHandler(EngineHandler):
    """How the engine is."""

    _track_activity = False

    @permitted("read")
    async def get(self) -> None:
        """Answer with the engine's figures."""
        self.finish(json.dumps(await self.services.engine.call("status")))


class MetricsHandler(EngineHandler):
    """What the engine measures of itself."""

    _track_activity = False

    @permitted("read")
    async def get(self) -> None:
        """Answer with it, without the terminals one by one where `each` is 0."""
        each = self.get_query_argument("each", "1")
        if each not in ("0", "1"):
            raise InvalidRequestError(f"each must be 0 or 1, and {each!r} is neither")
        self.finish(json.dumps(await self.services.engine.call("metrics", {"each": each == "1"})))


class StaticHandler(PublicStaticFileHandler):
    """The files that the widgets' loader imports; they hold no secrets and need no identity."""

    def set_extra_headers(self, path: str) -> None:
        """Forbid guessing of types, and let a browser keep what has its version in its address or in its name."""
        self.set_header("X-Content-Type-Options", "nosniff")
        if "v" in self.request.arguments or path.startswith("editor/"):
            self.set_header("Cache-Control", f"public, max-age={FOREVER}, immutable")
        else:
            self.set_header("Cache-Control", "no-cache")

    def get_content_type(self) -> str:
        """The type by the name; for scripts not by the system's table, which may be wrong, and then none would run."""
        if self.absolute_path is not None and self.absolute_path.endswith((".js", ".mjs")):
            return "text/javascript; charset=utf-8"
        return super().get_content_type()
