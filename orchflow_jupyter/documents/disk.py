"""What writing a file whole takes of the system: descriptors, bytes, modes and owners, and what must be on the disk."""

import contextlib
import hashlib
import os
import stat
from collections.abc import Iterator

__all__ = [
    "content",
    "is_same",
    "is_writable",
    "is_written_in_place",
    "make_alike",
    "opened",
    "overwrite",
    "settle",
    "temporary_name",
    "write_all",
]

_MARK = ".orchflow~"
"""The end of a temporary file's name."""
PIECE = 64 * 1024
"""Bytes that are read at least."""


@contextlib.contextmanager
def opened(real: str) -> Iterator[int]:
    """A descriptor for reading, for a while; also of a pipe, without waiting for who writes to it."""
    file = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        yield file
    finally:
        os.close(file)


def content(file: int, limit: int, likely: int) -> bytes:
    """The bytes from the beginning, `limit` at most; a file of `likely` bytes is read in one piece, with no more memory
    than it takes."""
    parts, size = [], 0
    while size < limit and (part := os.pread(file, min(limit - size, max(PIECE, likely + 1 - size)), size)):
        parts.append(part)
        size += len(part)
    return b"".join(parts)


def write_all(file: int, data: bytes) -> None:
    """Write all, to the disk."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(file, rest) :]
    os.fsync(file)


def overwrite(real: str, info: os.stat_result, data: bytes) -> os.stat_result:
    """Write in place; how it is then. A longer file first grows, so that a full disk is met before anything is lost."""
    file = os.open(real, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        if len(data) > info.st_size and hasattr(os, "posix_fallocate"):
            try:
                os.posix_fallocate(file, 0, len(data))
            except OSError:
                os.ftruncate(file, info.st_size)
                raise
        write_all(file, data)
        os.ftruncate(file, len(data))
        os.fsync(file)
        return os.fstat(file)
    finally:
        os.close(file)


def make_alike(real: str, file: int, info: os.stat_result) -> None:
    """Give a new file the owner, the mode and the attributes (access lists too) of the one that it is to replace."""
    made = os.fstat(file)
    if (made.st_uid, made.st_gid) != (info.st_uid, info.st_gid):
        with contextlib.suppress(PermissionError):
            os.fchown(file, info.st_uid, info.st_gid)
    os.fchmod(file, stat.S_IMODE(info.st_mode))
    if hasattr(os, "listxattr"):
        with contextlib.suppress(OSError):  # there are none on this file system
            for name in os.listxattr(real, follow_symlinks=False):
                with contextlib.suppress(OSError):
                    os.setxattr(file, name, os.getxattr(real, name, follow_symlinks=False))


def is_written_in_place(real: str, info: os.stat_result) -> bool:
    """Whether another file in its place would break something."""
    of_another = info.st_uid != os.geteuid() and os.geteuid() != 0
    return info.st_nlink > 1 or of_another or not os.access(os.path.dirname(real), os.W_OK | os.X_OK)


def is_writable(real: str, info: os.stat_result) -> bool:
    """Whether a file may be written. For root, who may do all, its mode says whether it is meant to be."""
    return bool(info.st_mode & 0o222) and os.access(real, os.W_OK)


def temporary_name(name: str) -> str:
    """The name of the temporary file beside a file; always the same, so that none is left over for long."""
    if len(os.fsencode(name)) > 200:
        name = hashlib.blake2b(os.fsencode(name), digest_size=16).hexdigest()
    return f".{name}{_MARK}"


def settle(folder: str) -> None:
    """The directory to the disk, with the file's new place in it."""
    with contextlib.suppress(OSError):  # some file systems cannot
        file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(file)
        finally:
            os.close(file)


def is_same(one: os.stat_result, other: os.stat_result) -> bool:
    """Whether two looks found the same file as it was."""
    return (one.st_ino, one.st_size, one.st_mtime_ns) == (other.st_ino, other.st_size, other.st_mtime_ns)
