"""One terminal: a program, its output, its input, its size, its end, and whoever listens."""

import contextlib
import os
from asyncio import AbstractEventLoop, TimerHandle
from collections.abc import Callable
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any

from orchflow_jupyter.settings import TerminalSettings
from orchflow_jupyter.terminals.activity import Activity
from orchflow_jupyter.terminals.attachments import Attachments
from orchflow_jupyter.terminals.checkpoints import Checkpoints
from orchflow_jupyter.terminals.input import InputQueue
from orchflow_jupyter.terminals.integration import Integration
from orchflow_jupyter.terminals.lines import Lines
from orchflow_jupyter.terminals.listener import Listener
from orchflow_jupyter.terminals.model import model_of
from orchflow_jupyter.terminals.occupation import Occupation
from orchflow_jupyter.terminals.output import OutputReader, Pace
from orchflow_jupyter.terminals.ownership import Ownership
from orchflow_jupyter.terminals.pty import Exit, Pty
from orchflow_jupyter.terminals.queries import Queries
from orchflow_jupyter.terminals.ring import Ring
from orchflow_jupyter.terminals.settling import Settling
from orchflow_jupyter.terminals.sizes import Sizes
from orchflow_jupyter.terminals.tally import Tally

if TYPE_CHECKING:
    from orchflow_jupyter.terminals.recorder import Recorder

__all__ = ["Session"]

REPAINT = 1.0
"""Seconds after a change of size in which output is taken for a repaint."""


class Session:
    """A terminal from its birth to its end, and after it for those who come late.

    `ended` is called with the session once its program has ended, its last output is in the ring and its listeners
    were woken. `pty` may be anything with the interface of `Pty`. `integration` reads the marks of a shell that leaves
    some.
    """

    def __init__(
        self,
        loop: AbstractEventLoop,
        pty: Pty,
        identity: tuple[str, str],
        command: list[str],
        cwd: str,
        size: tuple[int, int],
        settings: TerminalSettings,
        pace: Pace,
        ended: Callable[["Session"], None],
        integration: Integration | None = None,
        told: Callable[[float], None] = lambda at: None,
    ) -> None:
        self.id, self.name = identity
        self.command = command
        self.integration = integration
        self.events = integration.events if integration else None
        self.cols, self.rows = size
        self.pid = pty.pid
        self.cwd = cwd
        """Where it began; a shell that tells is asked instead."""
        self.activity = Activity(loop.time(), told)
        self.created = self.activity.at
        self.exit: Exit | None = None
        self.recorder: Recorder | None = None
        self.listeners: list[Listener] = []
        self.attachments = Attachments(settings.attachments)
        self.occupation = Occupation(pty, command, integration)
        self.sizes = Sizes(*size)
        self.settling = Settling(loop, settings.settle, size, self._resized, partial(pty.send_signal, "WINCH"))
        if integration is not None and os.path.basename(command[0]) == "bash":
            integration.prompted = self.settling.prompted
        self.ownership = Ownership(loop, settings.owner_settle, self.settling.change)
        self.ring = Ring(settings.ring_bytes)
        self.checkpoints = Checkpoints(loop, self.ring, self.sizes, settings)
        self.piece = settings.batch.max_bytes
        self.window = min(settings.window, settings.ring_bytes // 2)
        self.slow_resume = settings.slow_resume
        self.gaps = self.snapshots = 0
        self.tally, self._settings = Tally(), settings
        self._reason: str | None = None
        self._loop, self._pty, self._pace, self._ended, self._closed = loop, pty, pace, ended, False
        self._kill: TimerHandle | None = None
        self.output = OutputReader(loop, pty, self.ring, settings, pace, self._may_read, self._arrived)
        self.input = InputQueue(loop, pty, settings.input_high, settings.input_low, self._release)
        self.lines = Lines(pty, self.input)
        self._queries = Queries(self.ring, self.checkpoints, self._reply, self.listeners)
        self.output.update()
        pty.watch(loop, self._exited)

    def model(self) -> dict[str, Any]:
        """What is said of this terminal to the outside."""
        return model_of(self)

    # -- listeners

    def attach(
        self,
        wake: Callable[[], None],
        evict: Callable[[], None],
        *,
        since: int | None = None,
        attachment: str | None = None,
        writable: bool = True,
        answers: bool = True,
    ) -> Listener:
        """A new listener; one that comes back with the same `attachment` goes on with its input numbers.

        `wake` is called when there may be something to pull, `evict` when another listener took the attachment over.
        One that only watches, or that has no emulator, `answers` nothing that the program asks its terminal; one of
        the latter kind is told who types.
        """
        name = attachment or f"a-{os.urandom(6).hex()}"
        self.attachments.came(name, (other.attachment for other in self.listeners))
        for other in tuple(self.listeners):
            if other.attachment == name:
                other.evict()
        listener = Listener(self, wake, evict, since, name, writable, answers)
        if writable:
            listener.claim = self.ownership.attached(name)
        self.listeners.append(listener)
        self._queries.changed()
        self.paced()
        self.update()
        return listener

    def detach(self, listener: Listener) -> None:
        """Forget a listener."""
        with contextlib.suppress(ValueError):
            self.listeners.remove(listener)
            if listener.claim is not None and all(x.claim is not listener.claim for x in self.listeners):
                self.ownership.detached(listener.claim)
        self._queries.changed()
        self.paced()
        self.update()
        self._forget()

    def update(self) -> None:
        """Something changed in what listeners can take: read on, or stop."""
        self.output.update()

    def paced(self) -> None:
        """The windows have changed: what is read at once is to be a part of the widest."""
        self.output.limit(max((listener.window for listener in self.listeners), default=self.window) // 2)

    # -- input

    def type(self, listener: Listener, data: bytes, number: int) -> None:
        """Input up to `number` of this attachment: to the program in this very turn."""
        self.attachments[listener.attachment] = number
        if data[:1] == b"\x1b" and len(self.listeners) > 1 and self._queries.repeats(listener, self._loop.time(), data):
            return
        self.tally.typed(perf_counter())
        if listener.claim is not self.ownership.latest:
            self.ownership.typed(listener.claim, data)
        self.input.write(data)
        # What follows happens while the program is at it.
        now = self._loop.time()
        self._pace.typed(self.output, now)
        self._typed(listener.attachment, data, now)

    def feed(self, data: bytes) -> None:
        """Input of no attachment: to the program in this very turn. It does not slow other terminals' floods down."""
        self.tally.inputs += 1
        self.input.write(data)
        self._typed("", data, self._loop.time())

    def signal(self, name: str) -> None:
        """Send a signal to what runs in the foreground."""
        if self.exit is None:
            if (now := self._loop.time()) >= self.activity.input_due:
                self.activity.note(now)
            self._pty.send_signal(name)

    def resize(self, cols: int, rows: int) -> None:
        """Change the size, whatever the clients would have, until one of them types or its owner says another one."""
        self.ownership.fix(cols, rows)

    def wish(self, listener: Listener, cols: int, rows: int) -> None:
        """A client says what size it would have; it gets it while it has the say."""
        if listener.claim is not None:
            self.ownership.wish(listener.claim, cols, rows)

    def _resized(self, cols: int, rows: int) -> None:
        self.cols, self.rows = cols, rows
        self._pty.resize(cols, rows)
        self.sizes.add(self.ring.end, cols, rows)
        if self.recorder is not None:
            self.recorder.resized(cols, rows)
        self._wake()

    # -- end

    @property
    def ending(self) -> bool:
        """Whether it was asked to end, and has not."""
        return self._kill is not None

    def hang_up(self, reason: str | None = None) -> None:
        """Ask the program to end, and end it when it does not; clients are told the `reason`."""
        if self.exit is None and self._kill is None:
            self._reason = reason
            self._pty.hang_up()
            self._kill = self._loop.call_later(self._settings.kill_after, self._pty.kill)

    def close(self) -> None:
        """Give the memory back, as soon as the program has ended and the last listener has had its output."""
        self._closed = True
        self._forget()

    def _exited(self, how: Exit) -> None:
        if (asked := self.ending) and self._kill:
            self._kill.cancel()
            self._kill = None
        self.settling.close()
        self.ownership.close()
        self.checkpoints.settle()
        self.output.drain()
        self.checkpoints.rest()
        if self.integration:
            self.integration.look(self.ring)
            self.integration.ended(self.ring.end, how.code)
        how.reason = self._reason
        self.exit = how
        if self.recorder is not None:
            self.recorder.ended(how)
        self.activity.note(self._loop.time(), tell=not asked)
        self.input.close()
        self._pty.close()
        self._wake()
        self._ended(self)

    # -- between the parts

    def _typed(self, author: str, data: bytes, now: float) -> None:
        self.output.batching.typed()
        if now >= self.activity.input_due:
            self.activity.note(now)
        if self.recorder is not None:
            self.recorder.typed(data)
        if self.integration is not None and self.integration.typed(author, data, self._pty.canonical):
            self._tell()

    def _may_read(self) -> bool:
        # Reading goes on for who is held back, and acknowledges nothing meanwhile: its program waits for our reading.
        for listener in self.listeners:
            if listener.input_held or listener.can_take():
                return True
        return not self.listeners

    def _forget(self) -> None:
        if self._closed and self.exit is not None and not self.listeners:
            self.checkpoints.close()
            self.ring.close()

    def _arrived(self) -> None:
        tally = self.tally
        tally.read_at = perf_counter()
        self._wake()
        if tally.typed_at > 0:
            tally.answered(tally.read_at)
        now = self._loop.time()
        if now >= self.activity.output_due:
            repaints = now - self.settling.at < REPAINT
            self.activity.output(now, matters=not repaints and self.occupation.at_work(self.activity.at))

    def _tell(self) -> None:
        for listener in tuple(self.listeners):
            listener.wake()

    def _wake(self) -> None:
        self._tell()
        if self.recorder is not None:
            self.recorder.arrived()
        if not self._queries.attended:
            self._queries.look()
        if self.ring.end >= self.checkpoints.due:
            self.checkpoints.follow()
        # Behind the output, which the transports have by now.
        if self.integration is not None and self.integration.look(self.ring):
            self._tell()

    def _reply(self, data: bytes, asked: int) -> None:
        if self.exit is None and not self.input.full:
            self.input.write(data)
            if self.integration is not None:
                self.integration.answered(asked, self._pty.canonical)

    def _release(self) -> None:
        for listener in tuple(self.listeners):
            listener.input_held = False
            listener.wake()
