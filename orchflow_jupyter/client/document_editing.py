"""What one does with a document's text, whatever it is the text of; indices are characters.

Line ends within a document are line feeds: others that are given become those, and in the file they are what they were.
"""

from orchflow_jupyter.client.arguments import index_of
from orchflow_jupyter.client.document_core import Core
from orchflow_jupyter.client.document_text import between, plain
from orchflow_jupyter.errors import InvalidRequestError, NotFoundError

__all__ = ["TextEditing"]


class TextEditing:
    """The text of a file, or of a cell of a notebook. Each call is one update, unless an `edit()` gathers several."""

    _core: Core
    _cell: str | None

    def _check(self) -> None:
        """Raises `InvalidRequestError` where there is no such text."""

    @property
    def text(self) -> str:
        """The text of now. Setting it changes where it differs, so that what others type elsewhere stays."""
        self._check()
        with self._core.lock:
            return self._core.characters(self._cell).value

    @text.setter
    def text(self, text: str) -> None:
        text = plain(text)
        self._core.limits.check(text)
        with self._core.transaction():
            for start, deleted, inserted in between(self.text, text):
                self._core.splice(self._cell, start, start + deleted, inserted)

    def insert(self, index: int, text: str) -> None:
        """Put `text` before the character `index`. Raises `IndexError`."""
        self._check()
        index = index_of("index", index)
        self._core.splice(self._cell, index, index, plain(text))

    def delete(self, start: int, end: int) -> None:
        """Remove the characters from `start` up to `end`. Raises `IndexError`."""
        self._check()
        self._core.splice(self._cell, index_of("start", start), index_of("end", end), "")

    def replace(self, old: str, new: str, count: int = -1) -> int:
        """Put `new` in the place of `old`: everywhere, or the first `count` times; how often that was.

        Raises `NotFoundError` where `old` is not there.
        """
        old, new, count = plain(old), plain(new), index_of("count", count)
        if not old:
            raise InvalidRequestError("what is to be replaced must not be empty")
        with self._core.transaction():
            text, found, at = self.text, list[int](), 0
            while len(found) != count and (at := text.find(old, at)) >= 0:
                found.append(at)
                at += len(old)
            if not found and count:
                raise NotFoundError(f"{old if len(old) < 80 else old[:79] + '…'!r} is not in the text")
            for place in reversed(found):
                for start, deleted, inserted in between(old, new):
                    self._core.splice(self._cell, place + start, place + start + deleted, inserted)
        return len(found)
