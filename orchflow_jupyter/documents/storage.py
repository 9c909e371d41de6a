"""Where a document's bytes are kept: a file, of which there is always the whole old or the whole new one.

What is written goes into a temporary file beside it, to the disk, and then into its place; mode, owner, attributes and
the link by which it is reached stay. Where that would break something (a file of several names, or of another owner; a
directory that takes no new file), it is written in place. A file that another changed meanwhile is not written over.
"""

import asyncio
import contextlib
import errno
import hashlib
import os
import stat
import time
from typing import NamedTuple, Protocol

from orchflow_jupyter.documents.asked import is_text
from orchflow_jupyter.documents.disk import (
    content,
    is_same,
    is_writable,
    is_written_in_place,
    make_alike,
    opened,
    overwrite,
    settle,
    temporary_name,
    write_all,
)
from orchflow_jupyter.documents.trace import Trace
from orchflow_jupyter.errors import (
    ConflictError,
    NotAllowedError,
    NotFoundError,
    NotSupportedError,
    OrchflowError,
    StorageError,
    TooLargeError,
)

__all__ = ["LocalStorage", "Stamp", "Storage", "digest"]

TRIES = 10
"""How often a file is read that changes while it is read."""
PAUSE = 0.02
"""Seconds between two of these."""
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Stamp(NamedTuple):
    """A file as it was at a moment; `modified` is in nanoseconds, `digest` that of its bytes."""

    inode: int
    size: int
    modified: int
    digest: str


class Storage(Protocol):
    """One file. Its methods raise `NotFoundError`, `NotAllowedError`, `StorageError` where the disk fails, and
    `EngineUnavailableError` where whoever keeps it is away, and it is not known how it is."""

    kind: str
    """`local`, or `contents`: Jupyter's contents manager keeps it."""
    path: str
    """Relative to the root; set where the file has moved."""
    writable: bool
    """Whether it may be written, as it was last seen."""

    async def read(self) -> tuple[bytes, Stamp]:
        """Its bytes. Raises `TooLargeError`, and `NotSupportedError` for what is no file."""

    async def write(self, data: bytes, expected: Stamp | None) -> Stamp:
        """Write it. Raises `ConflictError` where it is not as expected; None: it is not there."""

    async def unchanged(self, stamp: Stamp) -> bool:
        """Whether a quick look says that it is as it was; it may be so even where this says no."""

    def moved_to(self, told: str | None) -> str | None:
        """Where it is by now, if that is not at its path; None: there, or nowhere that is known. `told` is where it was
        said to have gone."""

    def close(self) -> None:
        """It is not looked after any more."""


class LocalStorage:
    """A file below `root`, a real path; of `limit` bytes at most."""

    kind = "local"

    def __init__(self, root: str, path: str, limit: int) -> None:
        self.path = path
        self.writable = True
        self._root = root
        self._limit = limit
        self._trace = Trace(root)

    async def read(self) -> tuple[bytes, Stamp]:
        """Its bytes. Raises as `Storage` says."""
        return await asyncio.to_thread(self._read)

    async def write(self, data: bytes, expected: Stamp | None) -> Stamp:
        """Write it whole. Raises as `Storage` says."""
        return await asyncio.to_thread(self._write, data, expected)

    async def unchanged(self, stamp: Stamp) -> bool:
        """Whether it is the same file, of the same size and time."""
        return await asyncio.to_thread(self._unchanged, stamp)

    def moved_to(self, told: str | None) -> str | None:
        """As `Storage` says. Where something has its name by now, what was moved is a copy for safety."""
        if os.path.lexists(os.path.join(self._root, self.path)):
            return None
        there = self._trace.where() or (told if told and os.path.lexists(os.path.join(self._root, told)) else None)
        return there if there and is_text(there) else None

    def close(self) -> None:
        """As `Storage` says."""
        self._trace.close()

    # -- within, in a thread

    def _real(self) -> str:
        """Where it is, by whatever links. Raises `NotAllowedError` outside the root."""
        real = os.path.realpath(os.path.join(self._root, self.path))
        if os.path.commonpath((real, self._root)) != self._root:
            raise NotAllowedError(f"{self.path!r} leads out of the root directory")
        return real

    def _read(self) -> tuple[bytes, Stamp]:
        try:
            real = self._real()
            with opened(real) as file:
                for _ in range(TRIES):
                    info = os.fstat(file)
                    self._regular(info)
                    self.writable = is_writable(real, info)
                    data = content(file, self._limit + 1, info.st_size)
                    if len(data) > self._limit:
                        raise TooLargeError(f"{self.path} has more than {self._limit} bytes, which is too much to edit")
                    if is_same(info, os.fstat(file)):
                        break
                    time.sleep(PAUSE)
                self._trace.keep(real)
                return data, _stamp(info, data)
        except OSError as error:
            raise self._told(error) from error

    def _write(self, data: bytes, expected: Stamp | None) -> Stamp:
        if len(data) > self._limit:
            most = f"{self._limit} may be edited (OrchFlow.max_document): shorten it to have it saved"
            raise TooLargeError(f"{self.path} would have {len(data)} bytes, of which {most}")
        try:
            real = self._real()
            stamp = self._put(real, data, expected)
        except OSError as error:
            raise self._told(error) from error
        self._trace.keep(real)
        return stamp

    def _put(self, real: str, data: bytes, expected: Stamp | None) -> Stamp:
        if not os.path.lexists(real):
            if expected is not None:
                raise ConflictError(f"{self.path} is not there any more")
            folder = os.path.dirname(self.path)
            if not os.path.isdir(os.path.dirname(real)):
                raise NotFoundError(f"there is no directory {folder} any more for {self.path}: make it, and save again")
            return self._replace(real, data, None)
        with opened(real) as file:
            info = os.fstat(file)
            self._regular(info)
            self.writable = is_writable(real, info)
            if not self.writable:
                raise NotAllowedError(f"{self.path} is read-only")
            self._expect(file, info, expected)
        if is_written_in_place(real, info):
            return _stamp(overwrite(real, info, data), data)
        return self._replace(real, data, info)

    def _expect(self, file: int, info: os.stat_result, expected: Stamp | None) -> None:
        """Raises `ConflictError` where the file is another than expected."""
        if expected is not None and (info.st_ino, info.st_size, info.st_mtime_ns) == expected[:3]:
            return
        if (
            expected is None
            or info.st_size != expected.size
            or digest(content(file, info.st_size, info.st_size)) != expected.digest
        ):
            raise ConflictError(f"{self.path} has changed on the disk")

    def _replace(self, real: str, data: bytes, info: os.stat_result | None) -> Stamp:
        folder, name = os.path.split(real)
        temporary = os.path.join(folder, temporary_name(name))
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)  # of an engine that was killed
        file = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
        try:
            try:
                if info is not None:
                    make_alike(real, file, info)
                write_all(file, data)
                made = os.fstat(file)
            finally:
                os.close(file)
            self._check(real, info)
            os.rename(temporary, real)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise
        settle(folder)
        return _stamp(made, data)

    def _check(self, real: str, info: os.stat_result | None) -> None:
        """Raises `ConflictError` where the file is not the one that was looked at any more."""
        try:
            now = os.stat(real, follow_symlinks=False)
        except FileNotFoundError:
            if info is not None:
                raise ConflictError(f"{self.path} is not there any more") from None
            return
        if info is None or not is_same(info, now):
            raise ConflictError(f"{self.path} has changed on the disk")

    def _unchanged(self, stamp: Stamp) -> bool:
        try:
            real = self._real()
            info = os.stat(real)
            self.writable = is_writable(real, info)
        except (OSError, OrchflowError):
            return False
        return (info.st_ino, info.st_size, info.st_mtime_ns) == stamp[:3]

    def _regular(self, info: os.stat_result) -> None:
        if not stat.S_ISREG(info.st_mode):
            what = "a directory" if stat.S_ISDIR(info.st_mode) else "no regular file"
            raise NotSupportedError(f"{self.path} is {what} now, and cannot be edited")

    def _told(self, error: OSError) -> OrchflowError:
        """What went wrong, as an error of ours."""
        if isinstance(error, (FileNotFoundError, NotADirectoryError)):
            return NotFoundError(f"there is no {self.path}, or no directory for it")
        if isinstance(error, PermissionError) or error.errno in (errno.EROFS, errno.ELOOP):
            return NotAllowedError(f"{self.path}: {error.strerror}")
        if error.errno in _FULL:
            return StorageError(f"the disk of {self.path} is full: {error.strerror}")
        return StorageError(f"{self.path}: {error.strerror or error}")


def _stamp(info: os.stat_result, data: bytes) -> Stamp:
    return Stamp(info.st_ino, len(data), info.st_mtime_ns, digest(data))


def digest(data: bytes) -> str:
    """What tells bytes from others."""
    return hashlib.sha256(data).hexdigest()
