"""What a file is in a Y.Doc, and back: for each kind of file, how it is read, written, and merged.

What takes long, `encode` and `merge`, touches no document and may be done in a thread; what touches the document is
quick and is done in the loop.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from pycrdt import Doc, Text

from orchflow_jupyter.documents import text
from orchflow_jupyter.documents.conflicts import choose, settle
from orchflow_jupyter.documents.difference import diff
from orchflow_jupyter.documents.merge import Merge, merge
from orchflow_jupyter.documents.places import change, text_of

__all__ = ["Content", "TextContent", "content_for"]

SOURCE = "source"
"""The name of a text file's text, as jupyter_ydoc has it."""


class Content(Protocol):
    """One kind of file. What was peeked at is what `doc` says now, as a value that does not change."""

    format: str
    type: str

    def fill(self, doc: "Doc[Any]", data: bytes) -> None:
        """Put a file into an empty document. Raises `NotSupportedError` for what is none of this kind."""

    def peek(self, doc: "Doc[Any]") -> Any:
        """What the document says, once that is mended which clients may write and no file of this kind has."""

    def encode(self, peeked: Any, base: bytes) -> bytes:
        """The file of that, byte for byte as `base` where nothing was edited.

        Raises `InvalidRequestError` where the file's encoding cannot say it.
        """

    def merge(self, peeked: Any, base: bytes, data: bytes) -> Any:
        """What is to be done to the document because the file changed from `base` to `data`, for `apply`.

        Raises `NotSupportedError` for what is no file of this kind any more.
        """

    def apply(self, doc: "Doc[Any]", merged: Any) -> list[dict[str, Any]]:
        """Do it; the document says what it did when it was peeked at. The conflicts that are left."""

    def resolve(self, doc: "Doc[Any]", conflict: dict[str, Any], take: str) -> None:
        """Take `theirs`, or `both`, in a conflict."""

    def recall(self, about: Mapping[str, Any]) -> None:
        """What was known of the file when its journal was written: what `about` gave."""

    def about(self, data: bytes, *, ours: bool = False) -> dict[str, Any]:
        """`encoding`, `bom` and `line_end` of the file that is the base from now on.

        `ours`: `encode` made it, and it may look like something else. Raises `NotSupportedError` for what is none of
        this kind.
        """

    early: bool
    """Whether all that cannot be edited is known by `about`, and `beginning` by the bytes: `fill` can wait."""

    def beginning(self, said: "Doc[Any] | bytes", count: int) -> dict[str, Any]:
        """What is shown of the document, or of a file, before all of it has come: `head`, at most so many characters,
        empty where one cannot, and how many `lines` there are in all."""


class _Merged(NamedTuple):
    ours: str
    merge: Merge


class TextContent:
    """Text: the Y.Text `source`, whose lines end with "\\n" (`YFile` and `YUnicode` of jupyter_ydoc)."""

    format = "text"
    type = "file"
    early = True

    def __init__(self) -> None:
        self._base = b""
        self._coding: text.Coding | None = None
        """That of the base, as far as there was one."""

    def fill(self, doc: "Doc[Any]", data: bytes) -> None:
        """Put a file into an empty document. Raises `NotSupportedError` for what is no text."""
        read = self._decode(data)
        if read:
            doc.get(SOURCE, type=Text).insert(0, read)

    def peek(self, doc: "Doc[Any]") -> str:
        """The text. Its lines end with "\n": an editor takes "\r\n" for one character, and would be off by one."""
        source = doc.get(SOURCE, type=Text)
        written = text_of(source)
        if "\r" not in written:
            return written
        mended = written.replace("\r\n", "\n").replace("\r", "\n")
        with doc.transaction():
            change(source, written, diff(written, mended))
        return mended

    def encode(self, peeked: str, base: bytes) -> bytes:
        """The file of that text. Raises `InvalidRequestError`."""
        return text.encode(peeked, base, self._coding_of(base))

    def merge(self, peeked: str, base: bytes, data: bytes) -> _Merged:
        """The edits. Raises `NotSupportedError` where the file is no text any more."""
        return _Merged(peeked, merge(self._decode(base), peeked, text.decode(data)))

    def apply(self, doc: "Doc[Any]", merged: _Merged) -> list[dict[str, Any]]:
        """Make them, as one transaction."""
        source = doc.get(SOURCE, type=Text)
        return settle(doc, source, merged.ours, merged.merge)

    def resolve(self, doc: "Doc[Any]", conflict: dict[str, Any], take: str) -> None:
        """Take `theirs`, or `both`, ours first."""
        choose(doc, doc.get(SOURCE, type=Text), conflict, take)

    def recall(self, about: Mapping[str, Any]) -> None:
        """Its coding."""
        self._coding = text.as_told(about)

    def about(self, data: bytes, *, ours: bool = False) -> dict[str, Any]:
        """`encoding`, `bom` and `line_end`. Raises `NotSupportedError` for what is no text."""
        known = self._coding
        self._coding = text.coding_in(data, known) if ours and known else text.coding_of(data, known)
        self._base = data
        return text.told(self._coding)

    def beginning(self, said: "Doc[Any] | bytes", count: int) -> dict[str, Any]:
        """The first characters, and the lines of all."""
        whole = self._decode(said) if isinstance(said, bytes) else str(said.get(SOURCE, type=Text))
        return {"head": whole[:count], "lines": whole.count("\n") + 1}

    def _decode(self, data: bytes) -> str:
        return text.decode(data, self._coding_of(data))

    def _coding_of(self, data: bytes) -> text.Coding | None:
        """That of the base; None for other bytes, which are to be looked at."""
        return self._coding if data is self._base else None


def content_for(path: str) -> Content:
    """The kind of file that a path names."""
    if path.lower().endswith(".ipynb"):
        from orchflow_jupyter.documents.notebook import NotebookContent

        return NotebookContent()
    return TextContent()
