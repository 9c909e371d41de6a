"""The terminal stream: messages to bytes and back, and nothing else.

A message is a 17-byte head and data, all integers unsigned and big-endian:

     0      op          u8
     1..8   sequence    u64   an output offset, or the number of an input
     9..16  timestamp   u64   microseconds since the Unix epoch
    17..    data

`decode` turns any bytes into one of the dataclasses below or raises `ProtocolError`; `encode` is its inverse.
The hot path uses `HEAD` and the op codes as they are. `docs/protocol.md` is the reference.
"""

import json
import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from orchflow_jupyter.errors import ProtocolError

__all__ = [
    "HEAD",
    "HEAD_SIZE",
    "MAX_SCROLLBACK",
    "MAX_SIZE",
    "MIN_SIZE",
    "PROTOCOL",
    "SIGNALS",
    "SUBPROTOCOL",
    "Message",
    "Op",
    "check_size",
    "decode",
    "encode",
    "head",
]

SUBPROTOCOL = "orchflow.terminal.v1"
PROTOCOL = 1
HEAD = struct.Struct("!BQQ")
HEAD_SIZE = HEAD.size
MAX_SCROLLBACK = 65_535
"""Lines above a screen that are told."""
MIN_SIZE, MAX_SIZE = 1, 1000
"""Columns and rows that a terminal can have."""
SIGNALS = ("INT", "TERM", "KILL", "HUP", "QUIT", "STOP", "CONT", "TSTP", "WINCH")

_SIZE = struct.Struct("!HH")


class Op(IntEnum):
    """What a message is; those of the engine have the high bit set."""

    INPUT = 0x01
    RESIZE = 0x02
    ACK = 0x03
    SIGNAL = 0x04
    PING = 0x05
    HELLO = 0x80
    OUTPUT = 0x81
    INPUT_ACK = 0x82
    RESIZED = 0x83
    EXIT = 0x84
    SNAPSHOT = 0x85
    GAP = 0x86
    EVENT = 0x87
    PONG = 0x88
    ERROR = 0x89

    @property
    def of_engine(self) -> bool:
        """Whether the engine sends it; else a client does."""
        return self >= Op.HELLO


WITH_BYTES = frozenset({Op.INPUT, Op.OUTPUT, Op.SNAPSHOT, Op.PING, Op.PONG})
WITH_SIZE = frozenset({Op.RESIZE, Op.RESIZED})
WITH_JSON = frozenset({Op.HELLO, Op.EXIT, Op.EVENT, Op.ERROR})
WITH_NOTHING = frozenset({Op.ACK, Op.INPUT_ACK, Op.GAP})


@dataclass(frozen=True, slots=True)
class Message:
    """One message, decoded.

    `value` depends on the op: bytes (INPUT, OUTPUT, SNAPSHOT, PING, PONG), `(cols, rows)` (RESIZE, RESIZED), the
    signal's name (SIGNAL), a JSON object (HELLO, EXIT, EVENT, ERROR), or `None` (ACK, INPUT_ACK, GAP).
    """

    op: Op
    sequence: int = 0
    timestamp: int = 0
    value: Any = None


def head(op: int, sequence: int, timestamp: int) -> bytes:
    """The 17 bytes before the data."""
    return HEAD.pack(op, sequence, timestamp)


def encode(message: Message) -> bytes:
    """The bytes of `message`. Raises `ProtocolError` for what the protocol cannot say."""
    op, value = message.op, message.value
    try:
        start = HEAD.pack(op, message.sequence, message.timestamp)
        if op in WITH_BYTES:
            return start + bytes(value)
        if op in WITH_SIZE:
            return start + _SIZE.pack(*value)
        if op in WITH_JSON:
            return start + json.dumps(value, separators=(",", ":")).encode()
        if op is Op.SIGNAL:
            return start + _signal(value).encode()
    except (struct.error, TypeError, ValueError) as error:
        raise ProtocolError(f"{op.name} cannot carry {value!r}: {error}") from error
    return start


def decode(data: bytes) -> Message:
    """The message that `data` is. Raises `ProtocolError`, which says why, for anything else."""
    if len(data) < HEAD_SIZE:
        raise ProtocolError(f"a message has at least {HEAD_SIZE} bytes, this one {len(data)}")
    code, sequence, timestamp = HEAD.unpack_from(data)
    try:
        op = Op(code)
    except ValueError:
        raise ProtocolError(f"there is no op 0x{code:02x}") from None
    return Message(op, sequence, timestamp, _value(op, data[HEAD_SIZE:]))


def check_size(cols: int, rows: int) -> tuple[int, int]:
    """A size that a terminal can have. Raises `ProtocolError` for one below 1 or above 1000, and for no numbers."""
    if not (hasattr(cols, "__index__") and hasattr(rows, "__index__")):
        raise ProtocolError(f"a terminal has columns and rows in whole numbers, not {cols!r} by {rows!r}")
    if not (MIN_SIZE <= cols <= MAX_SIZE and MIN_SIZE <= rows <= MAX_SIZE):
        raise ProtocolError(f"a terminal has {MIN_SIZE} to {MAX_SIZE} columns and rows, not {cols} by {rows}")
    return cols, rows


def _value(op: Op, data: bytes) -> Any:
    if op in WITH_BYTES:
        return data
    if op in WITH_SIZE:
        if len(data) != _SIZE.size:
            raise ProtocolError(f"{op.name} carries 4 bytes, columns and rows, not {len(data)}")
        return check_size(*_SIZE.unpack(data))
    if op in WITH_JSON:
        return _object(op, data)
    if op is Op.SIGNAL:
        try:
            return _signal(data.decode("ascii"))
        except UnicodeDecodeError:
            raise ProtocolError("SIGNAL carries a name in ASCII") from None
    if data:
        raise ProtocolError(f"{op.name} carries no data, this one {len(data)} bytes")
    return None


def _signal(name: str) -> str:
    if name not in SIGNALS:
        raise ProtocolError(f"there is no signal {name!r}; there are {', '.join(SIGNALS)}")
    return name


def _object(op: Op, data: bytes) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        raise ProtocolError(f"{op.name} carries JSON, and this is none") from None
    if not isinstance(value, dict):
        raise ProtocolError(f"{op.name} carries a JSON object, not {type(value).__name__}")
    return value
