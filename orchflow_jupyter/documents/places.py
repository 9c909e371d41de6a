"""Places in a text of a document: characters to the bytes that pycrdt counts, and places that follow the text.

pycrdt counts the bytes of UTF-8, and takes an index within a character for one behind the end without a word; all else
here counts characters. What follows the text is written as Yjs writes its relative positions.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from pycrdt import Assoc, StickyIndex, Text

from orchflow_jupyter.documents.difference import Edit

__all__ = ["change", "follow", "region", "text_of", "to_bytes"]


def to_bytes(text: str, places: Sequence[int]) -> list[int]:
    """Where in the bytes of `text` are places among its characters, which come in order."""
    if text.isascii():
        return list(places)
    found, at, size = [], 0, 0
    for place in places:
        size += len(text[at:place].encode())
        at = place
        found.append(size)
    return found


def change(source: Text, text: str, edits: Iterable[Edit]) -> None:
    """Edit `source`, which is `text` now, within the transaction that there is."""
    known = list(edits)
    places = to_bytes(text, [place for edit in known for place in (edit.start, edit.end)])
    for number in range(len(known) - 1, -1, -1):  # from the end, so that what comes before stays where it is
        start, end = places[2 * number : 2 * number + 2]
        if end > start:
            del source[start:end]
        if known[number].text:
            source.insert(start, known[number].text)


def text_of(source: Text) -> str:
    """Its text, once that is taken out which lies in it and is none: Yjs counts it, and a file has no place for it."""
    written = str(source)
    if len(source) == (len(written) if written.isascii() else len(written.encode())):
        return written
    place = 0
    doc = source.doc
    with doc.transaction():
        for piece, _ in source.diff():
            if isinstance(piece, str):
                place += len(piece.encode())
            else:
                del source[place : place + 1]
    return written


def follow(source: Text, start: int, end: int) -> tuple[Any, Any]:
    """Both ends of a region, in bytes, as they follow the text; what is typed at its edges is not part of it.

    Within the transaction that there is. None and None are the whole of a text that is empty.
    """
    data = str(source).encode()
    if not data:
        return None, None
    first = _place(source, data, start, Assoc.AFTER) if start < len(data) else None
    last = _place(source, data, end, Assoc.BEFORE) if end else None
    return first or last, last or first


def region(source: Text, first: Any, last: Any) -> tuple[int, int]:
    """Where a region is by now, in bytes; where its text is gone, an empty one."""
    data = str(source).encode()
    start = 0 if first is None else _index(source, data, first)
    end = len(data) if last is None else _index(source, data, last)
    return min(start, end), end


# pycrdt's sticky indices are right at the beginning of an item only: within one it counts bytes where Yjs' clocks count
# units of UTF-16, and so points elsewhere, or panics. So an item is made to begin there: something is put before the
# character and taken away again, which leaves a gap that items never grow over.


def _place(source: Text, data: bytes, index: int, assoc: Assoc) -> dict[str, Any]:
    """A place before the character that begins there, or behind the one that ends there, as Yjs writes it."""
    if data.isascii():
        return dict(_whole(source.sticky_index(index, assoc).to_json()))
    begin = index
    if assoc is Assoc.BEFORE:
        begin -= 1
        while _within(data, begin):
            begin -= 1
    source.insert(begin, ".")
    item = _whole(source.sticky_index(begin + 1).to_json()["item"])
    del source[begin : begin + 1]
    if assoc is Assoc.BEFORE and index - begin == 4:  # two units of UTF-16, and the second is the last
        item["clock"] += 1
    return {"item": item, "assoc": assoc.value}


def _index(source: Text, data: bytes, place: Any) -> int:
    """Where a place is by now."""
    item = _whole(place["item"])
    at, behind = (
        int(StickyIndex.from_json({"item": item, "assoc": assoc.value}, source).get_index())
        for assoc in (Assoc.AFTER, Assoc.BEFORE)
    )
    if place["assoc"] < 0 and behind != at:  # the character is there
        at += 1
    while _within(data, at):
        at += 1
    return at


def _within(data: bytes, index: int) -> bool:
    """Whether a byte is one within a character."""
    return index < len(data) and data[index] & 0xC0 == 0x80


def _whole(value: Any) -> Any:
    """Numbers that came back from a document as those with a fraction, which they had none of."""
    if isinstance(value, dict):
        return {key: _whole(one) for key, one in value.items()}
    return int(value) if isinstance(value, float) else value
