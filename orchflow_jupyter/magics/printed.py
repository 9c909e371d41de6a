"""A command's output as it comes, printed as text: characters and line ends may come in two pieces."""

import codecs
from typing import Self

__all__ = ["Printed"]


class Printed:
    """Called with each piece; leaving the context prints what was held back."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._return = ""

    def __call__(self, data: bytes, *, last: bool = False) -> None:
        """Print the piece, but for what may go on in the next one."""
        text = self._return + self._decoder.decode(data, last)
        # A line feed may follow; alone it takes the line back to its beginning.
        self._return = "\r" if text.endswith("\r") and not last else ""
        print(text.removesuffix(self._return).replace("\r\n", "\n"), end="", flush=True)  # noqa: T201

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self(b"", last=True)
