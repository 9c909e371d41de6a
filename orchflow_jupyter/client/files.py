"""What changes below a directory, for scripts and kernels: `for batch in watch("src")`, or a callback.

A watch comes back by itself where its engine ends and another is there, and says by a `resync` what it may have missed.
"""

import logging
import os
import select
import socket
import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Self, overload

from orchflow_jupyter.client.arguments import check_callback, check_engine, path_of, patterns_of
from orchflow_jupyter.client.deadlines import checked, deadline_of, milliseconds
from orchflow_jupyter.client.files_state import WatchState, watching, within
from orchflow_jupyter.errors import EngineUnavailableError
from orchflow_jupyter.protocol.files import Batch

if TYPE_CHECKING:
    from orchflow_jupyter.client.sync import Engine

__all__ = ["Handle", "Watch", "open_watch", "watch"]

log = logging.getLogger(__name__)

RECEIVE = 256 * 1024
HELLO = 60.0
"""Seconds for the engine to look at all there is."""
AGAIN = 10.0
"""Seconds for which one tries to come back."""
PAUSE = 0.1


@overload
def watch(
    path: str | os.PathLike[str] = ".",
    *,
    callback: None = None,
    recursive: bool = True,
    ignore: Iterable[str] = (),
    since: str | None = None,
    timeout: float | None = None,
    engine: "Engine | None" = None,
) -> "Watch": ...


@overload
def watch(
    path: str | os.PathLike[str] = ".",
    *,
    callback: Callable[[Batch], object],
    recursive: bool = True,
    ignore: Iterable[str] = (),
    since: str | None = None,
    timeout: float | None = None,
    engine: "Engine | None" = None,
) -> "Handle": ...


def watch(
    path: str | os.PathLike[str] = ".",
    *,
    callback: Callable[[Batch], object] | None = None,
    recursive: bool = True,
    ignore: Iterable[str] = (),
    since: str | None = None,
    timeout: float | None = None,
    engine: "Engine | None" = None,
) -> "Watch | Handle":
    """Watch a directory or a file below the engine's root; whatever changes after this has returned is told.

    An iterator of batches whose paths begin as `path` does, or, with a `callback`, a handle to `stop` it by: then it is
    called with each batch, in a thread. `ignore` takes patterns as `.gitignore` does, beside the usual ones; `since` is
    the `clock` of a batch to go on from. After `timeout` seconds without a batch the iterator raises `TimeoutError`.
    `engine` is this process' own unless given. Raises `NotFoundError`, `NotAllowedError` outside the root,
    `InvalidRequestError`, `EngineUnavailableError`.
    """
    if callback is not None:
        check_callback(callback)
    opened = Watch(path, recursive=recursive, ignore=ignore, since=since, timeout=timeout, engine=engine)
    return opened if callback is None else Handle(opened, callback)


def open_watch(engine: "Engine", parameters: dict[str, Any]) -> socket.socket:
    """Our end of a stream of file events, a socket on which masked WebSocket frames go (RFC 6455)."""
    ours, theirs = socket.socketpair()
    try:
        engine.control.call("adopt", parameters, [theirs.fileno()])
    except BaseException:
        ours.close()
        raise
    finally:
        theirs.close()
    return ours


class Watch:
    """An iterator of batches, for one thread at a time. A context manager: leaving it ends the watch."""

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        recursive: bool,
        ignore: Iterable[str],
        since: str | None,
        timeout: float | None,
        engine: "Engine | None",
    ) -> None:
        self._path = path_of(path)
        self._wish = (recursive, patterns_of(ignore))
        self._timeout = checked(timeout)
        check_engine(engine)
        self._given = engine
        self._since = since
        self._closed = False
        self._state = WatchState()
        self._open()

    @property
    def clock(self) -> str:
        """The clock of the batch that was taken last: `since` for who goes on from there."""
        return self._state.clock or self._since or ""

    @property
    def mode(self) -> str:
        """`native` where the system tells of changes, `polling` where it is looked for them."""
        return self._state.hello.mode if self._state.hello else ""

    def next(self, timeout: float | None = None) -> Batch:
        """The next batch. Raises `TimeoutError` after `timeout` seconds, `StopIteration` where the watch is closed."""
        deadline = deadline_of(timeout)
        while not self._closed:
            batch = self._state.take()
            if batch is not None:
                return batch
            self._state.check()
            if self._state.lost:
                self._come_back()
            else:
                self._step(deadline, "nothing changed in time")
        raise StopIteration

    def close(self) -> None:
        """Watch no more; may be called from another thread, whose iteration then ends."""
        if self._closed:
            return
        self._closed = True
        self._state.leave()
        try:
            self._socket.sendall(self._state.data_to_send())
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes who waits in another thread
        except OSError:
            log.debug("the engine had gone before the watch of %s ended", self._path)
        if threading.current_thread() is self._thread:
            self._socket.close()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Batch:
        return self.next(self._timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        if hasattr(self, "_socket"):
            self._socket.close()

    # -- within

    def _open(self) -> None:
        self._thread = threading.current_thread()
        engine = self._given
        if engine is None:
            from orchflow_jupyter.client.current import current_engine

            engine = current_engine()
        root = engine.control.call("hello", {"role": "kernel"})["root"]
        recursive, ignore = self._wish
        parameters = watching(within(self._path, root), recursive, ignore, self._since)
        self._state = WatchState(self._path)
        self._socket = open_watch(engine, parameters)
        deadline = time.monotonic() + HELLO
        while self._state.hello is None:
            self._state.check()
            if self._state.lost:
                raise EngineUnavailableError("the engine ended before it had looked at all there is")
            self._step(deadline, "the engine did not look at all there is in time")

    def _come_back(self) -> None:
        self._since = self.clock
        self._socket.close()
        until = time.monotonic() + AGAIN
        while True:
            try:
                self._open()
            except EngineUnavailableError:
                if time.monotonic() > until or self._given is not None:
                    raise
                time.sleep(PAUSE)
            else:
                return

    def _step(self, deadline: float | None, late: str) -> None:
        left = None if deadline is None else deadline - time.monotonic()
        if left is not None and left <= 0:
            raise TimeoutError(late)
        waiting = select.poll()  # select(2) takes no descriptor above 1023
        waiting.register(self._socket, select.POLLIN)
        if waiting.poll(milliseconds(left)):
            try:
                self._state.receive(self._socket.recv(RECEIVE))
                self._socket.sendall(self._state.data_to_send())
            except OSError:
                self._state.receive(b"")


class Handle:
    """A watch whose batches go to a callback, in a thread of its own."""

    def __init__(self, watch: Watch, callback: Callable[[Batch], object]) -> None:
        self._watch = watch
        self._callback = callback
        self._thread = threading.Thread(target=self._run, name="orchflow watch", daemon=True)
        self._thread.start()

    @property
    def clock(self) -> str:
        """As the watch's own."""
        return self._watch.clock

    @property
    def mode(self) -> str:
        """As the watch's own."""
        return self._watch.mode

    def stop(self, timeout: float | None = 10.0) -> None:
        """End the watch, and wait until no callback runs any more."""
        self._watch.close()
        if threading.current_thread() is not self._thread:
            self._thread.join(timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _run(self) -> None:
        try:
            for batch in self._watch:
                try:
                    self._callback(batch)
                except Exception:
                    log.exception("the callback of a watch failed; the watch goes on")
        except Exception:
            if not self._watch._closed:
                log.exception("a watch ended")
