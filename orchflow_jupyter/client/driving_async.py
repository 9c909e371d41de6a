"""Driving a terminal within an event loop: as `client.driving`, to be awaited."""

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable, Sequence

from orchflow_jupyter.client.attachment import KEEP, AttachmentState, Snapshot
from orchflow_jupyter.client.driving import AGAIN, GRACE, Pattern, at_prompt, compiled, concluded, fed, first, shell_of
from orchflow_jupyter.client.running import Result, Running
from orchflow_jupyter.errors import NotFoundError

__all__ = ["AsyncDriving"]


class AsyncDriving:
    """What `client.aio.AsyncAttachment` does with commands. Limits of time are the caller's (`asyncio.timeout`)."""

    _state: AttachmentState
    _until: Callable[[Callable[[], bool]], Awaitable[None]]
    _flush: Callable[[], None]
    signal: Callable[[str], Awaitable[None]]

    @property
    def snapshot(self) -> Snapshot | None:
        """The state from which `read` goes on; as `Driving.snapshot`."""
        return self._state.snapshot

    async def run(self, line: str, *, check: bool = False, watch: Callable[[bytes], None] | None = None) -> Result:
        """Run `line` in the shell and wait for its end; as `Driving.run`. Cancelling interrupts the command."""
        state = self._state
        shell = shell_of(state.model)
        while not state.prompting and not state.over:
            state.take()
            self._flush()
            await self._until(lambda: state.prompting or state.over or bool(state.unread))
        at_prompt(state)
        running = Running(line, shell=shell, watch=watch)
        state.type(running.typing())
        return concluded(await self._finished(running), check=check)

    async def follow(self, line: str, *, watch: Callable[[bytes], None] | None = None) -> Result:
        """Wait for the end of the program itself, which runs `line`, and for all its output."""
        return concluded(await self._finished(Running(line, watch=watch)), check=False)

    async def wait_for(self, pattern: Pattern) -> re.Match[bytes]:
        """Read until the output holds `pattern`; as `Driving.wait_for`."""
        return (await self.expect([pattern]))[1]

    async def expect(self, patterns: Sequence[Pattern]) -> tuple[int, re.Match[bytes]]:
        """Read until the output holds one of `patterns`; as `Driving.expect`."""
        state, wanted = self._state, compiled(patterns)
        found = bytearray()
        try:
            while True:
                found += state.take()
                self._flush()
                del found[: max(0, len(found) - KEEP)]
                if match := first(wanted, found):
                    state.unread[:0] = found[match[1].end() :]
                    found.clear()
                    return match
                if state.over:
                    raise NotFoundError("the program has ended, and did not say what was waited for")
                await self._until(lambda: bool(state.unread) or state.over)
        finally:
            state.unread[:0] = found

    async def interrupt(self) -> None:
        """Interrupt what runs in the foreground, as Ctrl-C does."""
        await self.signal("INT")

    async def _finished(self, running: Running) -> Running:
        try:
            await self._finish(running)
            await self._clear(running)
        except asyncio.CancelledError:
            await self._interrupt(running)
            raise
        return running

    async def _finish(self, running: Running) -> None:
        state = self._state
        while running.result is None or not (state.prompting or state.over or state.unmarked):
            self._flush()
            await self._until(lambda: bool(state.unread or state.events) or state.over)
            fed(running, state)
        self._flush()

    async def _clear(self, running: Running) -> None:
        state, keys = self._state, running.clearing()
        if not keys:
            return
        state.prompting = False
        for _ in range(round(GRACE / AGAIN)):
            if state.prompting or state.over:
                break
            state.type(keys)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(AGAIN):
                    await self._finish(running)
        state.prompting = not state.over

    async def _interrupt(self, running: Running) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + GRACE
        while running.result is None and loop.time() < deadline:
            await self.interrupt()
            try:
                async with asyncio.timeout(AGAIN):
                    await self._finish(running)
            except TimeoutError:
                continue
