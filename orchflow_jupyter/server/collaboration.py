"""Living with jupyter-collaboration: where its server extension is enabled, its room for a file is joined, not ours.

A file has one room, or what is typed in one would overwrite what is typed in the other.
"""

from typing import Any
from urllib.parse import urlencode

from jupyter_core.utils import ensure_async
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import url_path_join

from orchflow_jupyter.errors import InvalidRequestError, NotFoundError

__all__ = ["PROVIDER", "enabled", "room_of"]

PROVIDER = "jupyter-collaboration"
EXTENSION = "jupyter_server_ydoc"


def enabled(settings: dict[str, Any]) -> bool:
    """Whether documents are jupyter-collaboration's in the server with these settings."""
    if f"{EXTENSION}_config" not in settings or "file_id_manager" not in settings:
        return False
    return not settings.get("page_config_data", {}).get("disableRTC")


async def room_of(handler: JupyterHandler, path: Any) -> dict[str, Any]:
    """The model of the room that jupyter-collaboration has for `path`, as `POST orchflow/api/documents` answers it.

    Raises `InvalidRequestError`, `NotFoundError`.
    """
    from jupyter_server_ydoc.handlers import SERVER_SESSION

    if not isinstance(path, str) or not path or "\0" in path:
        raise InvalidRequestError(f"path must be that of a file, and {path!r} cannot be one")
    path = path.strip("/")
    contents: Any = handler.contents_manager
    hidden = not contents.allow_hidden and await ensure_async(contents.is_hidden(path))
    if hidden or not await ensure_async(contents.file_exists(path)):
        raise NotFoundError(f"there is no file {path!r}")
    format_, type_ = ("json", "notebook") if path.endswith(".ipynb") else ("text", "file")
    ids = handler.settings["file_id_manager"]
    room = f"{format_}:{type_}:{ids.get_id(path) or ids.index(path)}"
    # Its handler takes the room from the path as it came: one with %3A in it would be another room, of no file.
    address = url_path_join(handler.base_url, "api/collaboration/room", room)
    return {
        "path": path,
        "room": room,
        "ws_url": f"{address}?{urlencode({'sessionId': SERVER_SESSION})}",
        "provider": PROVIDER,
        "format": format_,
        "type": type_,
        "writable": True,
    }
