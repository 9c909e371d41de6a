"""Where a cursor is: Yjs' relative positions, which follow the text, from and to offsets in bytes.

pycrdt's own `StickyIndex` is right where the text is ASCII; elsewhere it takes bytes for units of a clock, which are
UTF-16's, and at the end of a text it panics. There a copy of the document is asked: a mark is put beside the item that
a position names, and looked for. Source: Yjs, RelativePosition.js, and its updates' encoding, v1 (lib0).
"""

from collections.abc import Callable, Iterator
from typing import Any

from pycrdt import Assoc, Doc, StickyIndex

from orchflow_jupyter.client.document_text import Characters

__all__ = ["after_own", "at_deletion", "place", "resolve"]

MARK = "\U0010fffd"
"""A character that no text has: private use, the last one."""
STRING, HAS_LEFT = 4, 0x80
AFTER, BEFORE = 0, -1


def after_own(doc: "Doc[Any]") -> dict[str, Any] | None:
    """The position behind what this client has written last."""
    clock = _clocks(doc.get_state()).get(doc.client_id, 0)
    return None if clock == 0 else {"item": {"client": doc.client_id, "clock": clock - 1}, "assoc": BEFORE}


def at_deletion(update: bytes) -> dict[str, Any] | None:
    """The position where an update deleted something, which had nothing but deletions."""
    last = None
    for client, clock, _ in _deletions(update):
        last = {"item": {"client": client, "clock": clock}, "assoc": AFTER}
    return last


def place(characters: Characters, index: int) -> dict[str, Any]:
    """The position of the character `index`, or of the end."""
    text, offset = characters.text, characters.offset(index)
    if offset >= len(text):
        return {**StickyIndex.new(text, 0, Assoc.BEFORE).to_json(), "assoc": AFTER}
    if characters.is_ascii:
        return StickyIndex.new(text, offset, Assoc.AFTER).to_json()
    copy = _copy(characters.doc)
    inserted: list[bytes] = []
    subscription = copy.observe(lambda event: inserted.append(event.update))
    characters.find(copy).insert(offset, MARK)
    copy.unobserve(subscription)
    return {"item": _right_of(inserted[0]), "assoc": AFTER}


def resolve(characters: Characters, position: Any) -> int | None:
    """The character before which a position is; None where that is in what has not come, or in another text."""
    if not isinstance(position, dict):
        return None
    item, after = position.get("item"), position.get("assoc", AFTER) >= AFTER
    if not item:
        return characters.length if after else 0
    client, clock = int(item["client"]), int(item["clock"])
    doc = characters.doc
    state = doc.get_state()
    if clock >= _clocks(state).get(client, 0):
        return None
    if characters.is_ascii:
        asked = {"item": {"client": client, "clock": clock}, "assoc": AFTER if after else BEFORE}
        return _quietly(lambda: min(StickyIndex.from_json(asked, characters.text).get_index(), characters.length))
    copy = _copy(doc)
    copy.apply_update(_mark(client, clock))
    index = str(characters.find(copy)).find(MARK)
    if index < 0:
        return None
    deleted = any(c == client and k <= clock < k + n for c, k, n in _deletions(doc.get_update(state)))
    return index - 1 if after and not deleted else index


def _copy(doc: "Doc[Any]") -> "Doc[Any]":
    copy: Doc[Any] = Doc()
    copy.apply_update(doc.get_update())
    return copy


def _quietly(ask: Callable[[], int]) -> int | None:
    # An item of a cell that was deleted, say. pycrdt's panics are no exceptions, and their class has no name to import.
    try:
        return ask()
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        return None


def _mark(client: int, clock: int) -> bytes:
    """An update that puts `MARK` behind an item: of client 0, since what a lower client writes stays next to it."""
    content = MARK.encode()
    ahead = bytes((1, 1, 0, 0, STRING | HAS_LEFT))  # one client with one structure: of client 0, from its clock 0 on
    return b"".join((ahead, _integer(client), _integer(clock), _integer(len(content)), content, b"\0"))


def _right_of(update: bytes) -> dict[str, int]:
    """The item before which an update of one insertion puts it."""
    reader = _Reader(update)
    for _ in range(4):
        reader.integer()  # how many clients, how many structures, whose, from which clock on
    info = reader.byte()
    if info & HAS_LEFT:
        reader.integer()
        reader.integer()
    return {"client": reader.integer(), "clock": reader.integer()}


def _deletions(update: bytes) -> Iterator[tuple[int, int, int]]:
    reader = _Reader(update)
    return reader.deleted() if reader.integer() == 0 else iter(())


def _clocks(state: bytes) -> dict[int, int]:
    """A state vector: how much each client has written."""
    reader = _Reader(state)
    return {reader.integer(): reader.integer() for _ in range(reader.integer())}


def _integer(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def integer(self) -> int:
        value = shift = 0
        while True:
            byte = self._data[self._at]
            self._at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1]

    def deleted(self) -> Iterator[tuple[int, int, int]]:
        """The set of what is deleted: client, clock, length."""
        for _ in range(self.integer()):
            client = self.integer()
            for _ in range(self.integer()):
                yield client, self.integer(), self.integer()
