"""A client of a terminal's stream, written from docs/protocol.md alone."""

import contextlib

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from orchflow_jupyter.protocol.terminal import SUBPROTOCOL, Message, Op, decode, encode
from tests.support.waiting import GENEROUS

__all__ = ["TerminalStream", "open_socket"]


@contextlib.contextmanager
def open_socket(
    server, terminal_id, *, known_by=None, subprotocols=(SUBPROTOCOL,), headers=None, compression=None, **query
):
    """A WebSocket to a terminal of `server`: with the right token, or `known_by`, or none where that is ''."""
    sent = {"Authorization": f"token {server.token if known_by is None else known_by}"} if known_by != "" else {}
    with connect(
        server.stream_url(terminal_id, **query),
        subprotocols=list(subprotocols) or None,
        additional_headers=sent | (headers or {}),
        compression=compression,
        ssl=server.ssl_context,
        proxy=None,
        open_timeout=GENEROUS,
        max_size=None,
        max_queue=None,  # else it stops reading, and does not see the answer to its close
    ) as socket:
        yield socket


class TerminalStream:
    """One attachment: what came is in `output`, from the offset `start`; acknowledges as it reads."""

    def __init__(self, server, terminal_id, **options):
        self._opened = contextlib.ExitStack()
        self.socket = self._opened.enter_context(open_socket(server, terminal_id, **options))
        self.hello = None
        self.start = 0
        self.output = b""
        self.exit = None
        self.messages = []
        self.close_code = None
        self._inputs = 0
        try:
            self.next(lambda message: message.op is Op.HELLO)
        except BaseException:
            self.close()
            raise

    @property
    def end(self):
        """The offset that has been read up to."""
        return self.start + len(self.output)

    def send(self, op, sequence=0, value=None):
        self.socket.send(encode(Message(op, sequence, 1, value)))

    def type(self, data):
        """Send keystrokes; the number of this input."""
        self._inputs += 1
        self.send(Op.INPUT, self._inputs, data)
        return self._inputs

    def next(self, wanted=lambda message: True):
        """Read up to the first message that is wanted; raises `ConnectionClosed` where none comes before the end."""
        while True:
            try:
                message = decode(self.socket.recv(timeout=GENEROUS))
            except ConnectionClosed:
                self.close_code = self.socket.protocol.close_code
                raise
            self._take(message)
            if wanted(message):
                return message

    def read_until(self, text):
        """Read on until the output holds `text`; all of the output."""
        while text not in self.output:
            self.next()
        return self.output

    def read_to_the_end(self):
        """Read on until the connection closes; its close code."""
        try:
            while True:
                self.next()
        except ConnectionClosed:
            return self.close_code

    def _take(self, message):
        self.messages.append(message)
        if message.op is Op.HELLO:
            self.hello = message.value
            self.start = message.sequence
            self._inputs = message.value["input"]
        elif message.op is Op.OUTPUT:
            assert message.sequence == self.end
            self.output += message.value
            with contextlib.suppress(ConnectionClosed):  # what is read may have been sent before the end
                self.send(Op.ACK, self.end)
        elif message.op is Op.EXIT:
            self.exit = message.value

    def close(self):
        self._opened.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
