"""A room's journal: each update is on disk before it counts as safe, and brings the document back after a crash.

A file is a row of records: four bytes of length, four of checksum (CRC-32), a kind, and that many bytes. The first one
says of which document and which history it is. What was being written when the machine stopped is cut off.
"""

import asyncio
import contextlib
import hashlib
import json
import logging
import os
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from struct import Struct
from typing import NamedTuple

from orchflow_jupyter.documents.journal_writer import JournalWriter

__all__ = ["Head", "Journal", "Recovered", "any_in", "heads", "journals_of", "read"]

log = logging.getLogger(__name__)

VERSION = 1
SUFFIX = ".journal"
RECORD = Struct(">IIB")
HEAD, BASE, CHANGE, UPDATE, SAVING = 1, 2, 3, 4, 5
"""Which document; the file's bytes; what became of them; an update; the digest of what the file is about to have."""
PACKED = 0x80
"""The kind's bit of what zlib made smaller."""
CHANGED = Struct(">QQ")
"""Of the bytes that were: how many at the beginning and at the end are the same still."""
WORTH = 512
"""Bytes from which on it is tried to make them smaller."""
FLOOR = 256 * 1024
"""Bytes below which no journal is written anew."""

Record = tuple[int, bytes] | tuple[int, tuple[bytes, bytes]]


class Head(NamedTuple):
    """The beginning of a journal: `name` is the room's, `path` relative to the root, `at` seconds since the epoch."""

    file: str
    name: str
    path: str
    at: float
    clean: bool
    """Whether nothing in it lacks in the document's own file."""


class Recovered(NamedTuple):
    """What a journal holds: the file's bytes as last read or saved, and all updates in order."""

    head: Head
    base: bytes
    updates: list[bytes]
    saving: str | None
    """The digest of what the file was to have, where a save had begun and is not known to have ended."""
    cut: int
    """Bytes at its end that were no whole record."""


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

    async def saving(self, digest: str) -> None:
        """The file is about to have the bytes of that digest; returns when that is on disk."""
        self._queue.append((SAVING, digest.encode()))
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
        head = {"version": VERSION, "name": self._name, "path": self._path, "at": time.time(), "clean": clean}
        about = json.dumps(head).encode()
        self._anew = [(HEAD, about), (BASE, self._base), *((UPDATE, update) for update in updates)]
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
            data = b"".join(map(_record, queue))
            try:
                _write_all(self._fd, data)
                os.fdatasync(self._fd)
            except OSError:
                os.ftruncate(self._fd, self.size)
                os.lseek(self._fd, self.size, os.SEEK_SET)
                raise
            self.size += len(data)

    def _write_anew(self, records: list[Record]) -> None:
        data = b"".join(map(_record, records))
        new = self._file + ".new"
        os.makedirs(os.path.dirname(self._file), mode=0o700, exist_ok=True)
        fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            _write_all(fd, data)
            os.fsync(fd)
            os.rename(new, self._file)
        except OSError:
            os.close(fd)
            with contextlib.suppress(OSError):
                os.unlink(new)
            raise
        _sync_directory(os.path.dirname(self._file))
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


def journals_of(folder: str, root: str) -> str:
    """The directory of the journals for `root` below that of all roots."""
    return os.path.join(folder, hashlib.sha256(os.fsencode(root)).hexdigest()[:16])


def any_in(folder: str) -> bool:
    """Whether there are journals in `folder`."""
    with contextlib.suppress(OSError):
        return any(name.endswith(SUFFIX) for name in os.listdir(folder))
    return False


def heads(folder: str) -> Iterator[Head]:
    """The beginnings of all journals in `folder`; what is none is passed over."""
    with contextlib.suppress(FileNotFoundError):
        for name in sorted(os.listdir(folder)):
            file = os.path.join(folder, name)
            if name.endswith(SUFFIX):
                with contextlib.suppress(OSError), open(file, "rb") as source:
                    found = next(_records(source.read(64 * 1024)), None)
                    head = _head_of(file, *found[:2]) if found else None
                    if head is not None:
                        yield head
            elif name.endswith(SUFFIX + ".new"):
                with contextlib.suppress(OSError):  # what was being written when its engine was killed
                    os.unlink(file)


def read(file: str) -> Recovered | None:
    """What a journal holds, up to the first record that is not whole; None where not even its beginning is."""
    with open(file, "rb") as source:
        data = source.read()
    head, base, updates, saving, whole = None, b"", [], None, 0
    for kind, content, end in _records(data):
        if head is None:
            head = _head_of(file, kind, content)
            if head is None:
                return None
        elif kind == BASE:
            base = content
        elif kind == CHANGE:
            front, back = CHANGED.unpack_from(content)
            base = base[:front] + content[CHANGED.size :] + base[len(base) - back :]
            saving = None
        elif kind == UPDATE:
            updates.append(content)
        elif kind == SAVING:
            saving = content.decode()
        whole = end
    if head is None:
        return None
    if whole < len(data):
        log.warning("the journal of %s is cut by %d bytes that are no whole record", head.path, len(data) - whole)
    return Recovered(head, base, updates, saving, len(data) - whole)


def _head_of(file: str, kind: int, content: bytes) -> Head | None:
    try:
        about = json.loads(content) if kind == HEAD else {}
        if about.get("version") == VERSION:
            return Head(file, str(about["name"]), str(about["path"]), float(about["at"]), about["clean"] is True)
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    return None


def _records(data: bytes) -> Iterator[tuple[int, bytes, int]]:
    """The kind of each record, what is in it, and where it ends."""
    at = 0
    while at + RECORD.size <= len(data):
        size, checksum, kind = RECORD.unpack_from(data, at)
        at += RECORD.size
        content = data[at : at + size]
        at += size
        if len(content) < size or zlib.crc32(content, kind) != checksum:
            return
        yield kind & ~PACKED, zlib.decompress(content) if kind & PACKED else content, at


def _record(record: Record) -> bytes:
    kind, given = record
    content = _change(*given) if isinstance(given, tuple) else given
    if len(content) >= WORTH:
        packed = zlib.compress(content, 1)
        if len(packed) < len(content) - len(content) // 8:
            kind, content = kind | PACKED, packed
    return RECORD.pack(len(content), zlib.crc32(content, kind), kind) + content


def _change(old: bytes, new: bytes) -> bytes:
    front = _same(old, new, min(len(old), len(new)), lambda text, n: text[:n])
    back = _same(old, new, min(len(old), len(new)) - front, lambda text, n: text[len(text) - n :])
    return CHANGED.pack(front, back) + new[front : len(new) - back]


def _same(old: bytes, new: bytes, most: int, part: Callable[[bytes, int], bytes]) -> int:
    """How many bytes at one end are the same: by halves, each compared at once."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if part(old, middle) == part(new, middle):
            low = middle
        else:
            high = middle - 1
    return low


def _write_all(fd: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(fd, left) :]


def _sync_directory(path: str) -> None:
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
