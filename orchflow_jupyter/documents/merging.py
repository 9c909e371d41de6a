"""Merging into a document that people go on editing: worked out in a thread, and done in one turn of the loop."""

import asyncio
from typing import TYPE_CHECKING, Any

from orchflow_jupyter.documents.content import Content
from orchflow_jupyter.documents.figures import Figures
from orchflow_jupyter.documents.saying import Saying

if TYPE_CHECKING:
    from pycrdt import Doc

__all__ = ["Merging"]

TRIES = 3
"""How often it is worked out in a thread while people type; then it is at once."""


class Merging:
    """Of one document. `edits` counts those of its members; whoever else edits waits for its turn."""

    def __init__(self, doc: "Doc[Any]", content: Content, saying: Saying, figures: Figures) -> None:
        self.edits = 0
        self._doc = doc
        self._content = content
        self._saying = saying
        self._figures = figures

    async def merge(self, base: bytes, data: bytes) -> None:
        """Make in the document what was changed from `base` to `data`, as one transaction; note what conflicts.

        Raises `NotSupportedError` where `data` is no file of this kind.
        """
        for _ in range(TRIES):
            edits = self.edits
            merged = await asyncio.to_thread(self._content.merge, self._content.peek(self._doc), base, data)
            if edits == self.edits:
                break
        else:
            merged = self._content.merge(self._content.peek(self._doc), base, data)
        with self._doc.transaction():
            conflicts = self._content.apply(self._doc, merged)
            if conflicts:
                self._figures.conflicts += self._saying.add("conflicts", conflicts)
