"""The WebSocket of file events: asked for here, served by the engine."""

from typing import Any

from orchflow_jupyter.errors import InvalidRequestError
from orchflow_jupyter.protocol.files import SUBPROTOCOL
from orchflow_jupyter.server.handover import Handover

__all__ = ["RESOURCE", "FileStream"]

RESOURCE = "orchflow:files"
"""What Jupyter's authorizer is asked about."""


class FileStream(Handover):
    """`GET orchflow/ws/files?path=…&recursive=0|1&since=…&ignore=…&ignore=…`."""

    subprotocol = SUBPROTOCOL
    resource = RESOURCE

    def name_of(self, *identity: str) -> str:
        """There is one such stream; what it is about stands in the query."""
        return "files"

    def action(self, parameters: dict[str, Any]) -> str:
        """To watch is to read."""
        return "read"

    def parameters(self) -> dict[str, Any]:
        """`path`, `recursive`, `since`, `ignore`; and whether this server shows hidden files."""
        recursive = self.get_query_argument("recursive", "1")
        if recursive not in ("0", "1"):
            raise InvalidRequestError("recursive must be 0 or 1")
        path = self.get_query_argument("path", "", strip=False)
        if path.startswith("/"):
            raise InvalidRequestError("path must be relative to the root, and never begin with /")
        parameters: dict[str, Any] = {
            "path": path,
            "recursive": recursive == "1",
            "ignore": self.get_query_arguments("ignore", strip=False),
            "hidden": bool(self.contents_manager.allow_hidden),
        }
        since = self.get_query_argument("since", None, strip=False)
        if since is not None:
            parameters["since"] = since
        return parameters
