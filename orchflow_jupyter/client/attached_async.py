"""An attachment to one terminal within an event loop: as `client.attached`, to be awaited."""

import asyncio
import contextlib
import socket
import weakref
from collections.abc import Callable
from typing import Any, ClassVar, Self

from orchflow_jupyter.client.arguments import index_of
from orchflow_jupyter.client.attachment import ECHO, KEEP, AttachmentState
from orchflow_jupyter.client.calls import as_bytes
from orchflow_jupyter.client.driving_async import AsyncDriving

__all__ = ["AsyncAttachment"]


class AsyncAttachment(AsyncDriving):
    """As `client.attached.Attachment`. Limits of time are the caller's (`asyncio.timeout`). Dropped, it detaches."""

    _keeps: ClassVar[type[AttachmentState]] = AttachmentState

    def __init__(self, stream: "_Stream") -> None:
        self._stream = stream
        self._state = stream.state
        self._flush = stream.flush
        self._until = stream.until
        # The loop holds the stream as long as its socket is open, and would hold us with it.
        weakref.finalize(self, stream.drop)

    @classmethod
    async def over(cls, stream: socket.socket) -> Self:
        """An attachment over our end of a stream."""
        stream.setblocking(False)
        made = _Stream(cls._keeps())
        await asyncio.get_running_loop().create_unix_connection(lambda: made, sock=stream)
        return cls(made)

    @property
    def model(self) -> dict[str, Any]:
        """The terminal's model as it was when this attachment began."""
        return self._state.model or {}

    @property
    def exit(self) -> dict[str, Any] | None:
        """How the program ended, as far as that was received."""
        return self._state.exit

    async def hello(self) -> dict[str, Any]:
        """Wait until the engine has answered."""
        await self._until(lambda: self._state.model is not None)
        return self.model

    async def send(self, data: str | bytes) -> None:
        """Type `data` and wait until the engine has all of it. What the program answers meanwhile waits to be read."""
        self._state.type(as_bytes(data))
        number, room = self._state.sent, KEEP + ECHO * len(data)
        self._stream.room += room
        try:
            self._stream.let_go()
            self._flush()
            await self._until(lambda: self._state.taken >= number)
        finally:
            self._stream.room -= room
        self._state.check_refused()

    async def read(self, limit: int = -1) -> bytes:
        """Output, as soon as there is some, at most `limit` bytes; empty at the end."""
        limit = index_of("limit", limit, "bytes")
        await self._until(lambda: bool(self._state.unread) or self._state.over)
        data = self._state.take(limit)
        self._flush()
        return data

    async def resize(self, cols: int, rows: int) -> None:
        """Change the terminal's size."""
        self._state.resize(cols, rows)
        self._flush()

    async def signal(self, name: str) -> None:
        """Send a signal to what runs in the foreground."""
        self._state.signal(name)
        self._flush()

    async def wait(self) -> dict[str, Any]:
        """Wait for the program's end; of the output that was not read meanwhile the newest 2 MiB are kept."""
        self._stream.forgets = True
        try:
            self._stream.let_go()
            self._flush()
            await self._until(lambda: self._state.exit is not None)
        finally:
            self._stream.forgets = False
        return self._state.exit or {}

    async def close(self) -> None:
        """Detach."""
        self._stream.close()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if data := await self.read():
            return data
        raise StopAsyncIteration

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


class _Stream(asyncio.Protocol):
    """What the loop calls: the bytes from and to the engine."""

    _transport: asyncio.Transport

    def __init__(self, state: AttachmentState) -> None:
        self.state = state
        self.forgets = False
        """Whether unread output is let go of."""
        self.room = 0
        """Bytes of unread output for which room is made."""
        self._changed = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The stream stands."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - asyncio gives a transport for a stream
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Bytes came from the engine."""
        self.state.receive(data)
        self.let_go()
        self.flush()
        self._changed.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """The stream is closed."""
        if self.state.closed is None:
            self.state.receive(b"")
        self._changed.set()

    async def until(self, done: Callable[[], bool]) -> None:
        """Wait until `done()` is true. Raises what the attachment was refused or ended with."""
        while not done():
            self.state.check()
            self._changed.clear()
            await self._changed.wait()

    def let_go(self) -> None:
        """Let go of unread output, as far as nobody is to read it."""
        if self.forgets:
            self.state.forget()
        elif self.room:
            self.state.make_room(self.room)

    def flush(self) -> None:
        """Send what is to go to the engine."""
        data = self.state.data_to_send()
        if data and not self._transport.is_closing():
            self._transport.write(data)

    def close(self) -> None:
        """Say goodbye and close."""
        if not self._transport.is_closing():
            self.state.leave()
            self.flush()
            self._transport.close()

    def drop(self) -> None:
        """The same from whatever thread collects garbage; with the loop the stream is gone."""
        if not self._transport.is_closing():
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self.close)
