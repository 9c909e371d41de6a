"""A client that comes back after every cut, written from docs/protocol.md alone, and a wire that cuts it."""

import contextlib
import math
import select
import time
from collections import deque

from websockets.frames import Opcode
from websockets.protocol import OPEN, Protocol, Side

from orchflow_jupyter.protocol.terminal import Message, Op, decode, encode
from tests.support.waiting import GENEROUS

__all__ = ["FlakyWire", "ReturningClient"]

INPUT_WINDOW = 16 * 1024
ACK_EVERY = 32 * 1024
EVER = 1 << 60
GREETING = 900
"""Bytes of HELLO, about."""


class ReturningClient:
    """What a client keeps over its connections: how far it has read, and what it typed that may not have arrived.

    `told` is called with the output, each byte once and in order.
    """

    def __init__(self, attachment, told):
        self.attachment = attachment
        self.offset = 0
        self.resent = 0
        """Inputs that went again, because nobody had said that they had arrived."""
        self.exit = None
        self.close_code = None
        self.greeted = False
        self._told = told
        self._number = self._taken = 0
        self._pending = deque()
        self._pending_bytes = 0
        self._arrived_last = deque(maxlen=2)
        self._connect()

    # -- what it keeps

    def parameters(self):
        """Those of the next connection, which begins anew."""
        self._connect()
        return {"attachment": self.attachment, "since": self.offset}

    @property
    def room(self):
        """Bytes that it may type now."""
        return INPUT_WINDOW - self._pending_bytes

    @property
    def waiting(self):
        """Inputs that may not have arrived."""
        return len(self._pending)

    def type(self, data):
        """Input, now or as soon as there is a connection."""
        self._number += 1
        self._pending.append((self._number, data))
        self._pending_bytes += len(data)
        if self.greeted:
            self._say(Op.INPUT, self._number, data)

    # -- one connection

    def receive(self, data):
        """Bytes as they came from the engine, none at the end of the connection."""
        if data:
            self._ws.receive_data(data)
        else:
            with contextlib.suppress(EOFError):
                self._ws.receive_eof()
        for frame in self._ws.events_received():
            if frame.opcode is Opcode.CLOSE:
                self.close_code = self._ws.close_rcvd.code
            else:
                assert frame.opcode is Opcode.BINARY
                assert frame.fin
                self._take(decode(bytes(frame.data)))

    def data_to_send(self):
        """What is to go to the engine, once."""
        return b"".join(self._ws.data_to_send())

    # -- within

    def _connect(self):
        self._ws = Protocol(Side.CLIENT, state=OPEN, max_size=None)
        self._acked = self.offset
        self.greeted = False

    def _say(self, op, sequence, value=None):
        if self._ws.state is OPEN:
            self._ws.send_binary(encode(Message(op, sequence, 1, value)))

    def _take(self, message):
        op, sequence = message.op, message.sequence
        if op is Op.HELLO:
            assert not self.greeted
            assert sequence == self.offset, "the engine goes on where the client was"
            self.greeted = True
            self._arrived(message.value["input"])
            # It may send too much again: the engine passes over what it has had.
            for number, data in (*self._arrived_last, *self._pending):
                self._say(Op.INPUT, number, data)
            self.resent += len(self._pending)
            return
        assert self.greeted, f"{op.name} before HELLO"
        if op is Op.OUTPUT:
            assert sequence == self.offset, "no hole, no overlap"
            self.offset += len(message.value)
            self._told(message.value)
            if self.offset - self._acked >= ACK_EVERY:
                self._acked = self.offset
                self._say(Op.ACK, self.offset)
        elif op is Op.INPUT_ACK:
            self._arrived(sequence)
        elif op is Op.EXIT:
            assert sequence == self.offset
            self.exit = message.value
        else:
            raise AssertionError(f"{op.name} has no business here")

    def _arrived(self, number):
        assert self._taken <= number <= self._number, "an input that was taken stays taken, and none is made up"
        self._taken = number
        while self._pending and self._pending[0][0] <= number:
            self._arrived_last.append(self._pending.popleft())
            self._pending_bytes -= len(self._arrived_last[-1][1])


class FlakyWire:
    """Carries a client's bytes to `open` (which gives a socket for its parameters) and back; cuts at random bytes.

    A cut drops what is under way in both directions. Now and then the old connection seems to live on: its socket
    stays open, and the bytes behind the cut arrive there when the client is back by another one already.
    """

    def __init__(self, chance, client, open_socket, longest):
        self.cuts = self.late = 0
        self._chance = chance
        self._client = client
        self._open = open_socket
        self._longest = math.log(longest)

    def run(self, feed, cuts):
        """Until the program's end, with so many cuts. `feed` is asked for more input whenever there is room for it."""
        ghost, rest = None, b""
        while self._client.exit is None:
            limits = self._limits() if self.cuts < cuts else (EVER, EVER)
            connection = self._open(self._client.parameters())
            if ghost is not None:
                with contextlib.suppress(OSError):
                    ghost.send(rest)
            rest = self._carry(connection, feed, *limits)
            if ghost is not None:
                ghost.close()
                ghost = None
            if rest is not None and self._chance.random() < 0.2:
                ghost = connection
                self.late += 1
            else:
                connection.close()

    def _limits(self):
        """After how many bytes to the engine, and to the client, the wire is cut: in the greeting, or later.

        Few bytes are more likely than many, so that heads are cut as often as what follows them.
        """
        kind = self._chance.random()
        if kind < 0.1:
            return EVER, self._chance.randint(1, GREETING)
        some = int(math.exp(self._chance.uniform(0, self._longest)))
        return (some, EVER) if kind < 0.55 else (EVER, GREETING + some)

    def _carry(self, connection, feed, to_engine, to_client):
        """Until the cut, or the end: what could not be sent any more; None at the end."""
        client, unsent = self._client, bytearray()
        poll, deadline = select.poll(), time.monotonic() + GENEROUS
        connection.setblocking(False)
        while client.exit is None:
            while client.room > 0 and (data := feed(client.room)):
                client.type(data)
            unsent += client.data_to_send()
            with contextlib.suppress(BlockingIOError):
                sent = connection.send(unsent[:to_engine]) if unsent else 0
                del unsent[:sent]
                to_engine -= sent
            if to_engine > 0:
                poll.register(connection, select.POLLIN | (select.POLLOUT if unsent else 0))
                assert poll.poll(1000 * max(0, deadline - time.monotonic())), "something comes, or can be sent"
                with contextlib.suppress(BlockingIOError):
                    data = connection.recv(min(to_client, 1 << 16))
                    assert data, "the engine closes no connection before the program's end"
                    client.receive(data)
                    to_client -= len(data)
            if to_engine <= 0 or to_client <= 0:
                self.cuts += 1
                return bytes(unsent)
        return None
