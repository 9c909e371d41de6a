"""One document as pure state: a Y.Doc, what its connection has said of it, and what is to be sent; no I/O of its own.

It outlives its connections: what is edited while there is none goes with the first exchange of the next. Every sync
step 2 and update that is sent counts from 1 on its connection, and the engine says how many of them are on disk.
"""

import itertools
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from pycrdt import Doc, Map, TransactionEvent, merge_updates

from orchflow_jupyter.client.document_faces import FaceBook
from orchflow_jupyter.client.document_foreign import Foreign
from orchflow_jupyter.client.document_observing import observing
from orchflow_jupyter.client.messages import Messages
from orchflow_jupyter.errors import OrchflowError, from_status
from orchflow_jupyter.protocol.collaboration import decode_raw
from orchflow_jupyter.protocol.documents import (
    QUERY,
    Awareness,
    Call,
    QueryAwareness,
    StepOne,
    Update,
    decode,
    encode_awareness,
    encode_call,
    encode_step_one,
    encode_step_two,
    encode_update,
)

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["DocumentState", "Lost"]

AGAIN = {1001, 1006, 1012}
"""Close codes after which a client comes back to the same room."""
NO_ROOM = 4404
"""The close code that says: open the path again."""
REST = 100
"""How many times as long as a copy of what is known as safe took, no other is made."""


class Lost(NamedTuple):
    """What another history of the file has to be offered: whole documents, as updates."""

    mine: bytes
    base: bytes
    """As it was when all of it was known as safe."""


class DocumentState:
    """Bytes in by `receive`, bytes out by `data_to_send`; `begin` is a new connection."""

    def __init__(self, faces: FaceBook) -> None:
        self.faces = faces
        self.room = ""
        self.provider = "orchflow"
        """Whose the room is. One of another knows nothing of our calls."""
        self.granted = True
        """Whether one may write there."""
        self.greeted = False
        """Whether the engine has said whether one may write."""
        self.writable = True
        self.refusal: str | None = None
        """Why what was edited here was not taken."""
        self.epoch = 0
        """Counts the histories: whatever belongs to an earlier `doc` is to be looked up anew."""
        self.heard: Callable[[], None] = lambda: None
        """Called when others have changed the document, while it is still being read."""
        self.replaced: Callable[[], None] = lambda: None
        """Called when the document is another."""
        self.last = b""
        """What was changed here last, as an update."""
        self._messages: Messages | None = None
        self._calls = itertools.count(1)
        self._answers: dict[int, dict[str, Any]] = {}
        self._take(Doc())

    def _take(self, doc: "Doc[Any]") -> None:
        self.doc = doc
        self.told: Map[Any] = doc.get("state", type=Map)
        """What the engine says of the file: `path`, `dirty`, `save`, `file`, `conflicts`, `offers`."""
        self.synced = False
        self.foreign = Foreign(doc, self._send, self._hear)
        self._observing = observing(doc, self._changed)
        self._hears = False
        self._answered = False
        self._touched = False
        self._updates: list[bytes] = []
        self._sent = self._safe = 0
        self._base = b"\x00\x00"
        self._base_rests = float("-inf")
        self.faces.client = doc.client_id

    # -- connections

    def begin(self, room: str) -> Lost | None:
        """A new connection, to `room`; what must be offered there where the history is another than before."""
        lost = None
        if self.room and room != self.room:
            lost = None if self.clean else Lost(self.doc.get_update(), self._base)
            self.epoch += 1
            self._observing()
            self._take(Doc())
            self.replaced()
        self.room = room
        self._messages = Messages()
        self._answers.clear()
        self._answered = self.synced = self.greeted = False
        self._updates.clear()
        self._sent = self._safe = 0
        self.faces.begin()
        if self.ours:
            self.call("hello")
            self._send(encode_step_one(self.doc.get_state()))
            self._send(QUERY)
        else:
            self.greeted, self.writable = True, self.granted
            self.foreign.begin()
        return lost

    def end(self) -> None:
        """The connection is gone."""
        self._messages = None
        self.faces.begin()

    @property
    def ours(self) -> bool:
        """Whether the room is the engine's."""
        return self.provider == "orchflow"

    @property
    def connected(self) -> bool:
        """Whether what is edited reaches others."""
        return self._messages is not None and self._messages.closed is None and self.synced

    @property
    def closed(self) -> tuple[int, str] | None:
        """The close code and reason, once the other side has ended the connection."""
        return None if self._messages is None else self._messages.closed

    @property
    def comes_back(self) -> bool:
        """Whether one comes back after that close: to the same room, or by the path where that is no more."""
        return self.closed is not None and (self.closed[0] in AGAIN or self.closed[0] == NO_ROOM)

    @property
    def roomless(self) -> bool:
        """Whether the room is no more, so that the path is to be opened again."""
        return self.closed is not None and self.closed[0] == NO_ROOM

    def refused(self) -> OrchflowError | None:
        """The error for which no connection will be had."""
        if self.closed is None or self.comes_back:
            return None
        code, reason = self.closed
        return from_status(code - 4000 if 4400 <= code < 4600 else 503, reason or f"the document ended with {code}")

    # -- what is safe

    @property
    def clean(self) -> bool:
        """Whether everything that was edited here is on the engine's disk."""
        if not self._touched:
            return True
        return self._answered and not self._updates and self._safe >= self._sent

    def about_to_edit(self) -> None:
        """Remember what is safe, for the day on which the engine has forgotten the rest."""
        now = time.monotonic()
        if self.clean and now > self._base_rests:
            self._base = self.doc.get_update()
            done = time.monotonic()
            self._base_rests = done + REST * (done - now)
        self._touched = True

    # -- calls

    def call(self, name: str, **fields: Any) -> int:
        """Ask the engine; the number under which `answer` has what it says."""
        number = next(self._calls)
        if self.ours:
            self._send(encode_call({"id": number, "call": name, **fields}))
        elif name == "save":
            self._send_updates()
            self.foreign.save(number, self._sent)
        else:
            why = f"there is no {name} in a room of {self.provider}"
            self._answers[number] = {"id": number, "error": {"message": why, "reason": "not_supported"}}
        return number

    def settle(self) -> None:
        """Find out whether what was edited is there, where the room does not say so by itself."""
        if not self.ours and self._answered and self._messages is not None and not self.clean:
            self._send_updates()
            self.foreign.settle(self._sent)

    def answer(self, number: int) -> dict[str, Any] | None:
        """The answer to that call, once; None where there is none yet."""
        return self._answers.pop(number, None)

    # -- bytes

    def receive(self, data: bytes) -> None:
        """Bytes came from the engine; none is the end."""
        if self._messages is not None:
            for message in self._messages.receive(data):
                self._understand(message)

    def data_to_send(self, *, faces: bool = False) -> bytes:
        """What is to go to the engine, once; updates that waited go as one, our face where `faces`."""
        if self._messages is None:
            return b""
        self._send_updates()
        if faces and self.synced and (face := self.faces.due()):
            self._send(encode_awareness([face]))
            self.settle()  # as often as that, since an answer may be long
        return self._messages.data_to_send()

    def leave(self) -> None:
        """Say goodbye."""
        if self._messages is not None:
            if self.synced:
                self._send(encode_awareness([self.faces.gone()]))
            self._messages.close()

    # -- within

    def _send_updates(self) -> None:
        if self._updates:
            update = self._updates[0] if len(self._updates) == 1 else merge_updates(*self._updates)
            self._updates.clear()
            self._sent += 1
            self._send(encode_update(update))

    def _send(self, message: bytes) -> None:
        if self._messages is not None:
            self._messages.send(message)

    def _changed(self, event: TransactionEvent) -> None:
        self.foreign.changed()
        if self._hears:
            self.heard()
            return
        self.last = event.update
        if self._answered:  # what was edited before the engine has said what it has goes with the answer to that
            self._updates.append(self.last)

    def _understand(self, data: bytes) -> None:
        if not self.ours and (said := decode_raw(data)) is not None:
            self.foreign.hear(said)
            if said.get("type") == "conflict":
                self.refusal = f"{self.provider} could not take what was edited; the document is another there"
            return
        match decode(data):
            case StepOne(state):
                self._updates.clear()
                self._answered = True
                self._sent += 1
                self._send(encode_step_two(self.doc.get_update(state)))
            case Update(update, answers):
                self._hears = True
                try:
                    self.doc.apply_update(update)
                finally:
                    self._hears = False
                self.synced = self.synced or answers
                if answers and not self.ours:
                    self._safe = max(self._safe, self.foreign.answered())
            case Awareness(faces):
                self.faces.take(faces)
            case QueryAwareness():
                self.faces.show()
            case Call(value):
                self._hear(value)

    def _hear(self, value: dict[str, Any]) -> None:
        match value.get("event"):
            case "safe":
                self._safe = int(value["updates"])
            case "refused":
                self.refusal = str(value.get("message"))
            case None if "id" in value:
                if isinstance(value.get("result"), dict) and "writable" in value["result"]:
                    self.greeted, self.writable = True, bool(value["result"]["writable"])
                self._answers[value["id"]] = value
