"""A document that others edit too, for event loops: `async with AsyncDocument("notes.md") as document`.

It works on while there is no engine, and merges when there is one again.
"""

import asyncio
import contextlib
import inspect
import logging
import os
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self

from orchflow_jupyter.client.arguments import check_callback, check_engine, choice, name_of, path_of
from orchflow_jupyter.client.document_answers import result_of
from orchflow_jupyter.client.document_core import Core
from orchflow_jupyter.client.document_face import DocumentFace
from orchflow_jupyter.client.document_faces import login
from orchflow_jupyter.client.document_link import LONGEST_PAUSE, PAUSE, adopting
from orchflow_jupyter.client.document_lost import Recovery
from orchflow_jupyter.client.document_stream import AsyncListening, Stream
from orchflow_jupyter.client.document_text import Change
from orchflow_jupyter.client.files_state import within
from orchflow_jupyter.client.new_file import make_file
from orchflow_jupyter.errors import (
    EngineUnavailableError,
    InvalidRequestError,
    NotFoundError,
    OrchflowError,
)

if TYPE_CHECKING:
    from orchflow_jupyter.client.aio import AsyncEngine
    from orchflow_jupyter.client.sync import Engine

__all__ = ["AsyncDocument"]

log = logging.getLogger(__name__)

UNOPENED = "the document is not open yet: enter it by `async with`, or await `open()`"


class AsyncDocument(DocumentFace):
    """As `client.documents.Document`, for one event loop: edits return at once, what waits is awaited.

    It begins where it is entered, or by `open`. `resolve`, `take` and `dismiss` are to be awaited. Limits of time are
    the caller's (`asyncio.timeout`).
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        name: str | None = None,
        mode: str = "rw",
        new: bool = False,
        engine: "Engine | AsyncEngine | None" = None,
    ) -> None:
        self._core = Core(name_of(name) or login(), self._push)
        self._core.life.over = UNOPENED
        self._given_path = os.path.abspath(path_of(path))
        self._mode = choice("mode", mode, "rw", "ro")
        self._new = new
        check_engine(engine)
        self._engine = engine
        self._recovery = Recovery(self._core)
        self._listeners: list[Callable[[Change], object]] = []
        self._by_path = True
        self._transport: Stream | None = None
        self._generation = 0
        self._closed = False
        self._why: OrchflowError | None = None
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._showing: asyncio.TimerHandle | None = None

    async def open(self) -> None:
        """Join; returns when all there is has come. Raises what the engine refuses with."""
        life = self._core.life
        if life.over != UNOPENED:
            life.check()
            raise InvalidRequestError("the document is open already")
        life.over = ""
        self._loop = asyncio.get_running_loop()
        try:
            try:
                await self._connect()
            except NotFoundError:  # the room may have moved since its path was opened
                if self._new:
                    make_file(self._given_path)
                await self._connect()
            self._task = self._loop.create_task(self._stay())
            await self._until(lambda: self._core.joined(self._why))
        except BaseException:
            await self._end()
            raise

    def on_change(self, callback: Callable[[Change], object]) -> AsyncListening:
        """Call `callback` with every `Change` from now on, in the loop, until the answer's `stop()`."""
        check_callback(callback)
        self._core.life.check()
        self._core.tell = self._tell
        self._core.follow()
        self._listeners.append(callback)
        return AsyncListening(self._listeners, callback)

    async def save(self) -> dict[str, Any]:
        """Write the file now: `{"status": "saved", "at": ms}`. Raises what kept the engine from it.

        A room of jupyter-collaboration that is being loaded or written at the moment saves later: `saving`, `at` None.
        """
        return await self._ask("save")

    async def flush(self) -> None:
        """Wait until all that was edited here is on the engine's disk, and so outlives whatever is killed.

        In a room of jupyter-collaboration, until the room has it: the Jupyter server has merged it, and saves later.
        """
        self._core.state.settle()
        self._push()
        await self._until(self._is_safe)

    async def close(self) -> None:
        """Leave, once all that was edited is safe. Cancelling leaves without waiting."""
        if self._core.life.over:
            return
        try:
            await self.flush()
        finally:
            await self._end()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            await self.close()
        else:
            await self._end()

    # -- within

    async def _ask(self, call: str, **fields: Any) -> dict[str, Any]:
        self._core.life.check()
        state, generation = self._core.state, self._generation
        if not state.connected:
            raise EngineUnavailableError("there is no connection to the engine now; what you edit is kept here")
        number = state.call(call, **fields)
        self._push()

        def answered() -> dict[str, Any] | None:
            if generation != self._generation or not state.connected:
                raise EngineUnavailableError(f"the connection was lost before {call} was answered")
            return state.answer(number)

        return result_of(await self._until(answered))

    def _is_safe(self) -> bool:
        return self._core.safe() and self._recovery.over

    async def _until(self, done: Callable[[], Any]) -> Any:
        if self._core.editing:
            raise InvalidRequestError("within edit() nothing can be waited for: leave it first")
        while not (answer := done()):
            self._core.life.check()
            self._changed.clear()
            await self._changed.wait()
        return answer

    def _tell(self, change: Change) -> None:
        # Later, since a listener may edit, and this comes in the middle of an edit.
        for listener in tuple(self._listeners):
            self._loop.call_soon(_call, listener, change)

    def _push(self) -> None:
        if self._transport is not None and not self._transport.full:  # what waits goes as one when there is room
            self._transport.write(self._core.state.data_to_send())
            self._show_soon()

    def _show_soon(self) -> None:
        if self._showing is None and self._core.state.synced:
            self._showing = self._loop.call_later(self._core.faces.wants(), self._show)

    def _show(self) -> None:
        self._showing = None
        if self._transport is not None and not self._transport.full:
            self._core.show()
            self._transport.write(self._core.state.data_to_send(faces=True))
            self._show_soon()

    async def _stay(self) -> None:
        """Come back whenever the connection is lost."""
        pause = PAUSE
        while not self._closed:
            if self._transport is not None:
                await self._transport.lost
                self._by_path = self._by_path or self._core.state.roomless
                self._why = self._core.state.refused()
                self._core.state.end()
                self._transport = None
                self._changed.set()
            try:
                await self._connect()
                pause = PAUSE
            except (OrchflowError, OSError) as error:
                self._why = error if isinstance(error, OrchflowError) else self._why
                self._changed.set()
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)

    async def _connect(self) -> None:
        room = self._core.state.room
        if self._by_path:
            root = (await self._call("hello", {"role": "kernel"}))["root"]
            told = self._core.state.told.get("path")
            path = told if isinstance(told, str) else within(self._given_path, root)
            model = await self._call("documents.open", self._core.asking(path))
            room = self._core.opened(model, self._mode)
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        try:
            await self._call("adopt", adopting(room, self._mode), [theirs.fileno()])
        except BaseException as error:
            ours.close()
            self._by_path = self._by_path or isinstance(error, NotFoundError)
            raise
        finally:
            theirs.close()
        _, stream = await self._loop.create_unix_connection(lambda: Stream(self._received, self._push), sock=ours)
        self._transport, self._by_path = stream, False
        self._generation += 1
        self._recovery.begin(self._core.state.begin(room))
        self._push()

    async def _call(self, method: str, params: dict[str, Any], fds: tuple[int, ...] | list[int] = ()) -> Any:
        engine = self._engine
        if engine is None:
            from orchflow_jupyter.client.current import current_engine

            engine = await asyncio.to_thread(current_engine)
        answer = engine.control.call(method, params, fds)
        return await answer if inspect.isawaitable(answer) else answer

    def _received(self, data: bytes) -> None:
        self._core.state.receive(data)
        self._recovery.step()
        self._push()
        if self._core.state.closed is not None and self._transport is not None:
            self._transport.close()
        self._changed.set()

    async def _end(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._core.life.end()
        self._changed.set()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self._showing is not None:
            self._showing.cancel()
        if self._transport is not None:
            self._core.state.leave()
            self._transport.write(self._core.state.data_to_send())
            self._transport.close()
            self._transport = None
        self._core.state.end()


def _call(listener: Callable[[Change], object], change: Change) -> None:
    try:
        listener(change)
    except Exception:
        log.exception("a listener of a document failed; it is called again with the next change")
