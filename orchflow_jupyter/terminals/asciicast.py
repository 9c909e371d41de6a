"""Recordings as asciicast v3: a header, then one event a line, each with the seconds since the one before.

Source: https://docs.asciinema.org/manual/asciicast/v3/
"""

import codecs
import json
import re
import shlex
import signal
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from orchflow_jupyter.terminals.pty import Exit

__all__ = ["Encoder", "Event", "header", "status"]

Event = tuple[float, Literal["o", "i", "r", "m", "x"], bytes]
"""When, in seconds of a clock that never jumps; output, input, size, marker or end; and its data."""

SECOND = 1_000_000
CUT = re.compile(rb"\x1b(?:\](?:6(?:3(?:3(?:;[^\x07\x1b]{0,65536})?)?)?)?)?\Z")
"""A shell's mark (OSC 633) that goes on in the next event."""


def header(command: Sequence[str], title: str, size: tuple[int, int], began: float) -> bytes:
    """The first line; `began` is in seconds since the Unix epoch."""
    return _line(
        {
            "version": 3,
            "term": {"cols": size[0], "rows": size[1], "type": "xterm-256color"},
            "timestamp": int(began),
            "title": title,
            "command": shlex.join(command),
        }
    )


def status(end: Exit) -> bytes:
    """The exit status as shells say it: 128 and the signal's number for who was killed; empty where it is not known."""
    if end.code is not None or end.signal is None:
        return b"" if end.code is None else b"%d" % end.code
    name = end.signal
    return b"%d" % (128 + (int(name[2:]) if name.startswith("RT") else signal.Signals[f"SIG{name}"]))


class Encoder:
    """Events to lines. A character or mark that is cut between two events goes with the second; no byte is refused.

    Times are rounded to microseconds from the beginning, so that rounding never adds up. `secret`, the nonce of a
    shell's marks, is left out: a recording is shown to others, and played in the very terminal it would forge them.
    """

    def __init__(self, began: float, secret: str = "") -> None:
        self._began = began
        self._secret = secret.encode()
        self._cut = b""
        self._last = 0
        text = codecs.getincrementaldecoder("utf-8")
        self._decoders = {"o": text("replace"), "i": text("replace")}

    def lines(self, events: Iterable[Event]) -> bytes:
        """The lines of these events, each no earlier than the one before."""
        lines = []
        for when, code, data in events:
            decoder = self._decoders.get(code)
            if code == "x":
                lines.append(self._rest(when))
            elif code == "o" and self._secret:
                data = self._without_secret(data)
            text = data.decode() if decoder is None else decoder.decode(data)
            if text or decoder is None:
                lines.append(self._event(when, code, text))
        return b"".join(lines)

    def _rest(self, when: float) -> bytes:
        """What was cut and never went on."""
        left = self._decoders["o"].decode(b"", True)
        return self._event(when, "o", left) if left else b""

    def _without_secret(self, data: bytes) -> bytes:
        data = self._cut + data
        found = CUT.search(data) if b"\x1b" in data else None
        whole, self._cut = (data[: found.start()], data[found.start() :]) if found else (data, b"")
        return whole.replace(self._secret, b"")

    def _event(self, when: float, code: str, text: str) -> bytes:
        now = max(self._last, round((when - self._began) * SECOND))
        interval, self._last = now - self._last, now
        return _line([interval / SECOND, code, text])


def _line(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode(errors="replace") + b"\n"  # a name may be of any bytes
