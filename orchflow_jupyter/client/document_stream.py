"""What an asynchronous document stands on: the bytes from and to the engine, and who is told of changes."""

import asyncio
from collections.abc import Callable
from typing import Self

from orchflow_jupyter.client.document_text import Change

__all__ = ["AsyncListening", "Stream"]


class AsyncListening:
    """What stops a listener: `stop()`, or leaving the context."""

    def __init__(self, listeners: list[Callable[[Change], object]], listener: Callable[[Change], object]) -> None:
        self._listeners = listeners
        self._listener = listener

    def stop(self) -> None:
        """Call it no more."""
        if self._listener in self._listeners:
            self._listeners.remove(self._listener)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class Stream(asyncio.Protocol):
    """Bytes from and to the engine; `lost` is done when it is over."""

    def __init__(self, received: Callable[[bytes], None], roomy: Callable[[], None]) -> None:
        self._received = received
        self._roomy = roomy
        self.full = False
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The stream stands."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - asyncio gives a transport for a stream
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Bytes came from the engine."""
        self._received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """The stream is closed."""
        self._received(b"")
        if not self.lost.done():
            self.lost.set_result(None)

    def pause_writing(self) -> None:
        """The engine reads slower than is written."""
        self.full = True

    def resume_writing(self) -> None:
        """It has caught up."""
        self.full = False
        self._roomy()

    def write(self, data: bytes) -> None:
        """Send, if there is anything."""
        if data and not self._transport.is_closing():
            self._transport.write(data)

    def close(self) -> None:
        """End it, once all is sent."""
        self._transport.close()
