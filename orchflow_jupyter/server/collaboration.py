"""Living with jupyter-collaboration: where its server extension is enabled, its room for a file is joined, not ours.

A file has one room, or what is typed in one would overwrite what is typed in the other.
"""

import contextlib
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from jupyter_core.utils import ensure_async
from jupyter_server.utils import url_path_join

from orchflow_jupyter.errors import InvalidRequestError, NotFoundError

if TYPE_CHECKING:
    from orchflow_jupyter.server.supervisor import Answering

__all__ = ["EXTENSION", "PROVIDER", "address_of", "declare", "enabled", "room_of"]

PROVIDER = "jupyter-collaboration"
EXTENSION = "jupyter_server_ydoc"


def enabled(settings: dict[str, Any]) -> bool:
    """Whether documents are jupyter-collaboration's in the server with these settings."""
    if f"{EXTENSION}_config" not in settings or "file_id_manager" not in settings:
        return False
    return not settings.get("page_config_data", {}).get("disableRTC")


async def declare(engine: "Answering", settings: dict[str, Any]) -> None:
    """Tell the engine whose the rooms of documents are, so that kernels find them, too."""
    with contextlib.suppress(NotFoundError):  # an engine of an earlier version, which outlived its server
        await engine.call("documents.elsewhere", {"provider": PROVIDER if enabled(settings) else None})


def address_of(room: str) -> str:
    """Where that room's socket is, below the base URL."""
    from jupyter_server_ydoc.handlers import SERVER_SESSION

    # Its handler takes the room from the path as it came: one with %3A in it would be another room, of no file.
    return f"/api/collaboration/room/{room}?{urlencode({'sessionId': SERVER_SESSION})}"


async def room_of(settings: dict[str, Any], path: Any) -> dict[str, Any]:
    """The model of the room that jupyter-collaboration has for `path`, as `POST orchflow/api/documents` answers it.

    Raises `InvalidRequestError`, `NotFoundError`.
    """
    if not isinstance(path, str) or not path or "\0" in path:
        raise InvalidRequestError(f"path must be that of a file, and {path!r} cannot be one")
    path = path.strip("/")
    contents: Any = settings["contents_manager"]
    hidden = not contents.allow_hidden and await ensure_async(contents.is_hidden(path))
    if hidden or not await ensure_async(contents.file_exists(path)):
        raise NotFoundError(f"there is no file {path!r}")
    format_, type_ = ("json", "notebook") if path.endswith(".ipynb") else ("text", "file")
    ids = settings["file_id_manager"]
    room = f"{format_}:{type_}:{ids.get_id(path) or ids.index(path)}"
    return {
        "path": path,
        "room": room,
        "ws_url": url_path_join(settings["base_url"], address_of(room)),
        "provider": PROVIDER,
        "format": format_,
        "type": type_,
        "writable": True,
    }
