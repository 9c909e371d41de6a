"""A Yjs client of a room, as thin as it can be, for ours and for jupyter-server-ydoc's: the same but for the save."""

from pycrdt import Doc, Text

from benchmarks.wire import WebSocket
from orchflow_jupyter.protocol.documents import (
    StepOne,
    Update,
    decode,
    encode_call,
    encode_step_one,
    encode_step_two,
    encode_update,
)

__all__ = ["Editor", "JupyterEditor", "OrchflowEditor"]

SYNC = 0
RAW = 2
"""jupyter-server-ydoc's own kind of message: a text, and a number."""


class Editor:
    """Joined and in sync. Nothing is answered on its own, and `doc` takes only what it is given by `take`."""

    def __init__(self, port: int, path: str, token: str) -> None:
        self.ws = WebSocket(port, path, {"Authorization": f"token {token}"})
        self.doc: Doc[Text] = Doc()
        self.text: Text = self.doc.get("source", type=Text)
        self._early = self.ws.take_early()
        self.saves = 0
        self.ws.send(encode_step_one(self.doc.get_state()))
        asked = synced = False
        while not (asked and synced):
            for message in self.messages():
                if message[0] != SYNC:
                    continue
                match decode(message):
                    case StepOne(state):
                        self.ws.send(encode_step_two(self.doc.get_update(state)))
                        asked = True
                    case Update(update, answers):
                        self.doc.apply_update(update)
                        synced = synced or answers

    def messages(self) -> list[bytes]:
        """What comes next, as it is."""
        early, self._early = self._early, []
        return early or self.ws.receive()

    def until(self, token: bytes) -> list[bytes]:
        """Wait for a message that holds `token`; all that came."""
        came: list[bytes] = []
        while not any(token in message for message in came):
            came = self.messages()
        return came

    def take_until(self, token: bytes) -> None:
        """Apply what comes, until it holds `token`."""
        over = False
        while not over:
            for message in self.messages():
                if message[0] == SYNC:
                    said = decode(message)
                    if isinstance(said, Update):
                        self.doc.apply_update(said.update)
                    over = over or token in message

    def frames(self, updates: list[bytes]) -> list[bytes]:
        """Messages of updates as they go over the wire, joined to large writes: what is measured is the room."""
        data = b"".join(self.ws.frame(encode_update(update)) for update in updates)
        return [data[at : at + 65536] for at in range(0, len(data), 65536)]

    def send(self, update: bytes) -> None:
        """One update."""
        self.ws.send(encode_update(update))

    def save(self) -> None:
        """Ask for a save, and do not wait for it."""
        raise NotImplementedError

    def close(self) -> None:
        """Leave."""
        self.ws.close()


class OrchflowEditor(Editor):
    """Of our rooms."""

    def save(self) -> None:
        self.saves += 1
        self.ws.send(encode_call({"id": self.saves, "call": "save"}))


class JupyterEditor(Editor):
    """Of jupyter-server-ydoc's."""

    def save(self) -> None:
        self.saves += 1
        self.ws.send(bytes([RAW, 4]) + b"save" + bytes([self.saves % 128]))
