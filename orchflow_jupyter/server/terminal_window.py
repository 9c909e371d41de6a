"""How much is under way to a browser that acknowledges nothing, told by its answers to pings.

JupyterLab's terminals say nothing of what they have read, and TCP's buffers hold many megabytes: after a flood a page
would paint for half a minute what was printed before Ctrl-C. But a browser answers pings (RFC 6455, section 5.5.3) in
the order of what it reads, and stops reading while its page is busy.
"""

import asyncio

__all__ = ["EVERY", "WINDOW", "Window"]

WINDOW = 256 * 1024
"""Bytes under way at most."""

EVERY = 32 * 1024
"""Bytes between two pings."""

PATIENCE = 5.0
"""Seconds after which an answer is no longer waited for: something on the way may answer no pings."""

LENGTH = 8


class Window:
    """Counts what was sent, and what the browser has read of it."""

    def __init__(self) -> None:
        self._sent = self._asked = self._read = 0
        self._changed = asyncio.Event()
        self.open = False
        """Set while answers cannot be heard, so that nobody waits for them."""

    @property
    def full(self) -> bool:
        """Whether enough is under way."""
        return self._asked - self._read >= WINDOW and not self.open

    def sent(self, count: int) -> bytes | None:
        """So many bytes more were sent; what to ping with now, if anything."""
        self._sent += count
        if self._sent - self._asked < EVERY:
            return None
        self._asked = self._sent
        return self._asked.to_bytes(LENGTH, "big")

    def answered(self, data: bytes) -> None:
        """A pong came; those that are none of ours say nothing."""
        if len(data) == LENGTH:
            self._read = max(self._read, min(int.from_bytes(data, "big"), self._asked))
            self._changed.set()

    def hear(self, heard: bool) -> None:
        """Whether answers can be heard from now on."""
        self.open = not heard
        self._changed.set()

    async def room(self) -> None:
        """Wait until there is room, or there is no hope for an answer."""
        try:
            async with asyncio.timeout(PATIENCE):
                while self.full:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            self._read = self._asked
