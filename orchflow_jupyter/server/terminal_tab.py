"""One browser tab's attachment to a terminal, of which Jupyter's own terminals take text and nothing else.

Each tab has its own, so the engine's ring is the only memory of output that there is: a tab that does not keep up is
sent less (`GAP`), and holds up neither the other tabs nor the server.
"""

import socket
from collections.abc import Awaitable, Callable
from typing import Any, Self

from orchflow_jupyter.client.attached_async import AsyncAttachment
from orchflow_jupyter.client.attachment import AttachmentState
from orchflow_jupyter.client.calls import adoption
from orchflow_jupyter.protocol.terminal import MAX_SIZE, MIN_SIZE, Message, Op
from orchflow_jupyter.server.terminal_text import RESET, TerminalText

__all__ = ["Tab"]

PIECE = 64 * 1024
"""Bytes of output in one message to a browser."""

PASTE = 8 * 1024 * 1024
"""Bytes that may wait for a program that does not read; the tab is not heard while there are more."""


class TabState(AttachmentState):
    """As `AttachmentState`, but what cannot go on paints the screen anew: the beginning, and what follows a gap."""

    def __init__(self) -> None:
        super().__init__()
        self._text = TerminalText()
        self._paint = b""

    @property
    def ready(self) -> bool:
        """Whether there is something to show."""
        return bool(self._paint or self.unread)

    def text(self) -> str:
        """What to show next; it may be nothing yet."""
        paint, self._paint = self._paint, b""
        start = self.offset - len(self.unread)
        return paint.decode(errors="replace") + self._text.feed(start, self.take(PIECE))

    def _take_in(self, message: Message) -> None:
        op = message.op
        if op is Op.HELLO:
            known = int(message.value["offset"])
            self._text = TerminalText(known)
            # The emulator may have shown this very terminal before the server was restarted.
            self._paint = RESET if known else b""
        elif op is Op.GAP:
            self.unread.clear()
            self._text.restart()
            self._paint = RESET
        elif op is Op.SNAPSHOT:
            self._paint += message.value
        super()._take_in(message)


class Tab(AsyncAttachment):
    """An attachment in text."""

    _keeps = TabState
    _state: TabState

    @classmethod
    async def attach(cls, call: Callable[[str, dict[str, Any], list[int]], Awaitable[Any]], terminal: str) -> Self:
        """A tab on the terminal with this id of the engine that `call` calls."""
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                await call("adopt", adoption(terminal), [theirs.fileno()])
        except BaseException:
            ours.close()
            raise
        tab = await cls.over(ours)
        try:
            await tab.hello()
        except BaseException:
            await tab.close()
            raise
        return tab

    async def text(self) -> str:
        """Output, as soon as there is some; empty at the end."""
        state = self._state
        while True:
            await self._until(lambda: state.ready or state.over)
            text = state.text()
            self._flush()
            if text or (state.over and not state.ready):
                return text

    async def type(self, text: str) -> None:
        """Type `text`; waits only while the program has left more than 8 MiB unread."""
        self._state.type(text.encode(errors="replace"))
        self._flush()
        if self._state.waiting > PASTE:
            await self._until(lambda: self._state.waiting <= PASTE)

    def fit(self, cols: int, rows: int) -> None:
        """Say the size of the tab: the terminal has it while nobody types elsewhere, which the engine knows."""
        if MIN_SIZE <= cols <= MAX_SIZE and MIN_SIZE <= rows <= MAX_SIZE:
            self._state.resize(cols, rows)
            self._flush()

    def leave(self) -> None:
        """Detach, now."""
        self._stream.close()
