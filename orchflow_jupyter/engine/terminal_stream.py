"""A client's end of a terminal: what its messages do to the session, and what it is told."""

import asyncio
from collections import deque
from collections.abc import Mapping
from math import inf
from time import perf_counter
from typing import Any

from orchflow_jupyter.engine.connection import Connection
from orchflow_jupyter.engine.counters import Counters
from orchflow_jupyter.engine.input_rate import MESSAGE, InputRate
from orchflow_jupyter.engine.refusals import Refusals
from orchflow_jupyter.errors import InvalidRequestError, OrchflowError, ProtocolError, TakenOverError, TooManyError
from orchflow_jupyter.protocol.terminal import HEAD, HEAD_SIZE, Message, Op, decode, head
from orchflow_jupyter.settings import EngineSettings
from orchflow_jupyter.terminals.histogram import Histogram
from orchflow_jupyter.terminals.lines import LONG
from orchflow_jupyter.terminals.listener import Listener
from orchflow_jupyter.terminals.manager import Manager

__all__ = ["TerminalStream"]

PARAMETERS = ("since", "attachment", "mode", "answers")
ATTACHMENT_LENGTH = 128
UNREAD = 4 * 1024 * 1024
"""Bytes of echoes that a client may ask for and leave unread."""
BULK = 8 * 1024
"""Bytes of input at once that are acknowledged without waiting for output: the rest of a paste waits for that."""
INPUT = int(Op.INPUT)
ACK = int(Op.ACK)
INPUT_ACK = int(Op.INPUT_ACK)
DONE = 1000
RESTART = 1012


class TerminalStream:
    """The `Stream` of one connection to one terminal.

    `parameters` are those of the upgrade request: `since`, `attachment`, `mode`, `answers`.
    """

    text = False
    listener: Listener
    connection: Connection

    def __init__(
        self,
        terminals: Manager,
        identity: str,
        parameters: Mapping[str, Any],
        settings: EngineSettings,
        counters: Counters,
        output: Histogram,
        refusal: OrchflowError | None = None,
    ) -> None:
        self._terminals = terminals
        self._identity = identity
        self._parameters = parameters
        self._settings = settings
        self._ack_wait = settings.ack_wait
        self._refusal = refusal
        self._counters = counters
        self._output = output
        self._mark = -1  # the offset up to which output is timed, and when it was read: one piece at a time
        self._marked = -inf
        self._ready: deque[bytes] = deque()
        self._refusals = Refusals()
        self._echoes = 0
        self._ack: tuple[int, int] | None = None
        self._stamp = 0  # when the input was sent that was taken last
        self._ack_due = False
        self._ack_timer: asyncio.TimerHandle | None = None
        self._rate = settings.rate
        self._allowance = 2.0 * settings.rate
        self._pause: asyncio.TimerHandle | None = None
        self._allowed_at = 0.0
        self.stopping = False

    # -- the connection's calls

    def opened(self, connection: Connection) -> None:
        """Attach to the terminal. Raises errors of ours for one that is not, or for parameters that make no sense."""
        self.connection = connection
        self._loop = asyncio.get_running_loop()
        self._input_rate = InputRate(self._settings.input_rate, self._loop.time())
        self._left = self._input_rate.full
        if self._refusal is not None:
            raise self._refusal
        since, attachment, writable, answers = _checked(self._parameters)
        session = self._terminals.get(self._identity)
        others = sum(other.attachment != attachment for other in session.listeners)
        if others >= self._settings.max_clients:
            raise TooManyError(f"{others} clients have this terminal, and more may not (OrchFlow.max_clients)")
        self.listener = session.attach(
            self._woken, self._evicted, since=since, attachment=attachment, writable=writable, answers=answers
        )
        self._marked = session.tally.read_at
        if since is not None:
            self._counters.resumed += 1

    def received(self, messages: list[bytes]) -> None:
        """Input goes to the program as one write; everything else in the order in which it came."""
        listener = self.listener
        session = listener.session
        last = session.attachments.get(listener.attachment, 0)
        typed: list[bytes] = []
        stamp, inputs = self._stamp, False
        for data in messages:
            op = data[0] if len(data) >= HEAD_SIZE else 0
            if op == INPUT:
                _, number, at = HEAD.unpack_from(data)
                inputs = True
                if number > last:
                    last, stamp = number, at
                    typed.append(data[HEAD_SIZE:])
                elif number == 0:
                    raise ProtocolError("inputs are numbered from 1")
            elif op == ACK and len(data) == HEAD_SIZE:
                listener.acknowledge(HEAD.unpack_from(data)[1])
                self._left -= MESSAGE
            else:
                self._type(typed, last)
                self._obey(decode(data))
        self._type(typed, last)
        if inputs and listener.writable:
            self._stamp = stamp
            self._ack = (last, stamp)
        self._counters.messages_in += len(messages)
        if self._left < 0:
            self._slow_down()

    def next_message(self) -> bytes | None:
        """Answers first; an acknowledgement of input just before the output that it travels with, or when it is due."""
        if self._ready:
            return self._ready.popleft()
        if self._refusals:
            return self._refusals.next()
        listener = self.listener
        if listener.finished:
            how = listener.session.exit
            reason = "the engine ends" if self.stopping else (how and how.reason) or "the program has ended"
            self.connection.close(RESTART if self.stopping else DONE, reason)
            return None
        message = listener.pull()
        if self._mark >= 0 and listener.offset >= self._mark:
            self._mark = -1
            took = perf_counter() - self._marked
            self._output.add(took)
            listener.session.tally.delivered(took)
        if self._ack is not None and not listener.session.input.full:
            if message is not None:
                self._ready.append(message)
                message = self._take_ack()
            elif self._ack_due or self._ack_wait <= 0:
                message = self._take_ack()
            elif self._ack_timer is None:
                self._ack_timer = self._loop.call_later(self._ack_wait, self._ack_now)
        if message is not None:
            self._counters.messages_out += 1
        return message

    def jammed(self, is_jammed: bool) -> None:
        """The way to the client is full, or has room again."""
        self.listener.jammed = is_jammed
        self.listener.session.update()

    def closed(self) -> None:
        """The connection is gone; the terminal goes on."""
        for timer in (self._ack_timer, self._pause):
            if timer:
                timer.cancel()
        if hasattr(self, "listener"):
            self.listener.session.detach(self.listener)

    # -- within

    def _woken(self) -> None:
        listener, connection = self.listener, self.connection
        if not listener.input_held and self._pause is None:
            connection.hold_input(False)
        if self._mark < 0:
            session = listener.session
            read_at, end = session.tally.read_at, session.ring.end
            if read_at != self._marked and end > listener.offset:
                self._mark, self._marked = end, read_at
        connection.pump()

    def _evicted(self) -> None:
        error = TakenOverError("the same attachment came in by another connection")
        self.connection.close(error.close_code, error.message)

    def _type(self, typed: list[bytes], number: int) -> None:
        if not typed:
            return
        listener = self.listener
        data = typed[0] if len(typed) == 1 else b"".join(typed)
        self._counters.inputs += len(typed)
        listener.session.tally.inputs += len(typed)
        self._counters.bytes_in += len(data)
        self._left -= len(data) + len(typed) * MESSAGE
        typed.clear()
        if not listener.writable:
            self._refusals.may_not("type in it")
            return
        session = listener.session
        if len(data) > LONG and (lost := session.lines.cut(data, anyway=True)):
            self._refusals.lost(lost)
        session.type(listener, data, number)
        if len(data) >= BULK:
            self._ack_due = True
        if session.input.held:
            listener.input_held = True
            session.update()
            self.connection.hold_input(True)

    def _slow_down(self) -> None:
        """Read from the client later; it is not heard meanwhile, its acknowledgements neither."""
        self._left = self._input_rate.filled(self._left, self._loop.time())
        if self._left < 0 and self._pause is None:
            self._pause = self._loop.call_later(self._input_rate.wait(self._left), self._go_on)
            self.listener.input_held = True
            self.listener.session.update()
            self.connection.hold_input(True)

    def _go_on(self) -> None:
        self._pause = None
        if not self.listener.session.input.full:  # else that lets us go on
            self.listener.input_held = False
            self.listener.session.update()
            self.connection.hold_input(False)

    def _obey(self, message: Message) -> None:
        self._count_one()
        op, session = message.op, self.listener.session
        if op is Op.PING:
            self._echo(message)
        elif op is Op.ACK:
            self.listener.acknowledge(message.sequence)
        elif op is Op.RESIZE and self._may("resize it"):
            session.wish(self.listener, *message.value)
        elif op is Op.SIGNAL and self._may("send it signals"):
            session.signal(message.value)
        elif op.of_engine:
            raise ProtocolError(f"{op.name} is the engine's to send")

    def _echo(self, message: Message) -> None:
        self._echoes = len(message.value) + (self._echoes if self._ready else 0)
        if self._echoes > UNREAD:
            raise TooManyError(f"more than {UNREAD} bytes of PING are not yet echoed: read before you send more")
        self._ready.append(head(Op.PONG, message.sequence, message.timestamp) + message.value)

    def _may(self, what: str) -> bool:
        if not self.listener.writable:
            self._refusals.may_not(what)
        return self.listener.writable

    def _count_one(self) -> None:
        now = self._loop.time()
        self._allowance = min(2.0 * self._rate, self._allowance + (now - self._allowed_at) * self._rate) - 1
        self._allowed_at = now
        if self._allowance < 0:
            raise TooManyError(
                f"more than {self._rate} messages a second that are neither input nor acknowledgement (OrchFlow.rate)"
            )

    def _ack_now(self) -> None:
        self._ack_timer = None
        if self._ack is not None:
            self._ack_due = True
            self.connection.pump()

    def _take_ack(self) -> bytes:
        number, stamp = self._ack or (0, 0)
        self._ack = None
        self._ack_due = False
        # The timer runs on, for the next one: a new one for each key would cost more than the head of its message.
        return HEAD.pack(INPUT_ACK, number, stamp)


def _checked(parameters: Mapping[str, Any]) -> tuple[int | None, str | None, bool, bool]:
    """`since`, `attachment`, whether it may write, and whether its emulator answers what the program asks."""
    unknown = sorted(parameters.keys() - set(PARAMETERS))
    if unknown:
        raise InvalidRequestError(f"no such parameter: {', '.join(unknown)}; there are {', '.join(PARAMETERS)}")
    since, attachment, mode = parameters.get("since"), parameters.get("attachment"), parameters.get("mode", "rw")
    if since is not None and not (str(since).isascii() and str(since).isdigit() and len(str(since)) <= 20):
        raise InvalidRequestError(f"since must be an output offset, and {since!r} is none")
    if mode not in ("rw", "ro"):
        raise InvalidRequestError(f"mode must be rw or ro, and {mode!r} is neither")
    if attachment is not None and not (
        isinstance(attachment, str) and 0 < len(attachment) <= ATTACHMENT_LENGTH and attachment.isprintable()
    ):
        raise InvalidRequestError(f"attachment must be 1 to {ATTACHMENT_LENGTH} printable characters")
    if (answers := parameters.get("answers", "yes")) not in ("yes", "no"):
        raise InvalidRequestError(f"answers must be yes or no, and {answers!r} is neither")
    return None if since is None else int(since), attachment, mode == "rw", answers == "yes"
