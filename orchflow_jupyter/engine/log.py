"""The engine's log: lines on stderr, which is a file that is moved aside when it has grown too large."""

import contextlib
import logging
import os
import sys

__all__ = ["BoundedLog"]

LIMIT = 1024 * 1024
"""Bytes of a log; as many again are in the one before, `engine.log.1`."""


class BoundedLog(logging.StreamHandler):  # type: ignore[type-arg]
    """Writes to stderr; where that is the file `path`, it is kept within bounds, whoever else writes to it."""

    def __init__(self, path: str, limit: int = LIMIT) -> None:
        super().__init__(sys.stderr)
        self._path = path
        self._limit = limit

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record, to a new file where the old one is full."""
        with contextlib.suppress(OSError):  # then it goes where the others went
            self._turn_over()
        super().emit(record)

    def _turn_over(self) -> None:
        fd = sys.stderr.fileno()
        now = os.fstat(fd)
        if now.st_size < self._limit or not os.path.samestat(now, os.stat(self._path)):
            return
        os.replace(self._path, f"{self._path}.1")
        new = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        os.dup2(new, fd, inheritable=True)
        os.close(new)
