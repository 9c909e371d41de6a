"""What is waited for in a terminal's output: which of several patterns comes first, in what has come and what comes."""

import re
from collections.abc import Iterable, Sequence
from typing import cast

from orchflow_jupyter.client.attachment import KEEP
from orchflow_jupyter.errors import InvalidRequestError

__all__ = ["Expected", "Pattern"]

Pattern = str | bytes | re.Pattern[bytes]


class Expected:
    """Some patterns, and the output that was not taken for one of them yet: the newest 2 MiB.

    Text and bytes stand for themselves. Raises `InvalidRequestError` for what is no list of patterns of bytes.
    """

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        if isinstance(patterns, str | bytes | re.Pattern):
            raise InvalidRequestError(f"patterns are to be a list, and {patterns!r} is one pattern: [{patterns!r}]")
        if not isinstance(cast("object", patterns), Iterable) or not (patterns := [*patterns]):
            raise InvalidRequestError(f"patterns are to be a list of one or more, and not {patterns!r}")
        for pattern in patterns:
            if not isinstance(cast("object", pattern), str | bytes | re.Pattern):
                raise InvalidRequestError(f"a pattern is a str, bytes, or re.compile(rb'…'), and not {pattern!r}")
            if isinstance(pattern, re.Pattern) and isinstance(cast("object", pattern.pattern), str):
                raise InvalidRequestError(f"output is bytes, and {pattern.pattern!r} is of text: re.compile(rb'…')")
        self._patterns = [
            # How far back a match may begin in what was looked through; an expression's may begin anywhere.
            (p, None) if isinstance(p, re.Pattern) else (re.compile(re.escape(word)), max(1, len(word)))
            for p, word in ((p, p.encode() if isinstance(p, str) else cast("bytes", p)) for p in patterns)
        ]
        self._looked = 0
        self.found = bytearray()

    def feed(self, data: bytes) -> None:
        """Output came."""
        self.found += data
        if (excess := len(self.found) - KEEP) > 0:
            del self.found[:excess]
            self._looked = max(0, self._looked - excess)

    def match(self) -> tuple[int, re.Match[bytes]] | None:
        """Which pattern matches first, and the match; what lies behind it is left."""
        found, looked, self._looked = self.found, self._looked, len(self.found)
        hits = []
        for at, (pattern, length) in enumerate(self._patterns):
            if (hit := pattern.search(found, 0 if length is None else max(0, looked - length + 1))) is not None:
                hits.append((hit.start(), at))
        if not hits:
            return None
        start, at = min(hits)
        match = self._patterns[at][0].search(bytes(found), start)  # of bytes that stay as they are
        assert match is not None  # noqa: S101 - it was found just now
        del found[: match.end()]
        return at, match
