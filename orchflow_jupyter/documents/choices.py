"""What waits for somebody to choose: conflicts with what others did to the file, and edits that were recovered."""

import secrets
import time
from typing import TYPE_CHECKING, Any

from orchflow_jupyter.documents.content import Content
from orchflow_jupyter.documents.merging import Merging
from orchflow_jupyter.documents.saying import Saying
from orchflow_jupyter.errors import InvalidRequestError, TooLargeError, TooManyError
from orchflow_jupyter.settings import DocumentsSettings

if TYPE_CHECKING:
    from pycrdt import Doc

__all__ = ["Choices"]

MAX_OFFERS = 32


class Choices:
    """Those of one document."""

    def __init__(
        self, doc: "Doc[Any]", content: Content, saying: Saying, merging: Merging, settings: DocumentsSettings
    ) -> None:
        self._doc = doc
        self._content = content
        self._saying = saying
        self._merging = merging
        self._settings = settings

    def resolve(self, conflict: str, take: str) -> None:
        """Choose `ours`, `theirs` or `both`. Raises `NotFoundError`, `InvalidRequestError`."""
        known = self._saying.get("conflicts", conflict)
        if take not in ("ours", "theirs", "both"):
            raise InvalidRequestError(f"take must be ours, theirs or both, and {take!r} is none of them")
        with self._doc.transaction():
            if take != "ours":
                self._content.resolve(self._doc, known, take)
            self._saying.remove("conflicts", conflict)

    def offer(self, text: str, base: str, author: str) -> str:
        """Edits from `base` to `text` by `author`; their id, the same for who offers the same again.

        Raises `InvalidRequestError`, `TooLargeError`, `TooManyError`.
        """
        if max(len(text), len(base)) > self._settings.max_document:
            raise TooLargeError(f"what is offered may have {self._settings.max_document} characters")
        if _halved(text) or _halved(base):
            raise InvalidRequestError("what is offered has half a character in it")
        there = self._saying.offers
        for one in there:
            if (one["text"], one["base"], one["author"]) == (text, base, author):
                return str(one["id"])
        if len(there) >= MAX_OFFERS:
            raise TooManyError(f"{MAX_OFFERS} recovered edits wait already; take or dismiss some")
        number = secrets.token_hex(4)
        at = int(time.time() * 1000)
        self._saying.add("offers", [{"id": number, "at": at, "author": author, "text": text, "base": base}])
        return number

    async def take(self, offer: str) -> None:
        """Merge them. Raises `NotFoundError`, `NotSupportedError` where they are none of this kind of file."""
        known = self._saying.get("offers", offer)
        await self._merging.merge(known["base"].encode(), known["text"].encode())
        self._saying.remove("offers", offer)

    def dismiss(self, offer: str) -> None:
        """They are not wanted. Raises `NotFoundError`."""
        self._saying.get("offers", offer)
        self._saying.remove("offers", offer)


def _halved(text: str) -> bool:
    """Whether it has one half of a pair that only UTF-16 knows, which no file and no document can have."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False
