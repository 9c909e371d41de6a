"""Who may have a file open: one engine of a user at a time, whatever root it serves, by a lock that ends with it."""

import contextlib
import hashlib
import json
import os

from orchflow_jupyter.errors import ConflictError

__all__ = ["Lease"]

_held: set[str] = set()
"""Those of this process: a lock of lockf(3) keeps other processes out, and not its own."""


class Lease:
    """The file at `path` (absolute, with no links in it) is ours until `release`.

    Locks lie in `folder`, as they would end with the file that a save replaces. Raises `ConflictError`, which says who
    has it.
    """

    def __init__(self, folder: str, path: str, root: str) -> None:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        self._lock = os.path.join(folder, hashlib.sha256(os.fsencode(path)).hexdigest()[:32])
        if self._lock in _held:
            raise ConflictError(f"{path} is open in another engine of this process")
        self._fd = self._locked(path)
        _held.add(self._lock)
        about = json.dumps({"path": path, "pid": os.getpid(), "root": root}).encode()
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, about, 0)

    def release(self) -> None:
        """Others may have it."""
        if self._lock in _held:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._lock)
            _held.discard(self._lock)
            os.close(self._fd)

    def _locked(self, path: str) -> int:
        while True:
            fd = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                os.lockf(fd, os.F_TLOCK, 0)
            except OSError:
                with os.fdopen(fd, "rb") as file:
                    raise ConflictError(_who(path, file.read(4096))) from None
            with contextlib.suppress(FileNotFoundError):
                if os.fstat(fd).st_ino == os.stat(self._lock).st_ino:
                    return fd
            os.close(fd)  # its owner took it away while we opened it: what we locked is no longer what others find


def _who(path: str, told: bytes) -> str:
    try:
        about = json.loads(told)
        return f"{path} is open in another engine: process {about['pid']}, which serves {about['root']}"
    except (ValueError, KeyError, TypeError):
        return f"{path} is open in another engine"
