"""What a text file may hold: what would be saved and never be opened again is refused when it is edited."""

from collections.abc import Mapping
from typing import Any

from orchflow_jupyter.client.document_text import Characters
from orchflow_jupyter.errors import InvalidRequestError, TooLargeError

__all__ = ["Limits"]

LIMIT = 64 * 1024 * 1024
"""Bytes, where nobody has said how many there may be."""
SMALL = 4096
"""Characters that may be put in without a look at how many there are; saving looks at all."""


class Limits:
    """Those of one document, as its engine told them. All methods raise `InvalidRequestError` and `TooLargeError`."""

    def __init__(self) -> None:
        self._limit = LIMIT
        self._notebook = False

    def told(self, model: Mapping[str, Any]) -> None:
        """The engine opened it."""
        self._limit = int(model.get("limit") or LIMIT)
        self._notebook = model.get("type") == "notebook"  # its JSON says everything

    def check_edit(self, text: Characters, start: int, end: int, inserted: str) -> None:
        """That may come in the place of the characters from `start` to `end`."""
        large = len(inserted) > SMALL
        self.check(inserted, len(text.text) - text.offset(end) + text.offset(start) if large else 0)

    def check(self, text: str, beside: int = 0) -> None:
        """That may be in it, beside so many other bytes."""
        if self._notebook:
            return
        if "\0" in text:
            raise InvalidRequestError("there is a NUL character in it, with which the file would be no text any more")
        if len(text) > SMALL and (size := beside + len(text.encode())) > self._limit:
            most = f"{self._limit} may be edited (OrchFlow.max_document)"
            raise TooLargeError(f"the text would have {size} bytes, of which {most}")
