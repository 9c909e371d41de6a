"""A terminal's bytes as the text that Jupyter's own terminals are sent: whole characters, and no old questions.

What a browser is sent when it opens a terminal was answered long ago. Its emulator cannot know that, and would type
the answers once more: `1;2c` at the prompt. So the questions are taken out of the history; the rest of it is kept.
"""

import codecs
import re

__all__ = ["RESET", "TerminalText"]

RESET = b"\x18\x1bc"
"""CAN, which ends any sequence that is under way, and RIS: an emulator after it is as it was in the beginning."""

CSI = rb"(?:\x1b\[|\xc2\x9b)"
ST = rb"(?:\x07|\x1b\\|\xc2\x9c)"

QUESTION = re.compile(
    b"|".join(
        [
            CSI + rb"[>=]?[0-9;]*c",  # DA1, DA2, DA3
            CSI + rb"\??[0-9;]*n",  # DSR, CPR
            CSI + rb"\??[0-9;]*\$p",  # DECRQM
            CSI + rb">[0-9;]*q",  # XTVERSION
            CSI + rb"\?u",  # the keyboard's mode, as kitty has it
            CSI + rb"[01]?x",  # DECREQTPARM
            CSI + rb"(?:1[1-9]|2[01])(?:;[0-9]*)*t",  # XTWINOPS: reports of size and title
            rb"\x1b\](?:4|5|1[0-9]|52);(?:[^\x07\x1b]*;)?\?" + ST,  # colours, clipboard
            rb"\x1bP(?:\$q|\+q)[^\x07\x1b]*" + ST,  # DECRQSS, XTGETTCAP
        ]
    )
)
"""What an emulator answers (ECMA-48, and xterm's ctlseqs)."""

UNFINISHED = re.compile(
    rb"(?:\x1b|\xc2)\Z|" + CSI + rb"[0-?]{0,256}[ -/]{0,16}\Z|\x1b[\]P][^\x07\x1b]{0,4096}(?:\x1b|\xc2)?\Z"
)
"""The beginning of a sequence, at the end of a piece."""


class TerminalText:
    """Bytes in, in order, and text out. What lies before the offset `history` was answered."""

    def __init__(self, history: int = 0) -> None:
        self._history = history
        self._begun = b""
        self.restart()

    def restart(self) -> None:
        """Forget what is half a character or half a sequence: what comes next begins anew."""
        self._begun = b""
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def feed(self, offset: int, data: bytes) -> str:
        """The text of the output `data`, which begins at `offset`; some of it may wait for what comes after."""
        old = max(0, min(len(data), self._history - offset))
        if old:
            data = self._answered(data[:old], more=offset + old < self._history) + data[old:]
        return self._decoder.decode(data)

    def _answered(self, data: bytes, *, more: bool) -> bytes:
        data = self._begun + data
        unfinished = UNFINISHED.search(data) if more else None
        end = unfinished.start() if unfinished else len(data)
        self._begun = data[end:]
        return QUESTION.sub(b"", data[:end])
