"""The messages of a document's stream: y-protocols' as the `y-websocket` provider speaks them, and calls of our own.

Each is binary and begins with its kind, a number as lib0 writes it: seven bits a byte, the low ones first, with the
high bit set where more follow. 0 is sync (0 step 1, a state vector; 1 step 2 and 2 update, both an update), 1 is
awareness, 3 asks for everybody's awareness, and 100 is ours, a JSON object. Whoever never sends 100 is never sent one.
Source: https://github.com/yjs/y-protocols/blob/master/PROTOCOL.md.
"""

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from orchflow_jupyter.errors import ProtocolError

__all__ = [
    "NOTHING",
    "QUERY",
    "Awareness",
    "Call",
    "Face",
    "Message",
    "QueryAwareness",
    "Reader",
    "StepOne",
    "Update",
    "decode",
    "encode_awareness",
    "encode_call",
    "encode_step_one",
    "encode_step_two",
    "encode_update",
]

SYNC, AWARENESS, AUTH, QUERY_AWARENESS, CALL = 0, 1, 2, 3, 100
STEP_ONE, STEP_TWO, UPDATE = 0, 1, 2
MAX_INTEGER = 2**53 - 1
"""The greatest number that JavaScript holds exactly."""

NOTHING = b"\x00\x00"
"""An update that changes nothing."""
QUERY = bytes([QUERY_AWARENESS])
"""Asks for everybody's awareness."""


class StepOne(NamedTuple):
    """Says what the sender has, by a state vector, and asks for the rest."""

    state: bytes


class Update(NamedTuple):
    """What changed. `answers` says whether it was asked for by a step 1."""

    update: bytes
    answers: bool


class Face(NamedTuple):
    """What one client shows of itself: a JSON object as text, or None where it has gone; a later `clock` holds."""

    client: int
    clock: int
    state: str | None


class Awareness(NamedTuple):
    """What several clients show of themselves."""

    faces: tuple[Face, ...]


class QueryAwareness(NamedTuple):
    """Asks for everybody's awareness."""


class Call(NamedTuple):
    """One of ours: a JSON object."""

    value: dict[str, Any]


Message = StepOne | Update | Awareness | QueryAwareness | Call


def encode_step_one(state: bytes) -> bytes:
    """Ask for what `state`, a state vector, lacks."""
    return bytes([SYNC, STEP_ONE]) + _sized(state)


def encode_step_two(update: bytes) -> bytes:
    """Answer a step 1."""
    return bytes([SYNC, STEP_TWO]) + _sized(update)


def encode_update(update: bytes) -> bytes:
    """Tell of a change."""
    return bytes([SYNC, UPDATE]) + _sized(update)


def encode_awareness(faces: Iterable[Face]) -> bytes:
    """Show clients."""
    told = list(faces)
    parts = [_integer(len(told))]
    for client, clock, state in told:
        parts += [_integer(client), _integer(clock), _sized(("null" if state is None else state).encode())]
    return bytes([AWARENESS]) + _sized(b"".join(parts))


def encode_call(value: dict[str, Any]) -> bytes:
    """One of ours."""
    return bytes([CALL]) + _sized(json.dumps(value, separators=(",", ":")).encode())


def decode(data: bytes) -> Message:
    """What a message says. Raises `ProtocolError` for what is none."""
    reader = Reader(data)
    kind = reader.integer()
    if kind == SYNC:
        step = reader.integer()
        if step not in (STEP_ONE, STEP_TWO, UPDATE):
            raise ProtocolError(f"a message of kind 0 is of 0, 1 or 2, and this one of {step}")
        content = reader.sized()
        return StepOne(content) if step == STEP_ONE else Update(content, step == STEP_TWO)
    if kind == AWARENESS:
        return Awareness(tuple(_faces(reader.sized())))
    if kind == QUERY_AWARENESS:
        return QueryAwareness()
    if kind == CALL:
        try:
            value = json.loads(reader.sized())
        except (ValueError, RecursionError) as error:
            raise ProtocolError(f"a message of kind 100 must be JSON: {error}") from error
        if not isinstance(value, dict):
            raise ProtocolError("a message of kind 100 must be a JSON object")
        return Call(value)
    raise ProtocolError(f"there are messages of kind 0, 1, 3 and 100, and this is of kind {kind}")


def _faces(data: bytes) -> Iterable[Face]:
    reader = Reader(data)
    for _ in range(reader.integer()):
        client, clock = reader.integer(), reader.integer()
        try:
            state = reader.sized().decode()
            shown = json.loads(state)
        except (ValueError, RecursionError) as error:
            raise ProtocolError(f"what client {client} shows of itself must be JSON: {error}") from error
        yield Face(client, clock, None if shown is None else state)


class Reader:
    """Takes lib0's numbers and sized bytes off a message, one after the other."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def integer(self) -> int:
        """The next number. Raises `ProtocolError`, as all of these do."""
        value = shift = 0
        while True:
            if self._at >= len(self._data):
                raise ProtocolError("the message ends too early")
            byte = self._data[self._at]
            self._at += 1
            value |= (byte & 0x7F) << shift
            if value > MAX_INTEGER:
                raise ProtocolError(f"a number may be {MAX_INTEGER} at most")
            if byte < 0x80:
                return value
            shift += 7
            if shift > 63:
                raise ProtocolError("a number has too many bytes")

    def byte(self) -> int:
        """The next byte."""
        if self._at >= len(self._data):
            raise ProtocolError("the message ends too early")
        self._at += 1
        return self._data[self._at - 1]

    def sized(self) -> bytes:
        """The bytes that come next, behind their number."""
        size = self.integer()
        end = self._at + size
        if end > len(self._data):
            raise ProtocolError(f"the message ends too early: {size} bytes were to come")
        content = self._data[self._at : end]
        self._at = end
        return content

    def skip(self, count: int) -> None:
        """Pass over so many bytes."""
        self._at += count

    def skip_integer(self) -> None:
        """Pass over a number that may have a sign."""
        while self._at < len(self._data) and self._data[self._at] >= 0x80:
            self._at += 1
        self._at += 1


def _integer(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _sized(content: bytes) -> bytes:
    return _integer(len(content)) + content
