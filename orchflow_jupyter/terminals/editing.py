"""Who has typed at a shell's prompt what it has not begun to run, as far as inputs tell."""

import re
import time
from collections.abc import Callable

from orchflow_jupyter.terminals.ownership import REPORT

__all__ = ["Editing"]

DROPPED = re.compile(rb"[\x03\x1c\x1a\x04]")
"""Keys after which nothing typed before them is left: interrupt, quit, suspend, end (termios(3))."""
ENDS = (b"\r", b"\n")
PASTE = re.compile(rb"\x1b\[200~.*?(?:\x1b\[201~|\Z)", re.DOTALL)
"""What a line editor takes for text, ends of lines and all."""
LAST = re.compile(rb".*[\r\n](.*)", re.DOTALL)
"""What stands behind the last end of a line."""
SWITCH = 0.1
"""Seconds after a command's beginning in which a shell may not have put the terminal back into its modes."""


class Editing:
    """The lines that stand at one shell's prompt, by who typed them; authors are names, or empty for no attachment."""

    __slots__ = ("_ahead", "_authors", "_entered", "_ran", "_switched")

    def __init__(self) -> None:
        self._authors: list[str] = []
        self._switched = 0.0
        self._ran = False
        """Whether the shell has run a line since its last prompt."""
        self._ahead: str | None = None
        """Who began a line while a command ran that did not read it, or behind one that had not begun."""
        self._entered = False
        """Whether a line was ended at this prompt."""

    @property
    def author(self) -> str | None:
        """Whose line stands there, the first of several; None where none does."""
        return self._authors[0] if self._authors else None

    def typed(
        self, author: str, data: bytes, *, prompting: bool, canonical: Callable[[], bool], starting: bool = False
    ) -> bool:
        """Input came; whether it begins a line at a prompt at which there was none.

        While a command runs, the beginning of a line waits for the shell where the program takes whole lines
        (`canonical`); whole lines are the program's, and another program takes its keys itself. What is typed while
        the shell is `starting`, before its first prompt, is for that.
        """
        if data[:1] == b"\x1b" and REPORT.fullmatch(data):
            return False  # nobody typed it; answers are told otherwise
        if DROPPED.search(data):
            self._authors.clear()
            self._ahead, self._entered = None, False
            data = DROPPED.split(data)[-1]
            if not data:
                return False
        if not prompting:
            if starting:
                self._ahead = author if self._ahead is None else self._ahead
            elif data.endswith(ENDS):
                self._ahead = None
            elif self._ahead is None and (time.monotonic() < self._switched or canonical()):
                self._ahead = author
            return False
        if last := LAST.fullmatch(PASTE.sub(b"x", data)):
            self._ahead, self._entered = (author if last[1] else None), True
        elif self._entered and self._ahead is None:
            self._ahead = author
        if author in self._authors:
            return False
        self._authors.append(author)
        return len(self._authors) == 1

    def answered(self) -> bool:
        """An answer came to the prompt that the shell did not ask for; whether it begins a line there."""
        self._authors.append("")
        return len(self._authors) == 1

    def prompted(self, *, stands: bool = False, unread: bool = False) -> bool:
        """The shell waits for a line; whether one stands there already.

        So does one that it refused and that `stands`, and an answer that its command left `unread`.
        """
        if not self._ran and not stands:
            del self._authors[:1]  # it was refused, or empty
        self._ran = self._entered = False
        if unread and self._ahead is None:
            self._ahead = ""
        if not self._authors and self._ahead is not None:
            self._authors.append(self._ahead)
        self._ahead = None
        return bool(self._authors)

    def started(self) -> None:
        """The shell runs the first line; others that came before its beginning wait for the next prompt."""
        del self._authors[:1]
        self._ran, self._switched = True, time.monotonic() + SWITCH
