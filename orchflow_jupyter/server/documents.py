"""Documents: `POST orchflow/api/documents` opens one, and its WebSocket is served by the engine.

The resource for Jupyter's authorizer is `orchflow:documents`: to look is to read, to edit is to write. Whoever may only
read joins too, and the engine refuses what it changes.
"""

import json
import re
from typing import Any

from jupyter_core.utils import ensure_async
from jupyter_server.utils import url_escape, url_path_join
from tornado import web

from orchflow_jupyter.errors import InvalidRequestError, NotSupportedError
from orchflow_jupyter.server import collaboration
from orchflow_jupyter.server.handover import Handover
from orchflow_jupyter.server.requests import EngineHandler, permitted

__all__ = ["RESOURCE", "DocumentStream", "DocumentsHandler"]

RESOURCE = "orchflow:documents"
"""What Jupyter's authorizer is asked about."""


class DocumentsHandler(EngineHandler):
    """Opening documents."""

    @permitted("read", RESOURCE)
    async def get(self) -> None:
        """Refuse: there is nothing to look at, and who has no identity is told that first."""
        raise web.HTTPError(405)

    @permitted("read", RESOURCE)
    async def post(self) -> None:
        """Open `path`; answer with what a client needs to join, and with the first `head` characters of its text."""
        asked = self.body()
        unknown = sorted(asked.keys() - {"path"})
        if unknown:
            raise InvalidRequestError(f"no such field: {', '.join(unknown)}; there is path")
        if collaboration.enabled(self.settings):
            model = await collaboration.room_of(self.settings, asked.get("path"))
        else:
            hidden = bool(self.contents_manager.allow_hidden)
            storage = "local" if self.services.plain else "contents"
            asked |= {"hidden": hidden, "storage": storage}
            if head := self.get_query_argument("head", ""):
                asked["head"] = int(head) if re.fullmatch("[0-9]{1,9}", head) else head
            model = await self.services.engine.call("documents.open", asked)
            if "provider" in model:
                raise NotSupportedError(
                    f"another Jupyter server has the documents of this directory, in {model['provider']}'s rooms"
                )
            address = url_path_join(self.base_url, "orchflow/ws/documents", url_escape(model["room"]))
            model |= {"ws_url": address, "provider": "orchflow"}
        writable = bool(model["writable"]) and await _may_write(self)
        self.set_status(201)
        self.set_header("Location", model["ws_url"])
        self.finish(json.dumps({**model, "writable": writable}))


class DocumentStream(Handover):
    """`GET orchflow/ws/documents/{room}?mode=rw|ro`; the provider's own `room` stands at the end of the address."""

    subprotocol = ""
    resource = RESOURCE

    def name_of(self, *identity: str) -> str:
        """The room."""
        return f"documents/{identity[0]}"

    def action(self, parameters: dict[str, Any]) -> str:
        """To look is to read; what may be changed is decided by the mode."""
        return "read"

    def parameters(self) -> dict[str, Any]:
        """`mode`."""
        mode = self.get_query_argument("mode", "rw")
        if mode not in ("rw", "ro"):
            raise InvalidRequestError("mode must be rw or ro")
        return {"mode": mode}

    async def _admitted(self) -> dict[str, Any]:
        parameters = await super()._admitted()
        if parameters["mode"] == "rw" and not await _may_write(self):
            parameters["mode"] = "ro"
        return parameters


async def _may_write(handler: "DocumentsHandler | DocumentStream") -> bool:
    user = handler.current_user
    return bool(await ensure_async(handler.authorizer.is_authorized(handler, user, "write", RESOURCE)))
