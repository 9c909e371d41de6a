"""What must be known of an update beside its being applied: where it begins, how deep it nests, what it deletes.

And of a state vector whether it is one.

Format: https://github.com/yjs/yjs/blob/main/README.md, "Update v1", and yjs' UpdateEncoder.js and StructStore.js.
"""

from pycrdt import get_update

from orchflow_jupyter.errors import ProtocolError
from orchflow_jupyter.protocol.documents import NOTHING, Reader

__all__ = ["beginning", "check_state", "clock", "deletes", "nests"]

DEPTH = 1000
"""How deep values may nest. pycrdt takes them by calling itself, and at some 30,000 the process' stack ends."""
SIZES = {127: 0, 126: 0, 124: 4, 123: 8, 122: 8, 121: 0, 120: 0}
"""Bytes of the values that have a size by their kind."""
OBJECT, ARRAY = 118, 117
"""The bytes with which a nested value begins (lib0, encoding.writeAny)."""


def beginning(update: bytes) -> tuple[int, int] | None:
    """The client whose items come first in it, and the number of the first; None where there are none.

    Raises `ProtocolError` for what is no update.
    """
    reader = Reader(update)
    if reader.integer() == 0:
        return None
    reader.integer()
    return reader.integer(), reader.integer()


def check_state(state: bytes) -> None:
    """Raises `ProtocolError` for what is no state vector."""
    if 2 * Reader(state).integer() > len(state):  # pycrdt makes room for as many clients as it says
        raise ProtocolError("this is no state vector: it is too short for the clients that it has")
    try:
        get_update(NOTHING, state)
    except ValueError as error:
        raise ProtocolError(f"this is no state vector: {error}") from error


def clock(state: bytes, client: int) -> int:
    """How many items of a client a state vector has."""
    reader = Reader(state)
    for _ in range(reader.integer()):
        if reader.integer() == client:
            return reader.integer()
        reader.integer()
    return 0


def deletes(data: bytes, state: bytes) -> bool:
    """Whether a delete set names anything that who has `state`, a state vector, does not have."""
    known: dict[int, int] = {}
    reader = Reader(state)
    for _ in range(reader.integer()):
        client = reader.integer()
        known[client] = reader.integer()
    reader = Reader(data)
    for _ in range(reader.integer()):
        has = known.get(reader.integer(), 0)
        for _ in range(reader.integer()):
            if reader.integer() + reader.integer() > has:
                return True
    return False


def nests(update: bytes) -> bool:
    """Whether values in it nest deeper than they may. Raises `ProtocolError` for what is no update.

    Nearly all updates are too short for it, or have too few of the bytes that it takes.
    """
    if len(update) <= DEPTH or update.count(ARRAY) + update.count(OBJECT) <= DEPTH:
        return False
    reader = Reader(update)
    for _ in range(reader.integer()):
        count = reader.integer()
        reader.integer()
        reader.integer()
        for _ in range(count):
            if _struct(reader):
                return True
    return False


def _struct(reader: Reader) -> bool:
    info = reader.byte()
    if info in (0, 10):  # what is gone, or is left out
        reader.integer()
        return False
    if info & 0x80:
        _identity(reader)
    if info & 0x40:
        _identity(reader)
    if not info & 0xC0:
        if reader.integer() == 1:
            reader.sized()
        else:
            _identity(reader)
        if info & 0x20:
            reader.sized()
    return _content(reader, info & 0x1F)


def _identity(reader: Reader) -> None:
    reader.integer()
    reader.integer()


def _content(reader: Reader, kind: int) -> bool:
    if kind == 1:  # deleted
        reader.integer()
    elif kind == 2:  # JSON
        for _ in range(reader.integer()):
            reader.sized()
    elif kind in (3, 4, 5):  # binary, text, embedded
        reader.sized()
    elif kind == 6:  # a format
        reader.sized()
        reader.sized()
    elif kind == 7:  # a shared type
        if reader.integer() in (3, 5):
            reader.sized()
    elif kind == 8:
        return any(_value(reader) for _ in range(reader.integer()))
    elif kind == 9:  # a document in it
        reader.sized()
        return _value(reader)
    else:
        raise ProtocolError(f"this is no update: there is no content of kind {kind}")
    return False


def _value(reader: Reader) -> bool:
    """Pass over one value (lib0, decoding.readAny); whether it nests too deep."""
    left = [(1, False)]
    """How many are still to come in those that we are in, and whether each has a name."""
    while left:
        count, named = left.pop()
        if count == 0:
            continue
        left.append((count - 1, named))
        if named:
            reader.sized()
        kind = reader.byte()
        if kind in (ARRAY, OBJECT):
            left.append((reader.integer(), kind == OBJECT))
            if len(left) > DEPTH:
                return True
        elif kind in (116, 119):  # bytes, text
            reader.sized()
        elif kind == 125:
            reader.skip_integer()
        elif kind in SIZES:
            reader.skip(SIZES[kind])
        else:
            raise ProtocolError(f"this is no update: there is no value of kind {kind}")
    return False
