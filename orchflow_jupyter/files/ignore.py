"""What is not watched and not told of, as `.gitignore` says it (gitignore(5), by way of pathspec)."""

import re
from collections.abc import Iterable
from functools import lru_cache

from orchflow_jupyter.errors import InvalidRequestError

__all__ = ["DEFAULTS", "Ignore"]

DEFAULTS = (
    ".git/objects/",
    ".git/logs/",
    ".hg/store/",
    "node_modules/",
    "__pycache__/",
    ".ipynb_checkpoints/",
    ".mypy_cache/",
    ".pytest_cache/",
    ".ruff_cache/",
    "*.sw[a-px]",
    ".~*",
    ".#*",
    "4913",
    ".goutputstream-*",
)
"""Ignored unless a pattern of the subscriber's own takes it back, as `!node_modules/`."""
REMEMBERED = 4096


class Ignore:
    """The rules of one subscription: the defaults, then its own patterns, of which the last that matches decides.

    Raises `InvalidRequestError` for what is no pattern.
    """

    def __init__(self, patterns: Iterable[str] = ()) -> None:
        # Neighbours that say the same are one expression: a match for each pattern is what would cost time.
        self._groups = [
            (re.compile("|".join(f"(?:{part})" for part in parts)).search, include)
            for parts, include in reversed(_grouped((*DEFAULTS, *patterns)))
        ]
        self.matches = lru_cache(REMEMBERED)(self._matches)

    def _matches(self, path: str, is_dir: bool) -> bool:
        """Whether `path`, relative to the watched directory, is ignored; what is above it is not looked at."""
        subject = f"{path}/" if is_dir else path
        for search, include in self._groups:
            if search(subject):
                return include
        return False


def _grouped(patterns: Iterable[str]) -> list[tuple[list[str], bool]]:
    from pathspec import GitIgnoreSpec

    groups: list[tuple[list[str], bool]] = []
    for line in patterns:
        try:
            compiled = GitIgnoreSpec.from_lines([line]).patterns
        except ValueError as error:
            raise InvalidRequestError(f"ignore takes patterns as .gitignore does, and {line!r} is none") from error
        for pattern in compiled:
            include, regex = pattern.include, getattr(pattern, "regex", None)
            if include is None or regex is None:
                continue  # a comment, or an empty line
            source = re.sub(r"\(\?P<[^>]*>", "(?:", regex.pattern)
            if groups and groups[-1][1] is include:
                groups[-1][0].append(source)
            else:
                groups.append(([source], include))
    return groups
