"""One command in a terminal, from what is typed to how it ended: pure, for the blocking and the awaiting client."""

import codecs
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from orchflow_jupyter.errors import OrchflowError

__all__ = ["CommandFailedError", "Result", "Running"]

LIMIT = 64 * 1024 * 1024
"""Bytes of a command's output that are kept: the newest."""
TOLD = 4000
"""Characters of a command's line that are looked at; of some 8,000 on no more are told."""
PASTE = re.compile("\x1b\\[20[01]~")
END_MARK = b"\x1b]633;D"
"""How the mark begins behind which a prompt follows; who watches live is not shown what comes after it."""
PASTED = ("zsh", "fish")
"""Shells whose line editors take a paste, whether they ask terminals for it or not (bash's only where it asks)."""
KEYS = re.compile(r"[\x00-\x1f\x7f]")
"""What a line editor takes for keys."""
QUOTED = re.compile(r"[\x00-\x1f\x7f'\\!]")
"""What $'…' has other words for (bash(1), QUOTING; zsh has it, too); "!" outside of them is for its history."""
NAMED = {"\n": "\\n", "\t": "\\t", "\\": "\\\\", "'": "\\'"}
KEEPS = {"fish": b"\x03"}
"""Shells that leave a line standing which they refuse to run, and what clears it."""
PREAMBLE = re.compile(
    rb"(?:\x1b\](?:[012]|7|133);[^\x07\x1b]*(?:\x07|\x1b\\)|\x1b\[[?>=<][0-9;]*[lmu]|\x1b\[(?:0|30)?m|\x1b\(B)*\r?"
)
"""What fish says between its mark and its command: the title, and modes and colours put back."""
CUT = re.compile(rb"(?:\x1b(?:\][^\x07\x1b]{0,4096}\x1b?|\[[?>=<0-9;]*|\()?)?")
"""What may go on as more of that."""


@dataclass(frozen=True)
class Result:
    """How a command ended, and what it said.

    `exit_code` is None where a signal ended it or the shell did not run it at all (a syntax error). `output` holds
    the bytes as they came, escape sequences and all, the newest 64 MiB where there are more (`cut`). `started` is in
    UTC by the engine's clock, `duration` in seconds.
    """

    command: str
    exit_code: int | None
    output: bytes
    started: datetime | None
    duration: float
    signal: str | None = None
    cut: bool = False

    @property
    def text(self) -> str:
        """The output as text, with line ends as Python has them; what is no UTF-8 is replaced."""
        return codecs.decode(self.output, "utf-8", "replace").replace("\r\n", "\n")

    @property
    def ok(self) -> bool:
        """Whether it ended with exit code 0."""
        return self.exit_code == 0

    def check(self) -> None:
        """Raise `CommandFailedError` unless it is `ok`."""
        if not self.ok:
            raise CommandFailedError(self)

    def __repr__(self) -> str:
        how = f"signal {self.signal}" if self.signal else f"exit code {self.exit_code}"
        return f"<Result of {self.command!r}: {how}, {len(self.output)} bytes, {self.duration:.3f} s>"


class CommandFailedError(OrchflowError):
    """A command ended with another exit code than 0, and was to be checked; `result` says how."""

    def __init__(self, result: Result) -> None:
        self.result = result
        how = f"was ended by {result.signal}" if result.signal else f"ended with exit code {result.exit_code}"
        if result.exit_code is None and result.signal is None:
            how = "was not run by the shell"
        super().__init__(f"{result.command!r} {how}")


class Running:
    """A command that is typed at a shell's prompt, or, without a `shell`, a program from its birth to its end.

    `shell` is the name of the shell that it is typed in. It is given the output and the events that come after that;
    `watch` is called with the command's output as it comes.
    """

    def __init__(self, line: str, *, shell: str | None = None, watch: Callable[[bytes], None] | None = None) -> None:
        self.line = line
        self.result: Result | None = None
        self._shell = shell
        self._watch = watch
        self._event: dict[str, Any] | None = None
        self._from = 0 if shell is None else None
        self._preamble = shell == "fish"
        self._refused = False
        self._another = False
        """Whether a command runs that somebody else typed just before."""
        self._output = bytearray()
        self._base = self._shown = 0
        self._began, self._clock = datetime.now(UTC).isoformat(), time.monotonic()

    def typing(self) -> bytes:
        """What is to be typed at the prompt."""
        lines = self.line.replace("\r\n", "\n").strip("\n")
        if self._shell != "fish" and KEYS.search(lines):
            # Line by line, what comes after one that it refuses would be commands of their own.
            return b"eval $'%b'\r" % QUOTED.sub(_quoted, lines).encode()
        if "\t" in lines:
            # fish's line editor takes no tab, pasted or not.
            lines = "eval '{}'".format(lines.replace("\\", "\\\\").replace("'", "\\'").replace("\t", "'\\t'"))
        elif "\n" in lines:
            lines = f"begin\n{lines}\nend"
        if self._shell in PASTED and not lines.isprintable():
            return b"\x1b[200~" + lines.encode() + b"\x1b[201~\r"
        return lines.encode() + b"\r"

    def clearing(self) -> bytes:
        """What is to be typed, until a prompt comes, where the shell left the line standing that it did not run."""
        kept = KEEPS.get(self._shell or "", b"")
        return kept if self._refused and self.line.strip() else b""

    def output(self, data: bytes, end: int) -> None:
        """Output that ends at offset `end`."""
        if self.result is not None:
            return
        if not self._output:
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
        if self._shell is None or self.result is not None:
            return
        if self._event is None and (self._another or self._is_anothers(event)):
            self._another = kind != "prompt"
        elif kind == "prompt" and self._event is None:
            self._refused = True
            self._done(None, None, self._base + len(self._output))
        elif kind == "command_started" and self._event is None:
            self._event, self._from = event, int(event["start"])
            self._show()
        elif kind == "command_finished" and self._event is not None:
            self._event = event
            self._done(event["exit_code"], None, int(event["end"]))

    def ended(self, how: dict[str, Any]) -> None:
        """The program has ended."""
        if self.result is None:
            if self._shell is None:
                self._event = {"started": self._began, "duration": time.monotonic() - self._clock}
            self._done(how.get("code"), how.get("signal"), self._base + len(self._output))

    @property
    def begun(self) -> bool:
        """Whether the shell has taken the line: it runs, or has ended."""
        return self._event is not None or self.result is not None

    def _is_anothers(self, event: dict[str, Any]) -> bool:
        """Whether a command that begins was typed by somebody else: bash and zsh tell it as it was typed."""
        told = str(event.get("command") or "").split()
        if event["kind"] != "command_started" or self._shell == "fish" or not told or "!" in self.line:
            return False
        typed = PASTE.sub("", self.typing().decode()).split()
        return " ".join(told)[:TOLD] != " ".join(typed)[:TOLD]

    def _show(self) -> None:
        if self._watch is None or self._from is None or not self._begun(last=False):
            return
        start = max(self._from, self._shown, self._base) - self._base
        end = len(self._output)
        if self._shell is not None:
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

    def _done(self, code: int | None, signal: str | None, end: int) -> None:
        event = self._event or {}
        del self._output[max(0, end - self._base) :]
        self._begun(last=True)
        start = end if self._from is None else self._from
        output = bytes(self._output[max(0, start - self._base) :])
        if self._watch is not None and self._from is not None:
            unseen = output[max(0, self._shown - max(start, self._base)) :]
            if unseen:
                self._watch(unseen)
        started = event.get("started")
        self.result = Result(
            self.line,
            code,
            output[-LIMIT:],
            None if started is None else datetime.fromisoformat(started).astimezone(UTC),
            float(event.get("duration") or 0.0),
            signal,
            self._base > start or len(output) > LIMIT,
        )


def _quoted(found: re.Match[str]) -> str:
    return NAMED.get(found[0]) or f"\\{ord(found[0]):03o}"


def _overlap(data: bytearray, start: int) -> int:
    """How many bytes at the end could be the beginning of the mark."""
    for size in range(min(len(END_MARK) - 1, len(data) - start), 0, -1):
        if data.endswith(END_MARK[:size]):
            return size
    return 0
