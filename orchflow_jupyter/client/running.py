"""One command in a terminal, from what is typed to how it ended: pure, for the blocking and the awaiting client."""

import re
import shlex
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from orchflow_jupyter.client.command_line import LONG, command_line, refusal, remove, set_aside
from orchflow_jupyter.client.result import Result

__all__ = ["Running"]

LIMIT = 64 * 1024 * 1024
"""Bytes of a command's output that are kept: the newest."""
TOLD = 4000
"""Characters of a command's line that are looked at; of some 8,000 on no more are told."""
PASTE = re.compile("\x1b\\[20[01]~")
BEGIN_MARK = b"\x1b]633;C"
"""How the mark begins behind which a command's output follows."""
END_MARK = b"\x1b]633;D"
"""How the mark begins behind which a prompt follows; who watches live is not shown what comes after it."""
KEEPS = ("fish",)
"""Shells that leave a line standing which they refuse to run."""
OWN_WORDS = ("fish",)
"""Shells that tell a command otherwise than it was typed, with abbreviations written out."""
CHANGED = ("zsh",)
"""Shells that tell it otherwise where their user wants that: by keys that expand words, or a widget for Enter."""
ASKS = {"zsh": (b"[nyae]? ", b"n")}
"""How the question ends whether a word of a line is to be corrected, where the user wants to be asked, and what leaves
the line as it is (zshparam(1), SPROMPT): code means what it says."""
PREAMBLE = re.compile(
    rb"(?:\x1b\](?:[012]|7|133);[^\x07\x1b]*(?:\x07|\x1b\\)|\x1b\[[?>=<][0-9;]*[lmu]|\x1b\[(?:0|30)?m|\x1b\(B)*\r?"
)
"""What fish says between its mark and its command: the title, and modes and colours put back."""
CUT = re.compile(rb"(?:\x1b(?:\][^\x07\x1b]{0,4096}\x1b?|\[[?>=<0-9;]*|\()?)?")
"""What may go on as more of that."""


class Running:
    """A command that is typed at a shell's prompt, or, without a `shell`, a program from its birth to its end.

    `shell` is the name of the shell that it is typed in, `narrow` whether that takes text for ASCII alone. It is given
    the output and the events that come after that; `watch` is called with the command's output as it comes.
    """

    def __init__(
        self,
        line: str,
        *,
        shell: str | None = None,
        narrow: bool = False,
        watch: Callable[[bytes], None] | None = None,
    ) -> None:
        self.line = line
        self.shell = shell
        self._narrow = narrow
        self.result: Result | None = None
        self._typing: bytes | None = None
        self._file: str | None = None
        """Where a long line is read from."""
        self._watch = watch
        self._event: dict[str, Any] | None = None
        self._from = 0 if shell is None else None
        self._preamble = shell == "fish"
        self._refused = False
        self._lost: Result | None = None
        """The result, where nobody knows how the command ended."""
        self._another = False
        """Whether a command runs that somebody else typed just before."""
        self._unclaimed: dict[str, Any] | None = None
        self._vain: tuple[int, int] | None = None
        """Where what the shell says lies, once it has come to a prompt instead of beginning the line."""
        self._others_line = False
        """Whether the line at the prompt was begun by somebody else."""
        self._output = bytearray()
        self._base = self._shown = 0
        self._began, self._clock = datetime.now(UTC).isoformat(), time.monotonic()

    def typing(self) -> bytes:
        """What is to be typed at the prompt."""
        if self._typing is None:
            shell = self.shell or ""
            self._typing = command_line(self.line, shell, narrow=self._narrow)
            if len(self._typing) > LONG:
                self._file = set_aside(self.line, shell)
                self._typing = command_line(f"builtin source {shlex.quote(self._file)}", shell)
        return self._typing

    def behind(self) -> None:
        """It was typed behind something: what runs, or stands at the prompt, is somebody else's, and so is its end."""
        self._another = self._others_line = True

    @property
    def stands(self) -> bool:
        """Whether the shell leaves the line standing that it did not run: it is to be cleared."""
        return self._refused and self.shell in KEEPS and bool(self.line.strip())

    @property
    def answer(self) -> bytes:
        """What is to be typed where the shell asks about the line before it begins it; else nothing."""
        question, answer = ASKS.get(self.shell or "", (b"", b""))
        # Behind the question zsh may ring the bell. That a line has begun is told by an event, but after its mark.
        asks = question and not self.begun and self._output.endswith((question, question + b"\a"))
        return answer if asks and BEGIN_MARK not in self._output else b""

    def output(self, data: bytes, end: int) -> None:
        """Output that ends at offset `end`; what came before a gap is let go."""
        if self.result is not None:
            return
        if self._base + len(self._output) != end - len(data):
            self._output.clear()
            self._base = end - len(data)
        self._output += data
        if self._from is None:
            # Where the command began is told soon after its first bytes.
            excess = len(self._output) - 2 * LIMIT
        else:
            self._show()
            excess = len(self._output) - LIMIT
        if excess > LIMIT // 8:
            del self._output[:excess]
            self._base += excess

    def event(self, event: dict[str, Any]) -> None:
        """Something happened."""
        kind = event["kind"]
        if self.shell is None or self.result is not None:
            return
        if kind == "editing":
            self._others_line = not event["yours"]
        elif kind == "prompt" and self._others_line:
            self._others_line = self._another = False  # theirs was run, or refused
            self._unclaimed = None
        elif self._event is None and (self._another or self._is_anothers(event)):
            self._another = kind != "prompt"
            if kind == "command_finished" and self.shell in CHANGED and not self._others_line:
                self._unclaimed = event
        elif kind == "prompt" and self._event is None:
            start, end = refusal(bytes(self._output), self.shell)
            self._vain = self._base + start, self._base + end
            if start < end or not self._runs_something():
                self._refuse(*self._vain)
        elif kind == "command_started" and self._event is None:
            self._event, self._from, self._unclaimed, self._vain = event, int(event["start"]), None, None
            self._show()
        elif kind == "command_finished":
            self._finished(event)

    @property
    def doubtful(self) -> bool:
        """Whether it is to be claimed, once the shell is quiet.

        A command has run in the place of ours that nobody else is known to have typed: maybe it was ours. Or the shell
        has come to a prompt instead, and does not say why: that may be an interrupt's, which came before the line.
        """
        waits = self._unclaimed is not None or self._vain is not None
        return waits and self._event is None and not self._another and self.result is None

    def claim(self) -> None:
        """Take that command for ours, or ours for refused: the shell has nothing else to run."""
        if (event := self._unclaimed) is not None:
            self._finished(event)
        elif self._vain is not None:
            self._refuse(*self._vain)

    def ended(self, how: dict[str, Any]) -> None:
        """The program has ended, and with it what its shell ran: how the shell ended is all that is known of that."""
        if self.shell is not None and self._lost is not None and self.result is self._lost:
            self.result = replace(self._lost, exit_code=how.get("code"), signal=how.get("signal"))
        if self.result is None:
            if self.shell is None:
                self._event = {"started": self._began, "duration": time.monotonic() - self._clock}
            self._done(how.get("code"), how.get("signal"), self._base + len(self._output))

    @property
    def start(self) -> int | None:
        """The offset at which its output begins, as far as that is known."""
        return self._from

    @property
    def begun(self) -> bool:
        """Whether it runs, or has ended: the shell has taken the line."""
        return self.shell is None or self._event is not None or self.result is not None

    def _finished(self, event: dict[str, Any]) -> None:
        # Its beginning may have been so long ago that it is not remembered.
        self._event, self._from = event, int(event["start"]) if self._from is None else self._from
        self._done(event["exit_code"], None, int(event["end"]))
        self._lost = self.result if event["exit_code"] is None else None

    def _refuse(self, start: int, end: int) -> None:
        self._refused, self._from = True, start
        self._done(None, None, end)

    def _runs_something(self) -> bool:
        """Whether there is something in it that a shell would run."""
        return any((bare := line.strip()) and not bare.startswith("#") for line in self.line.splitlines())

    def _is_anothers(self, event: dict[str, Any]) -> bool:
        """Whether a command that begins was typed by somebody else: it is told as it was typed, or who did so."""
        told = str(event.get("command") or "").split()
        if event["kind"] not in ("command_started", "command_finished"):
            return False
        if self.shell in OWN_WORDS:
            return self._others_line
        if not told:
            return False
        typed = PASTE.sub("", self.typing().decode()).split()
        return " ".join(told)[:TOLD] != " ".join(typed)[:TOLD]

    def _show(self) -> None:
        if self._watch is None or self._from is None or not self._begun(last=False):
            return
        start = max(self._from, self._shown, self._base) - self._base
        end = len(self._output)
        if self.shell is not None:
            held = self._output.find(END_MARK, start)
            # The mark may be cut: what could be its beginning waits for more.
            end = held if held >= 0 else end - _overlap(self._output, start)
        if end > start:
            self._shown = self._base + end
            self._watch(bytes(self._output[start:end]))

    def _begun(self, *, last: bool) -> bool:
        """Pass over what the shell itself says at first; whether the command's own output has begun."""
        if self._preamble and self._from is not None:
            said = PREAMBLE.match(self._output, max(0, self._from - self._base))
            if said is not None and (last or CUT.fullmatch(self._output, said.end()) is None):
                self._from = self._base + said.end()
                self._preamble = False
        return not self._preamble

    def so_far(self) -> Result:
        """What there is of the command: its result, or, where it goes on, its output and duration until now."""
        if self.result is not None:
            return self.result
        if self.shell is None:
            self._event = {"started": self._began}
        started = (self._event or {}).get("started")
        duration = 0.0 if started is None else (datetime.now(UTC) - _moment(started)).total_seconds()
        at = self._from, self._preamble
        self._begun(last=True)
        result = self._result(None, None, self._base + len(self._output), max(0.0, duration))
        self._from, self._preamble = at
        return result

    def _done(self, code: int | None, signal: str | None, end: int) -> None:
        if self._file is not None:
            remove(self._file)
        del self._output[max(0, end - self._base) :]
        self._begun(last=True)
        self.result = self._result(code, signal, end, float((self._event or {}).get("duration") or 0.0))
        if self._watch is not None and self._from is not None:
            unseen = self._output[max(0, max(self._from, self._shown) - self._base) :]
            if unseen:
                self._watch(bytes(unseen))

    def _result(self, code: int | None, signal: str | None, end: int, duration: float) -> Result:
        start = end if self._from is None else self._from
        output = bytes(self._output[max(0, start - self._base) :])
        started = (self._event or {}).get("started")
        return Result(
            self.line,
            code,
            output[-LIMIT:],
            None if started is None else _moment(started),
            duration,
            signal,
            self._base > start or len(output) > LIMIT,
        )


def _moment(iso: str) -> datetime:
    return datetime.fromisoformat(iso).astimezone(UTC)


def _overlap(data: bytearray, start: int) -> int:
    """How many bytes at the end could be the beginning of the mark."""
    for size in range(min(len(END_MARK) - 1, len(data) - start), 0, -1):
        if data.endswith(END_MARK[:size]):
            return size
    return 0
