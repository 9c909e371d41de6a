"""What changes below a directory, for event loops: `async for batch in awatch("src")`."""

import asyncio
import inspect
import os
import socket
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Self

from orchflow_jupyter.client.arguments import check_engine, path_of, patterns_of
from orchflow_jupyter.client.files_state import WatchState, watching, within
from orchflow_jupyter.errors import EngineUnavailableError
from orchflow_jupyter.protocol.files import Batch

if TYPE_CHECKING:
    from orchflow_jupyter.client.aio import AsyncEngine
    from orchflow_jupyter.client.sync import Engine

__all__ = ["AsyncWatch", "awatch"]

RECEIVE = 256 * 1024
AGAIN = 10.0
"""Seconds for which one tries to come back."""
PAUSE = 0.1


def awatch(
    path: str | os.PathLike[str] = ".",
    *,
    recursive: bool = True,
    ignore: Iterable[str] = (),
    since: str | None = None,
    engine: "Engine | AsyncEngine | None" = None,
) -> "AsyncWatch":
    """As `watch`, to be awaited: an asynchronous iterator and context manager, which begins where it is entered."""
    check_engine(engine)
    return AsyncWatch(path_of(path), recursive, patterns_of(ignore), since, engine)


class AsyncWatch:
    """An asynchronous iterator of batches. Limits of time are the caller's (`asyncio.timeout`)."""

    def __init__(
        self,
        path: str,
        recursive: bool,
        ignore: tuple[str, ...],
        since: str | None,
        engine: "Engine | AsyncEngine | None",
    ) -> None:
        self._path = path
        self._wish = (recursive, ignore)
        self._since = since
        self._given = engine
        self._state = WatchState()
        self._socket: socket.socket | None = None
        self._closed = False

    @property
    def clock(self) -> str:
        """The clock of the batch that was taken last: `since` for who goes on from there."""
        return self._state.clock or self._since or ""

    @property
    def mode(self) -> str:
        """`native` where the system tells of changes, `polling` where it is looked for them."""
        return self._state.hello.mode if self._state.hello else ""

    async def open(self) -> None:
        """Begin; whatever changes after this has returned is told."""
        engine = self._given
        if engine is None:
            from orchflow_jupyter.client.current import current_engine

            engine = await asyncio.to_thread(current_engine)
        recursive, ignore = self._wish
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        try:
            answer = engine.control.call("hello", {"role": "kernel"})
            root = (await answer if inspect.isawaitable(answer) else answer)["root"]
            parameters = watching(within(self._path, root), recursive, ignore, self._since)
            answer = engine.control.call("adopt", parameters, [theirs.fileno()])
            if inspect.isawaitable(answer):
                await answer
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        self._state = WatchState(self._path)
        self._socket = ours
        while self._state.hello is None:
            self._state.check()
            if self._state.lost:
                raise EngineUnavailableError("the engine ended before it had looked at all there is")
            await self._step(ours)

    async def close(self) -> None:
        """Watch no more."""
        self._closed = True
        if self._socket is not None:
            self._state.leave()
            stream, self._socket = self._socket, None
            try:
                stream.send(self._state.data_to_send())
            except OSError:
                pass
            finally:
                stream.close()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Batch:
        while not self._closed:
            if self._socket is None:
                await self.open()
            batch = self._state.take()
            if batch is not None:
                return batch
            self._state.check()
            if self._state.lost:
                await self._come_back()
            elif self._socket is not None:
                await self._step(self._socket)
        raise StopAsyncIteration

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    # -- within

    async def _come_back(self) -> None:
        self._since = self.clock
        if self._socket is not None:
            self._socket.close()
        until = time.monotonic() + AGAIN
        while True:
            try:
                await self.open()
            except EngineUnavailableError:
                if time.monotonic() > until or self._given is not None:
                    raise
                await asyncio.sleep(PAUSE)
            else:
                return

    async def _step(self, stream: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        try:
            self._state.receive(await loop.sock_recv(stream, RECEIVE))
            await loop.sock_sendall(stream, self._state.data_to_send())
        except OSError:
            self._state.receive(b"")
