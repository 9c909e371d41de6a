"""Places in a text of a document: characters to the bytes that pycrdt counts, and places that follow the text.

pycrdt counts the bytes of UTF-8, and takes an index within a character for one behind the end without a word; all else
here counts characters. What follows the text is written as Yjs writes its relative positions.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from pycrdt import Assoc, StickyIndex, Text

from orchflow_jupyter.documents.difference import Edit

__all__ = ["change", "follow", "region", "to_bytes"]


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


def follow(source: Text, root: str | None, start: int, end: int) -> tuple[Any, Any]:
    """Both ends of a region, in bytes, as they follow the text; what is typed at its edges is not part of it.

    `root` is the name of `source` where it stands by itself. None for an end is that of the whole text.
    """
    size = len(source)
    first = source.sticky_index(start).to_json() if start < size else _end(root)
    # pycrdt panics for places before the first character and behind the last, where there is nothing to stick to
    last = source.sticky_index(end, Assoc.BEFORE).to_json() if end and size else first
    return first, last


def region(source: Text, first: Any, last: Any) -> tuple[int, int]:
    """Where a region is by now, in bytes; where its text is gone, an empty one."""
    size = len(source)
    start = 0 if first is None else _index(source, first)
    end = size if last is None else _index(source, last)
    return min(start, end) if first is not None else 0, end


def _end(root: str | None) -> Any:
    return None if root is None else {"tname": root, "assoc": Assoc.AFTER.value}


def _index(source: Text, place: Any) -> int:
    whole = {key: _whole(value) for key, value in place.items()}
    return int(StickyIndex.from_json(whole, source).get_index())


def _whole(value: Any) -> Any:
    """Numbers that came back from a document as those with a fraction, which they had none of."""
    if isinstance(value, dict):
        return {key: _whole(one) for key, one in value.items()}
    return int(value) if isinstance(value, float) else value
