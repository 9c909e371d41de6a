"""Documents through a widget's comm channel: a page that reaches no server asks for a file's room, and joins it."""

from collections.abc import Callable, Mapping
from typing import Any

from orchflow_jupyter.client.current import current_engine
from orchflow_jupyter.errors import NotAllowedError, OrchflowError
from orchflow_jupyter.widgets.relay import Relay, Send

__all__ = ["Documents", "answer"]


def answer(tell: Send, content: Mapping[str, Any], call: Callable[[], object]) -> None:
    """Tell the page what `call` gives, or why it gives nothing."""
    said: dict[str, Any] = {"kind": "result", "call": content.get("call")}
    try:
        said["result"] = call()
    except OrchflowError as error:
        said["error"] = error.message
    tell(said, [])


class Documents:
    """What one widget's pages may edit: rooms that it opened itself."""

    def __init__(self, relay: Relay, tell: Send) -> None:
        self._relay = relay
        self._tell = tell
        self._rooms: set[str] = set()

    def open(self, path: str) -> dict[str, Any]:
        """The room of `path`, which may be another one each time. Raises as the engine does."""
        model: dict[str, Any] = current_engine().control.call("documents.open", {"path": path})
        self._rooms.add(model["room"])
        return model

    def join(self, content: Mapping[str, Any], *, readonly: bool = False) -> None:
        """A page wants to edit what is in a room; what it cannot have is told as a close."""
        room = str(content.get("room"))
        if room in self._rooms:
            mode = "ro" if readonly or content.get("mode") != "rw" else "rw"
            self._relay.open_document(room, content, mode=mode)
            return
        refused = {"kind": "closed", "stream": content.get("stream"), "code": NotAllowedError.close_code}
        self._tell(refused | {"reason": "this widget edits another file"}, [])
