"""Processes that tests start: whether they live, and ending them for sure."""

import contextlib
import os
import signal

from tests.support.waiting import eventually

__all__ = ["alive", "end"]


def alive(pid):
    """Whether there is such a process, and it is not just waiting to be reaped."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:
            return stat.read().rpartition(b")")[2].split()[0] not in (b"Z", b"X")
    except (FileNotFoundError, ProcessLookupError):
        return False


def end(pid):
    """End a process, politely at first."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
        with contextlib.suppress(AssertionError):
            eventually(lambda: not alive(pid), f"the end of {pid}", timeout=10)
            return
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: not alive(pid), f"the end of {pid}")
