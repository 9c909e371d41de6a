"""Python's way to the engine: control calls, and terminals as objects that one reads from and sends to.

from orchflow_jupyter.client import Engine

with Engine.open() as engine, engine.attach(engine.create(["bash"])["id"]) as terminal:
    terminal.send("echo hello; exit 3\\n")
    terminal.wait(timeout=10)  # {"code": 3, "signal": None}
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from orchflow_jupyter.client.aio import AsyncEngine
    from orchflow_jupyter.client.attached import Attachment
    from orchflow_jupyter.client.attached_async import AsyncAttachment
    from orchflow_jupyter.client.documents import Document
    from orchflow_jupyter.client.documents_async import AsyncDocument
    from orchflow_jupyter.client.fanout import GroupFailedError, GroupInterruptedError, GroupResult
    from orchflow_jupyter.client.group import AsyncTerminalGroup, TerminalGroup
    from orchflow_jupyter.client.image import Image
    from orchflow_jupyter.client.result import (
        CommandFailedError,
        CommandInterruptedError,
        CommandTimeoutError,
        Result,
    )
    from orchflow_jupyter.client.screen import Screen
    from orchflow_jupyter.client.sync import Engine

__all__ = [
    "AsyncAttachment",
    "AsyncDocument",
    "AsyncEngine",
    "AsyncTerminalGroup",
    "Attachment",
    "CommandFailedError",
    "CommandInterruptedError",
    "CommandTimeoutError",
    "Document",
    "Engine",
    "GroupFailedError",
    "GroupInterruptedError",
    "GroupResult",
    "Image",
    "Result",
    "Screen",
    "TerminalGroup",
]


_PLACES = {
    "AsyncAttachment": "attached_async",
    "AsyncDocument": "documents_async",
    "AsyncEngine": "aio",
    "AsyncTerminalGroup": "group",
    "Attachment": "attached",
    "CommandFailedError": "result",
    "CommandInterruptedError": "result",
    "CommandTimeoutError": "result",
    "Document": "documents",
    "Engine": "sync",
    "GroupFailedError": "fanout",
    "GroupInterruptedError": "fanout",
    "GroupResult": "fanout",
    "Image": "image",
    "Result": "result",
    "Screen": "screen",
    "TerminalGroup": "group",
}
"""The modules of all these."""


def __getattr__(name: str) -> Any:
    # The Jupyter server needs the control calls only; what the rest imports would cost it start-up time.
    if (place := _PLACES.get(name)) is not None:
        return getattr(import_module(f"{__name__}.{place}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
