"""A room's journal: each update is on disk before it counts as safe, and brings the document back after a crash.

It is written at its end, and now and then as a whole, in another file that takes its place (see `journal_file`).
"""

import asyncio
import contextlib
import logging
import os
from collections.abc import Callable, Iterable

from orchflow_jupyter.documents.journal_file import (
    BASE,
    CHANGE,
    SAVING,
    UPDATE,
    Record,
    head,
    record,
    sync_directory,
    write_all,
)
from orchflow_jupyter.documents.journal_writer import JournalWriter
from orchflow_jupyter.documents.journals import SUFFIX

__all__ = ["Journal"]

log = logging.getLogger(__name__)

FLOOR = 256 * 1024
"""Bytes below which no journal is written anew."""


class Journal:
    """Of the room `name`, for the document at `path`; written in `folder`, by `writer`'s thread, with `base` at first.

    Nothing is there before `renew` was called once. `safe` is told, on the loop, up to which number all is on disk.
    """

    def __init__(self, writer: JournalWriter, folder: str, name: str, path: str, base: bytes, growth: int) -> None:
        self.last = 0
        """The number of the last update that was appended."""
        self.on_disk = 0
        """The number up to which all is on disk."""
        self.safe: Callable[[int], None] = lambda number: None
        self.grown: Callable[[], None] = lambda: None
        """Called when it is to be written anew, by `renew`."""
        self.size = 0
        """Bytes of the file."""
        self._writer = writer
        self._file = os.path.join(folder, name + SUFFIX)
        self._name = name
        self._path = path
        self._base = base
        self._growth = growth
        self._anew: list[Record] | None = None
        self._covered: list[Record] = []
        """What waited when it was to be written anew, which holds it too."""
        self._queue: list[Record] = []
        self._compacted = 0
        self._told = False
        self._fd = -1

    # -- on the loop

    def append(self, update: bytes) -> int:
        """Keep it, soon; its number."""
        self._queue.append((UPDATE, update))
        self.last += 1
        self._writer.wake(self)
        return self.last

    def based(self, base: bytes) -> None:
        """The file's bytes are these now."""
        if base != self._base:
            self._queue.append((CHANGE, (self._base, base)))
            self._base = base
            self._writer.wake(self)

    async def saving(self, data: bytes) -> None:
        """The file is about to have these bytes; returns when that is on disk."""
        self._queue.append((SAVING, (self._base, data)))
        self._writer.wake(self)
        await self.flush()

    def moved(self, path: str) -> None:
        """The document is there from now on; `renew` writes it down."""
        self._path = path

    def renew(self, updates: Iterable[bytes], *, clean: bool = False) -> None:
        """Write another file soon, which then takes this one's place: all that was appended so far is `updates` now.

        `clean` says that nothing in it lacks in the document's own file.
        """
        self._covered += self._queue
        self._queue = []
        self._anew = [
            head(self._name, self._path, clean=clean),
            (BASE, self._base),
            *((UPDATE, update) for update in updates),
        ]
        self._writer.wake(self)

    async def flush(self) -> None:
        """Wait until all is on disk that was appended, or until it is clear that this fails."""
        await self._writer.flush(self)

    async def close(self, *, forget: bool) -> None:
        """Write what is left, and let the file go; `forget` removes it."""
        if not forget:
            await self.flush()
        self._writer.drop(self)
        await asyncio.get_running_loop().run_in_executor(self._writer.thread, self._shut, forget)

    def take(self) -> Callable[[], None] | None:
        """What is to be written now, as a job for the writer's thread; None where nothing is."""
        anew, covered, queue = self._anew, self._covered, self._queue
        self._anew, self._covered, self._queue = None, [], []
        if anew is None and not queue:
            return None
        self._taken = (anew, covered, queue, self.last)
        return lambda: self._write(anew, covered, queue)

    def done(self, error: Exception | None) -> None:
        """The job that was taken is over."""
        anew, covered, queue, last = self._taken
        if error is None:
            self._told = False
            self.on_disk = last
            self.safe(last)
            if self.size > FLOOR and self.size > self._growth * self._compacted and self._anew is None:
                self.grown()
            return
        # What is not on disk goes first next time.
        left = covered + queue
        if self._anew is not None:
            self._covered[:0] = left
        elif anew is not None and self._fd < 0:
            self._anew, self._covered, self._queue = anew, covered, queue + self._queue
        else:
            self._queue[:0] = left
        if not self._told:
            log.error("the journal of %s cannot be written, and is tried again: %s", self._path, error)
        self._told = True

    # -- in the writer's thread

    def _write(self, anew: list[Record] | None, covered: list[Record], queue: list[Record]) -> None:
        if anew is not None:
            try:
                self._write_anew(anew)
            except OSError:
                if self._fd < 0:
                    raise
                queue = covered + queue  # the journal that is there goes on
        if queue:
            data = b"".join(map(record, queue))
            try:
                write_all(self._fd, data)
                os.fdatasync(self._fd)
            except OSError:
                os.ftruncate(self._fd, self.size)
                os.lseek(self._fd, self.size, os.SEEK_SET)
                raise
            self.size += len(data)

    def _write_anew(self, records: list[Record]) -> None:
        data = b"".join(map(record, records))
        new = self._file + ".new"
        os.makedirs(os.path.dirname(self._file), mode=0o700, exist_ok=True)
        fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            write_all(fd, data)
            os.fsync(fd)
            os.rename(new, self._file)
        except OSError:
            os.close(fd)
            with contextlib.suppress(OSError):
                os.unlink(new)
            raise
        sync_directory(os.path.dirname(self._file))
        if self._fd >= 0:
            os.close(self._fd)
        self._fd, self.size, self._compacted = fd, len(data), len(data)

    def _shut(self, forget: bool) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
        if forget:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._file)
