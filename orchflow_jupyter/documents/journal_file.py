"""A journal's file: a row of records, and what they come to.

A record is four bytes of length, four of checksum (CRC-32), a kind, and that many bytes. The first one says of which
document and which history the file is. What was being written when the machine stopped is cut off.
"""

import contextlib
import json
import logging
import os
import time
import zlib
from collections.abc import Iterator
from struct import Struct
from typing import NamedTuple

from orchflow_jupyter.documents.ends import same_ends
from orchflow_jupyter.documents.journals import SUFFIX

__all__ = [
    "BASE",
    "CHANGE",
    "SAVING",
    "UPDATE",
    "Head",
    "Record",
    "Recovered",
    "head",
    "heads",
    "read",
    "record",
    "sync_directory",
    "write_all",
]

log = logging.getLogger(__name__)

VERSION = 1
RECORD = Struct(">IIB")
HEAD, BASE, CHANGE, UPDATE, SAVING = 1, 2, 3, 4, 5
"""Which document; the file's bytes; what became of them; an update; what is about to become of the file's bytes."""
PACKED = 0x80
"""The kind's bit of what zlib made smaller."""
CHANGED = Struct(">QQ")
"""Of the bytes that were: how many at the beginning and at the end are the same still."""
WORTH = 512
"""Bytes from which on it is tried to make them smaller."""

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
    saving: bytes | None
    """What the file was to have, where a save had begun and is not known to have ended."""
    cut: int
    """Bytes at its end that were no whole record."""


def head(name: str, path: str, *, clean: bool) -> Record:
    """The first record of a journal that is written now."""
    about = {"version": VERSION, "name": name, "path": path, "at": time.time(), "clean": clean}
    return HEAD, json.dumps(about).encode()


def heads(folder: str) -> Iterator[Head]:
    """The beginnings of all journals in `folder`; what is none is passed over."""
    with contextlib.suppress(FileNotFoundError):
        for name in sorted(os.listdir(folder)):
            file = os.path.join(folder, name)
            if name.endswith(SUFFIX):
                with contextlib.suppress(OSError), open(file, "rb") as source:
                    found = next(_records(source.read(64 * 1024)), None)
                    first = _head_of(file, *found[:2]) if found else None
                    if first is not None:
                        yield first
            elif name.endswith(SUFFIX + ".new"):
                with contextlib.suppress(OSError):  # what was being written when its engine was killed
                    os.unlink(file)


def read(file: str) -> Recovered | None:
    """What a journal holds, up to the first record that is not whole; None where not even its beginning is."""
    with open(file, "rb") as source:
        data = source.read()
    first, base, updates, saving, whole = None, b"", [], None, 0
    for kind, content, end in _records(data):
        if first is None:
            first = _head_of(file, kind, content)
            if first is None:
                return None
        elif kind == BASE:
            base = content
        elif kind == CHANGE:
            base = _changed(base, content)
            saving = None
        elif kind == UPDATE:
            updates.append(content)
        elif kind == SAVING:
            saving = _changed(base, content)
        whole = end
    if first is None:
        return None
    if whole < len(data):
        log.warning("the journal of %s is cut by %d bytes that are no whole record", first.path, len(data) - whole)
    return Recovered(first, base, updates, saving, len(data) - whole)


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


def record(given: Record) -> bytes:
    """A record as it stands in a file."""
    kind, said = given
    content = _change(*said) if isinstance(said, tuple) else said
    if len(content) >= WORTH:
        packed = zlib.compress(content, 1)
        if len(packed) < len(content) - len(content) // 8:
            kind, content = kind | PACKED, packed
    return RECORD.pack(len(content), zlib.crc32(content, kind), kind) + content


def _change(old: bytes, new: bytes) -> bytes:
    front, back = same_ends(old, new)
    return CHANGED.pack(front, back) + new[front : len(new) - back]


def _changed(old: bytes, content: bytes) -> bytes:
    front, back = CHANGED.unpack_from(content)
    return old[:front] + content[CHANGED.size :] + old[len(old) - back :]


def write_all(fd: int, data: bytes) -> None:
    """All of it."""
    left = memoryview(data)
    while left:
        left = left[os.write(fd, left) :]


def sync_directory(path: str) -> None:
    """To the disk, with what was renamed in it."""
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
