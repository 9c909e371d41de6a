"""Python's way to the engine: control calls, and terminals as objects that one reads from and sends to.

from orchflow_jupyter.client import Engine

with Engine.open() as engine, engine.attach(engine.create(["bash"])["id"]) as terminal:
    terminal.send("echo hello; exit 3\\n")
    terminal.wait(timeout=10)  # {"code": 3, "signal": None}
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from orchflow_jupyter.client.aio import AsyncAttachment, AsyncEngine
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
    from orchflow_jupyter.client.sync import Attachment, Engine

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


def __getattr__(name: str) -> Any:
    # The Jupyter server needs the control calls only; what the rest imports would cost it start-up time.
    if name in ("Attachment", "Engine"):
        from orchflow_jupyter.client import sync

        return getattr(sync, name)
    if name in ("AsyncAttachment", "AsyncEngine"):
        from orchflow_jupyter.client import aio

        return getattr(aio, name)
    if name in ("AsyncTerminalGroup", "TerminalGroup"):
        from orchflow_jupyter.client import group

        return getattr(group, name)
    if name in ("GroupFailedError", "GroupInterruptedError", "GroupResult"):
        from orchflow_jupyter.client import fanout

        return getattr(fanout, name)
    if name in ("CommandFailedError", "CommandInterruptedError", "CommandTimeoutError", "Result"):
        from orchflow_jupyter.client import result

        return getattr(result, name)
    if name == "Document":
        from orchflow_jupyter.client.documents import Document

        return Document
    if name == "AsyncDocument":
        from orchflow_jupyter.client.documents_async import AsyncDocument

        return AsyncDocument
    if name == "Image":
        from orchflow_jupyter.client.image import Image

        return Image
    if name == "Screen":
        from orchflow_jupyter.client.screen import Screen

        return Screen
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
