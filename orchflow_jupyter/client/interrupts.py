"""Interrupts that were sent to a shell's terminal, and which of them may yet do something to what is typed next."""

import math
import time
from typing import Any

__all__ = ["Interrupts"]

KEY = b"\x03"
INTERRUPTED = 128 + 2
"""The exit code of what a SIGINT ended (bash(1), "Simple Commands")."""


class Interrupts:
    """Those of one client, or of several that come one after the other."""

    def __init__(self) -> None:
        self.at = -math.inf
        """When the last was sent (`time.monotonic`)."""
        self.unheard = 0
        """How many may be on their way to the shell, or wait there for its next key."""
        self.between = False
        """Whether a command has ended, and no prompt is told since."""
        self._by_itself = False
        """Whether what ran last ended by itself: its prompt is no sign that an interrupt was heard."""

    def sent(self) -> None:
        """One more."""
        self.at = time.monotonic()
        self.unheard += 1

    def typed(self, data: bytes) -> None:
        """That was typed, whatever is in it."""
        if KEY in data:
            self.sent()

    def event(self, event: dict[str, Any]) -> None:
        """Something happened in the terminal."""
        if event["kind"] in ("command_started", "command_finished", "prompt"):
            self.between = event["kind"] == "command_finished"
        if event["kind"] == "command_finished":
            self._by_itself = event["exit_code"] != INTERRUPTED
        elif event["kind"] == "prompt":
            if not self._by_itself:
                self.unheard = max(0, self.unheard - 1)
            self._by_itself = False
