"""A Y.Text by characters: the one place where Python's indices become pycrdt's, which are UTF-8 bytes.

pycrdt appends in silence where an index is out of range or inside a character; here it is an `IndexError`. While a text
is ASCII, where both indices are the same, nothing has to be read for an edit, however long the text is.
"""

import difflib
import itertools
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from orchflow_jupyter.errors import InvalidRequestError

if TYPE_CHECKING:
    from pycrdt import Doc, Text

__all__ = ["Change", "Characters", "Edit", "between", "plain"]

WAIT = 16
"""Edits that wait for somebody to read the text; more are cheaper read anew."""
COMPARE = 5000
"""Lines up to which two texts are compared by line; of longer ones only the middle is exchanged."""


class Edit(NamedTuple):
    """At the character `start`, `deleted` characters made way for `inserted`."""

    start: int
    deleted: int
    inserted: str


class Change(NamedTuple):
    """One change of a document, whole: what an `edit()` did here, or an update that came."""

    edits: tuple[Edit, ...]
    """One after the other, each by the characters of the text that those before it have left."""
    by: str
    """`local` for this very object, `remote` for everybody else."""
    cell: str | None = None
    """The identifier of the cell whose source it was; None in a text."""
    structure: bool = False
    """Whether cells came, went or changed otherwise than in their source."""


def plain(text: str) -> str:
    """As a document holds it: lines end with a line feed; their ends in the file are the engine's.

    Raises `InvalidRequestError` for half a surrogate pair, which is no text.
    """
    if not isinstance(text, str):
        raise InvalidRequestError(f"text must be a str, not {type(text).__name__}")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise InvalidRequestError(f"text must be Unicode, without half a surrogate pair: {error}") from error
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def between(old: str, new: str) -> list[Edit]:
    """Small edits that make `new` of `old`, by line and within by character; last first, so that none moves another."""
    start, end = _common(old, new)
    first = old.rfind("\n", 0, start) + 1
    after_last = old.find("\n", len(old) - end) + 1 or len(old)
    behind = len(old) - after_last
    lines = old[first:after_last].splitlines(keepends=True)
    others = new[first : len(new) - behind].splitlines(keepends=True)
    if max(len(lines), len(others)) < 2 or len(lines) + len(others) > COMPARE:
        edit = Edit(start, len(old) - end - start, new[start : len(new) - end])
        return [edit] if edit.deleted or edit.inserted else []
    starts = list(itertools.accumulate(map(len, lines), initial=first))
    edits = []
    for kind, i, j, k, n in difflib.SequenceMatcher(None, lines, others, autojunk=False).get_opcodes():
        if kind != "equal":
            here, there = "".join(lines[i:j]), "".join(others[k:n])
            ahead, rest = _common(here, there)
            edits.append(Edit(starts[i] + ahead, len(here) - ahead - rest, there[ahead : len(there) - rest]))
    return edits[::-1]


class Characters:
    """One Y.Text, which `find` finds in any copy of its document. Whoever changes it otherwise says `forget`, or gives
    `learn` what changed.
    """

    def __init__(self, doc: "Doc[Any]", find: "Callable[[Doc[Any]], Text]") -> None:
        self.doc = doc
        self.find = find
        self.text = find(doc)
        self._known: str | None = None
        self._ascii: bool | None = None
        self._pending: list[Edit] = []

    @property
    def value(self) -> str:
        """The text of now."""
        if self._known is None:
            self._known = str(self.text)
            self._ascii = self._known.isascii()
            self._pending.clear()
        for start, deleted, inserted in self._pending:
            self._known = self._known[:start] + inserted + self._known[start + deleted :]
        self._pending.clear()
        return self._known

    @property
    def length(self) -> int:
        """Its characters."""
        return len(self.text) if self.is_ascii else len(self.value)

    @property
    def is_ascii(self) -> bool:
        """Whether an index of characters is one of bytes."""
        if self._ascii is None:
            self._ascii = self.value.isascii()
        return self._ascii

    def splice(self, start: int, end: int, inserted: str) -> Edit:
        """Put `inserted` in place of the characters from `start` to `end`; within a transaction of the caller's.

        Raises `IndexError` where there are no such characters.
        """
        length = self.length
        if not 0 <= start <= end <= length:
            asked = str(start) if start == end else f"{start} to {end}"
            raise IndexError(f"{asked} is not within the text, which has {length} characters")
        at = self.offset(start)
        if end > start:
            del self.text[at : self.offset(end)]
        if inserted:
            self.text.insert(at, inserted)
        edit = Edit(start, end - start, inserted)
        self._ascii = self._ascii and inserted.isascii()
        if len(self._pending) < WAIT:
            self._pending.append(edit)
        else:
            self._known = None
            self._pending.clear()
        return edit

    def offset(self, index: int) -> int:
        """The bytes before the character `index`."""
        return index if self.is_ascii else len(self.value[:index].encode())

    def index(self, offset: int) -> int:
        """The characters in the first `offset` bytes."""
        return offset if self.is_ascii else len(self.value.encode()[:offset].decode(errors="ignore"))

    def forget(self) -> None:
        """It has changed."""
        self._known = self._ascii = None
        self._pending.clear()

    def learn(self, delta: Iterable[dict[str, Any]]) -> tuple[Edit, ...]:
        """It has changed by `delta`, whose numbers are bytes; the same by characters. `value` must have been read."""
        old = self._known or ""
        self._pending.clear()
        data = old.encode()
        edits, parts, at, index = [], [], 0, 0
        for part in delta:
            if "retain" in part:
                kept = data[at : at + part["retain"]].decode()
                at += part["retain"]
                index += len(kept)
                parts.append(kept)
            elif "delete" in part:
                gone = len(data[at : at + part["delete"]].decode())
                at += part["delete"]
                edits.append(Edit(index, gone, ""))
            else:
                inserted = str(part["insert"])
                edits.append(Edit(index, 0, inserted))
                index += len(inserted)
                parts.append(inserted)
        self._known = "".join([*parts, data[at:].decode()])
        self._ascii = self._known.isascii()
        return tuple(edits)


def _common(old: str, new: str) -> tuple[int, int]:
    """How many characters two texts have in common at their beginning, and how many of the rest at their end."""
    limit = min(len(old), len(new))
    start = _agree(limit, lambda size: old[:size] == new[:size])
    end = _agree(limit - start, lambda size: old[len(old) - size :] == new[len(new) - size :])
    return start, end


def _agree(limit: int, same: Callable[[int], bool]) -> int:
    low, high = 0, limit
    while low < high:
        middle = (low + high + 1) // 2
        if same(middle):
            low = middle
        else:
            high = middle - 1
    return low
