"""A client's end of a document: what it edits, and what others edit meanwhile."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from orchflow_jupyter.engine.connection import Connection
from orchflow_jupyter.engine.counters import Counters
from orchflow_jupyter.engine.member_calls import MemberCalls
from orchflow_jupyter.errors import EngineUnavailableError, NotAllowedError, OrchflowError
from orchflow_jupyter.protocol.documents import Awareness, Call, QueryAwareness, StepOne, Update, decode

if TYPE_CHECKING:
    from orchflow_jupyter.documents.member import Member
    from orchflow_jupyter.documents.rooms import Rooms

__all__ = ["DocumentStream"]


class DocumentStream:
    """The `Stream` of one connection to a room. `parameters` are those of the upgrade request: `mode`, rw or ro."""

    text = False
    member: "Member"
    connection: Connection

    def __init__(
        self,
        rooms: "Rooms",
        name: str,
        parameters: Mapping[str, Any],
        counters: Counters,
        refusal: OrchflowError | None = None,
    ) -> None:
        self._rooms = rooms
        self._name = name
        self._writable = parameters.get("mode", "rw") == "rw"
        self._counters = counters
        self._refusal = refusal
        self.stopping = False

    def opened(self, connection: Connection) -> None:
        """Join the room. Raises `NotFoundError` where there is none of that name."""
        self.connection = connection
        if self._refusal is not None:
            raise self._refusal
        document = self._rooms.get(self._name)
        self.member = document.room.join(connection.pump, writable=self._writable)
        self._calls = MemberCalls(self.member, document)
        self.member.ended = lambda: connection.close(EngineUnavailableError.close_code, "the document is made anew")

    def received(self, messages: list[bytes]) -> None:
        """What a client says, in order; updates that come in one go are taken in one. Raises `ProtocolError`."""
        self._counters.messages_in += len(messages)
        member = self.member
        room = member.room
        updates: list[bytes] = []
        for data in messages:
            message = decode(data)
            if type(message) is Update:
                member.settled = member.settled or message.answers
                updates.append(message.update)
                continue
            if updates:
                self._apply(updates)
                updates = []
            match message:
                case Awareness(faces):
                    room.show(member, faces)
                case StepOne(state):
                    room.asked(member, state)
                case QueryAwareness():
                    room.ask_faces(member)
                case Call(value):
                    self._calls.take(value)
        if updates:
            self._apply(updates)

    def next_message(self) -> bytes | None:
        """What the member is to be sent."""
        message = self.member.pull()
        if message is not None:
            self._counters.messages_out += 1
        return message

    def jammed(self, is_jammed: bool) -> None:
        """What a client does not read is bounded by its member."""

    def closed(self) -> None:
        """The connection is gone."""
        if hasattr(self, "member"):
            self.member.room.leave(self.member)

    def _apply(self, updates: list[bytes]) -> None:
        member = self.member
        if member.writable:
            member.room.apply(member, *updates)
            return
        for update in updates:
            try:
                member.room.apply(member, update)
            except NotAllowedError as error:
                member.answer({"event": "refused", **error.as_json()})
