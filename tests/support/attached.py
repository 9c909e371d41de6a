"""The engine's end of an attachment, for tests of the client's: says what the test wants."""

from websockets.protocol import OPEN, Protocol, Side

from orchflow_jupyter.client.attachment import AttachmentState
from orchflow_jupyter.protocol.terminal import Message, Op, decode, encode

__all__ = ["Engine"]


class Engine:
    """The other end of an attachment: says messages, and collects those that come."""

    def __init__(self, **hello):
        self.state = AttachmentState()
        self._ws = Protocol(Side.SERVER, state=OPEN)
        self.say(Op.HELLO, 0, {"id": "t-1", "writable": True, "input": 0} | hello)

    def say(self, op, sequence=0, value=None):
        self._ws.send_binary(encode(Message(op, sequence, 1, value)))
        self._deliver()

    def close(self, code, reason=""):
        self._ws.send_close(code, reason)
        self._deliver()

    def heard(self, op):
        """What came since the last time, of this kind."""
        self._ws.receive_data(self.state.data_to_send())
        messages = [decode(frame.data) for frame in self._ws.events_received()]
        return [message for message in messages if message.op is op]

    def _deliver(self):
        self.state.receive(b"".join(self._ws.data_to_send()))
