"""What a shell's marks say of it: whether a command runs, where it is, which commands there were and how they ended."""

import re
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from orchflow_jupyter.terminals.editing import Editing
from orchflow_jupyter.terminals.events import Events
from orchflow_jupyter.terminals.marks import Mark, Marks
from orchflow_jupyter.terminals.ring import Ring
from orchflow_jupyter.terminals.title import shown
from orchflow_jupyter.terminals.unread import REPLY, Unread, asks

__all__ = ["Command", "Integration"]

PIECE = 64 * 1024
PASTES = b"\x1b[?2004h"
COMMANDS = 256
"""Commands that are remembered."""
EXEC = re.compile(
    r"(?:^|[;&|({\n]|\\n'?|\beval \$?'|\b(?:then|else|do)\b)\s*(?:(?:\w+=\S*|command|builtin|not)\s+)*exec\s"
    r"|^builtin source \S*/orchflow-"
)
"""A line that may put another program in the shell's place; also a script, typed as an `eval` or read from a file
(`client/command_line.py`)."""


@dataclass(slots=True)
class Command:
    """One command: its line as the shell told it, when it ran (seconds since the epoch), and where its output lies."""

    line: str
    cwd: str
    start: int
    started: float
    clock: float
    end: int | None = None
    ended: float | None = None
    exit_code: int | None = None
    duration: float | None = None

    def as_json(self) -> dict[str, Any]:
        """As the protocol says it."""
        return {
            "command": self.line,
            "cwd": self.cwd,
            "started": _iso(self.started),
            "ended": None if self.ended is None else _iso(self.ended),
            "duration": self.duration,
            "exit_code": self.exit_code,
            "start": self.start,
            "end": self.end,
        }


class Integration:
    """The state of one integrated shell, behind its output; `look` goes on to the output's end.

    `replaced` tells whether another shell, one that marks nothing, runs in the shell's place; `narrow`, whether it was
    started so that it takes text for ASCII alone.
    """

    def __init__(
        self, nonce: str, cwd: str, replaced: Callable[[], bool] = lambda: False, *, narrow: bool = False
    ) -> None:
        self.narrow = narrow
        self.live = False
        """Whether the shell has come to a prompt of ours, and has not been replaced since."""
        self.cwd = cwd
        self.title = ""
        self.events = Events()
        self.commands: deque[Command] = deque(maxlen=COMMANDS)
        self.nonce = nonce
        """By which the shell's marks are known from others: nothing for the eyes of those who did not see them."""
        self.editing = Editing()
        self.prompted: Callable[[], None] = _nothing
        """Called with each prompt."""
        self._marks = Marks(nonce)
        self._seen = self._ended = 0
        self._unread = Unread()
        self._ring: Ring | None = None
        self._line = ""
        self._running: Command | None = None
        self._prompting = self._at_prompt = self._stands = False
        self._replaced = replaced
        self._is_replaced = False

    @property
    def state(self) -> str:
        """As the protocol says it: `live`, `pending` before the first prompt, `none` when the shell was replaced."""
        return "live" if self.live else "none" if self._is_replaced else "pending"

    @property
    def busy(self) -> bool:
        """Whether a command runs, or the shell has not come back to its prompt from it."""
        return not self._at_prompt

    def finished_since(self, moment: float) -> bool:
        """Whether a command has ended after `moment`, in seconds since the epoch."""
        ended = self.commands[-1].ended if self.commands else None
        return ended is not None and ended > moment

    def typed(self, author: str, data: bytes, canonical: Callable[[], bool]) -> bool:
        """Input came, of the attachment `author`; whether something happened by it."""
        prompting = self.live and self._at_prompt
        if data[:1] != b"\x1b" or not REPLY.fullmatch(data):
            starting = not (self.live or self._is_replaced)
            if self.live and self._running is None:
                canonical = _always  # between a command and the prompt hooks run, which do not read what is typed
            begun = self.editing.typed(author, data, prompting=prompting, canonical=canonical, starting=starting)
        elif self._running is None and self._ring is not None and asks(self._ring, self._ended):
            return False  # the shell itself has asked
        elif prompting:
            begun = self.editing.answered()
        else:
            self.answered(-1, canonical)
            return False
        if begun:
            self._tell_of_editing(self._seen)
        return begun

    def answered(self, asked: int, canonical: Callable[[], bool]) -> None:
        """A question at output offset `asked` was answered, and the output from there on not looked at yet."""
        self._unread.gave(asked, canonical)

    def look(self, ring: Ring) -> bool:
        """Read the output that came; whether something happened in it."""
        happened = False
        self._ring = ring
        if self._seen < ring.start:
            self._seen = ring.start
            self._marks.reset()
        while self._seen < ring.end:
            data = ring.read(self._seen, PIECE)
            marks = self._marks.feed(data, self._seen)
            self._seen += len(data)
            for mark in marks:
                self._take(mark)
                happened = True
        if self._running and EXEC.search(self._running.line):
            happened = not self.holds() or happened
        return happened

    def holds(self) -> bool:
        """Whether the shell marks its prompts and was not replaced; if it was, nobody knows how its command ended."""
        if self.live and self._running and self._replaced():
            self._finish(self._seen, self._seen, None)
            self.live, self._is_replaced = False, True
            self.events.add(self._seen, {"kind": "integration", "integration": self.state})
        return self.live

    def ended(self, offset: int, code: int | None) -> None:
        """The shell has ended, and with it what it ran."""
        if self._running:
            self._finish(offset, offset, code)

    def _take(self, mark: Mark) -> None:
        kind, value = mark.kind, mark.value
        if kind == "bell":
            self.events.add(mark.end, {"kind": "bell"})
        elif kind == "title":
            self._set_title(mark)
        elif kind == "P" and value.startswith("Cwd="):
            self._move(mark.end, value.removeprefix("Cwd="))
        elif kind == "P" and value.startswith("Stands="):
            self._stands = True
        elif kind == "A":
            # A shell that was interrupted between a command and its end comes to its prompt without having told it.
            if self._running:
                self._finish(mark.start, mark.end, None)
            self._prompting = True
        elif kind == "B" and self._prompting:  # one that is painted again tells nothing new
            self._prompting = False
            if self._is_replaced and not self.live:  # that was wrong
                self.events.add(mark.end, {"kind": "integration", "integration": "live"})
            self.live = self._at_prompt = True
            self.prompted()
            self.events.add(mark.end, {"kind": "prompt"})
            stands, self._stands = self._stands, False
            if self.editing.prompted(stands=stands, unread=self._unread.left(self._ended)):
                self._tell_of_editing(mark.end)
        elif kind == "E":
            self._line = value
        elif kind == "C":
            self._start(mark.end)
        elif kind == "D" and self._running:
            # Where bash's hooks are gone its prompt tells, after the line editor has said that it takes pastes.
            ring, end = self._ring, mark.start
            if ring is not None and ring.read(max(ring.start, end - len(PASTES)), len(PASTES)) == PASTES:
                end -= len(PASTES)
            self._finish(end, mark.end, int(value) if value.isascii() and value.isdigit() else None)

    def _start(self, offset: int) -> None:
        if self._running:
            self._finish(offset, offset, None)
        self._prompting = self._at_prompt = False
        self.editing.started()
        self._running = Command(self._line, self.cwd, offset, time.time(), time.monotonic())
        self._line = ""
        self.commands.append(self._running)
        self.events.add(offset, {"kind": "command_started"} | self._running.as_json())

    def _finish(self, end: int, offset: int, code: int | None) -> None:
        command, self._running = self._running, None
        if command is None:
            return
        self._ended = end
        command.end, command.ended, command.exit_code = end, time.time(), code
        command.duration = round(time.monotonic() - command.clock, 6)
        self.events.add(offset, {"kind": "command_finished"} | command.as_json())

    def _tell_of_editing(self, offset: int) -> None:
        self.events.add(offset, {"kind": "editing", "author": self.editing.author})

    def _move(self, offset: int, cwd: str) -> None:
        if cwd != self.cwd:
            self.cwd = cwd
            self.events.add(offset, {"kind": "cwd", "cwd": cwd})

    def _set_title(self, mark: Mark) -> None:
        title = shown(mark.value)
        if title != self.title:
            self.title = title
            self.events.add(mark.end, {"kind": "title", "title": title})


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _nothing() -> None:
    pass


def _always() -> bool:
    return True
