"""Records a terminal into a file while it runs, and never slows it down.

What arrives is only noted, with its time and its offset; within a second, or before the ring moves on, it is taken
from the ring, and a thread decodes and writes it. Where the disk cannot keep up, output is left out and a marker says
how much; where it is full, the recording ends after the last whole event that fits.
"""

import asyncio
import contextlib
import os
import stat
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

from orchflow_jupyter.errors import ConflictError, InvalidRequestError
from orchflow_jupyter.terminals import asciicast
from orchflow_jupyter.terminals.pty import Exit
from orchflow_jupyter.terminals.ring import Ring

__all__ = ["Recorder", "identity", "open_file", "place"]

FLUSH = 1.0
"""Seconds after which what was noted goes into the file."""
WAITING = 16 * 1024 * 1024
"""Bytes that wait for the disk at most."""
ENOUGH = 8 * 1024
"""Bytes that are written without more; an event is written whole."""
PIECE = 64 * 1024
"""Bytes of a screen in one event."""
MANY = 32
"""Events that are written together at most."""

Part = bytes | list[asciicast.Event] | Callable[[], bytes]
"""What goes into the file: as it is, events, or what paints the screen at the beginning."""


class Recorder:
    """One recording, from its making to `stop` or the program's end. Owns the descriptor `file`.

    It begins with `head`, and with `opening`: an output offset, by default the end, and what tells, in the thread that
    writes, what paints the state there; then comes what was said since. `secret` is left out of the output.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        ring: Ring,
        path: str,
        file: int,
        head: bytes,
        *,
        with_input: bool,
        opening: tuple[int, Callable[[], bytes] | None] | None = None,
        secret: str = "",
    ) -> None:
        self.path = path
        self.with_input = with_input
        self.bytes = 0
        self.error: str | None = None
        self.running = True
        self.finished: asyncio.Future[None] = loop.create_future()
        """Done when the file is closed; it never fails."""
        self._loop = loop
        self._ring = ring
        self._file = file
        self._began = loop.time()
        self._encoder = asciicast.Encoder(self._began, secret)
        self._taken, paint = opening or (ring.end, None)
        self._noted: list[tuple[int, asciicast.Event]] = []
        self._waiting: list[Part] = [head]
        self._waiting_bytes = 0
        self._lost = 0
        self._writing = False
        self._timer: asyncio.TimerHandle | None = None
        if paint is not None:
            self._waiting.append(paint)
        if self._taken < ring.end:
            self._note("o", b"")
        self._write()

    def as_json(self) -> dict[str, Any] | None:
        """What a terminal's model says of it; None where it has ended well."""
        return self.outcome() if self.running or self.error is not None else None

    def outcome(self) -> dict[str, Any]:
        """Where it is and how it goes, or went."""
        return {"path": self.path, "bytes": self.bytes, "input": self.with_input, "error": self.error}

    # -- what happens in the terminal

    def arrived(self) -> None:
        """Output lies in the ring."""
        self._note("o", b"")
        if self._ring.end - self._taken >= self._ring.capacity // 4:
            self._take()
            self._write()

    def typed(self, data: bytes) -> None:
        """Input came; it is recorded only where that was asked for."""
        if self.with_input:
            self._note("i", data)

    def resized(self, cols: int, rows: int) -> None:
        """The size has changed."""
        self._note("r", b"%dx%d" % (cols, rows))

    def ended(self, how: Exit) -> None:
        """The program has ended, and all its output is in the ring."""
        self._note("o", b"")
        self._note("x", asciicast.status(how))
        self.stop()

    def stop(self) -> None:
        """Record nothing more; `finished` tells when the file is whole."""
        if self.running:
            self._take()
            if self._lost:
                self._waiting.append([self._marker(self._loop.time())])
            self.running = False
            self._write()

    # -- into the file

    def _note(self, code: Any, data: bytes) -> None:
        if not self.running:
            return
        self._noted.append((self._ring.end, (self._loop.time(), code, data)))
        if self._timer is None:
            self._timer = self._loop.call_later(FLUSH, self._flush)

    def _flush(self) -> None:
        self._timer = None
        self._take()
        self._write()

    def _take(self) -> None:
        """Copy what was noted out of the ring."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        events: list[asciicast.Event] = []
        noted, self._noted = self._noted, []
        for end, (when, code, data) in noted:
            begin, self._taken = self._taken, end
            held = max(begin, self._ring.start)
            if self._waiting_bytes + end - begin > WAITING:
                held = end
            self._lost += min(held, end) - begin
            if held < end:
                if self._lost:
                    events.append(self._marker(when))
                events.append((when, "o", self._ring.read(held, end - held)))
            if code != "o":
                events.append((when, code, data))
            self._waiting_bytes += max(0, end - held) + len(data)
        if events:
            self._waiting.append(events)

    def _marker(self, when: float) -> asciicast.Event:
        """What was left out, said once."""
        lost, self._lost = self._lost, 0
        return when, "m", b"%d bytes were not recorded" % lost

    def _write(self) -> None:
        if self._writing or (not self._waiting and self.running) or self.finished.done():
            return
        self._writing = True
        todo, self._waiting, self._waiting_bytes = self._waiting, [], 0
        done = self._loop.run_in_executor(None, self._put, todo, not self.running)
        done.add_done_callback(self._written)

    def _put(self, todo: Sequence[Part], last: bool) -> bool:
        """In a thread: encode and write; whether the file is closed."""
        with contextlib.ExitStack() as closing:
            if last:
                closing.callback(os.close, self._file)
            for data in self._encoded(todo):
                written, error = _write_all(self._file, data)
                if error is not None:
                    self.bytes += data.rfind(b"\n", 0, written) + 1
                    self.error = f"the recording to {self.path} has ended: {error.strerror}"
                    with contextlib.suppress(OSError):
                        os.ftruncate(self._file, self.bytes)
                    if not last:
                        os.close(self._file)
                    return True
                self.bytes += written
            now = os.fstat(self._file)
            if now.st_nlink == 0:
                self.error = f"{self.path} was removed while it was recorded to"
                if not last:
                    os.close(self._file)
                return True
            if last and now.st_size != self.bytes:
                self.error = f"{self.path} was changed by somebody else while it was recorded to"
        return last

    def _encoded(self, todo: Sequence[Part]) -> Iterator[bytes]:
        """A little at a time: only while it writes does the thread let the loop go on (Python's lock)."""
        for part in todo:
            if isinstance(part, bytes):
                yield part
                continue
            events = part if isinstance(part, list) else self._screen(part)
            lines = bytearray()
            for number, event in enumerate(events, 1):
                lines += self._encoder.lines([event])
                if len(lines) >= ENOUGH or number % MANY == 0:
                    yield bytes(lines)
                    lines.clear()
            yield bytes(lines)

    def _screen(self, paint: Callable[[], bytes]) -> list[asciicast.Event]:
        painted = b""
        with contextlib.suppress(MemoryError):  # then it begins with what comes
            painted = paint()
        return [(self._began, "o", painted[at : at + PIECE]) for at in range(0, len(painted), PIECE)]

    def _written(self, done: "asyncio.Future[bool]") -> None:
        self._writing = False
        if done.result():
            self.running = False
            self._noted.clear()
            self._waiting.clear()
            if self._timer:
                self._timer.cancel()
                self._timer = None
            if not self.finished.done():
                self.finished.set_result(None)
        else:
            self._write()


def place(path: str, root: str) -> str:
    """The real path of a file to be made, within `root`. Raises `InvalidRequestError` for one that is not."""
    if not path or "\0" in path or path.endswith("/") or not _is_name(path):
        raise InvalidRequestError(f"path must name a file, and {path!r} does not")
    real = os.path.realpath(os.path.join(root, path))
    if os.path.commonpath((real, root)) != root or real == root:
        raise InvalidRequestError(f"path must be of a file below {root}, and {path!r} is elsewhere")
    return real


def _is_name(path: str) -> bool:
    """Whether a file can be called so: half a surrogate pair is one where it stands for a byte (PEP 383)."""
    try:
        os.fsencode(path)
    except UnicodeEncodeError:
        return False
    return True


def identity(file: str | int) -> tuple[int, int] | None:
    """The device and number of a file, whatever its names; None where there is none."""
    try:
        found = os.stat(file)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def open_file(path: str, *, overwrite: bool, taken: Collection[tuple[int, int] | None] = ()) -> int:
    """A descriptor of a new file that only its owner may read.

    Raises `ConflictError` where there is one already that is not to be overwritten, or that is one of those `taken`,
    `InvalidRequestError` where none can be made.
    """
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        file = os.open(path, flags | (0 if overwrite else os.O_EXCL), 0o600)
    except FileExistsError:
        raise ConflictError(f"{path} exists already; choose another name, or ask for `overwrite`") from None
    except OSError as error:
        raise InvalidRequestError(f"{path} cannot be written: {error.strerror}") from None
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise InvalidRequestError(f"{path} is no plain file")
    if identity(file) in taken:
        os.close(file)
        raise ConflictError(f"a terminal is recorded to {path} already; choose another name, or stop that first")
    os.ftruncate(file, 0)
    os.fchmod(file, 0o600)
    return file


def _write_all(file: int, data: bytes) -> tuple[int, OSError | None]:
    """How many bytes were written, and why not all of them."""
    written = 0
    with memoryview(data) as view:
        try:
            while written < len(view):
                written += os.write(file, view[written:])
        except OSError as error:
            return written, error
    return written, None
