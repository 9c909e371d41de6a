"""Where a file is that was moved: a descriptor that opens nothing goes with it (open(2), O_PATH: of Linux alone)."""

import contextlib
import os
import threading

__all__ = ["Trace"]

O_PATH = getattr(os, "O_PATH", 0)


class Trace:
    """Of the file that was last kept; `root` is a real path. Threads may share it."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._lock = threading.Lock()
        self._file = -1
        self._over = not O_PATH

    def keep(self, real: str) -> None:
        """The file is there now."""
        with self._lock:
            self._let_go()
            if not self._over:
                with contextlib.suppress(OSError):
                    self._file = os.open(real, O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)

    def where(self) -> str | None:
        """Its path below the root, where it has one that is not hidden: what lies in a trash is gone."""
        with self._lock:
            if self._file < 0:
                return None
            try:
                real = os.readlink(f"/proc/self/fd/{self._file}")
                there = os.path.samestat(os.stat(real, follow_symlinks=False), os.fstat(self._file))
            except OSError:
                return None
        path = os.path.relpath(real, self._root)
        hidden = any(part.startswith(".") for part in path.split(os.sep))  # ".." is another place altogether
        return path if there and not hidden else None

    def close(self) -> None:
        """Let it go, and keep no other."""
        with self._lock:
            self._over = True
            self._let_go()

    __del__ = close

    def _let_go(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
