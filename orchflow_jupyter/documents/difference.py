"""What changed between two texts, as small edits: by line, within lines by word, and then by character. Pure.

All indices are those of characters. The work is bounded: what would take too long is one larger edit.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from orchflow_jupyter.documents.ends import same_ends
from orchflow_jupyter.documents.sequences import Budget, matches

__all__ = ["Edit", "apply", "diff"]

WORDS = 20_000
"""Characters of lines that differ, above which they are not compared by words."""
ALIKE = 0.4
"""The part of the characters of lines that differ which has to be the same for them to be compared by words: what
was written anew has some words in common with everything, and is not to be mixed with it."""
_WORD = re.compile(r"\w+|\s+|.", re.DOTALL)


class Edit(NamedTuple):
    """`text` takes the place of what is from `start` to `end`."""

    start: int
    end: int
    text: str


def apply(text: str, edits: Iterable[Edit]) -> str:
    """The text after edits, which are in order and do not overlap."""
    parts, at = [], 0
    for start, end, new in edits:
        parts += [text[at:start], new]
        at = end
    return "".join([*parts, text[at:]])


def diff(old: str, new: str) -> list[Edit]:
    """Small edits that make `new` of `old`, in order; no two touch."""
    if old == new:
        return []
    before, after = same_ends(old, new)
    # whole lines, so that a line is compared with a line
    before = old.rfind("\n", 0, before) + 1
    behind = old.find("\n", len(old) - after)
    after = 0 if behind < 0 else min(after, len(old) - behind - 1)
    lines = _lines(old, before, len(old) - after)
    others = _lines(new, before, len(new) - after)
    edits: list[Edit] = []
    budget = Budget()
    at = before
    i = j = 0
    for i_end, j_end, size in (*matches(lines, others, budget), (len(lines), len(others), 0)):
        was, now = "".join(lines[i:i_end]), "".join(others[j:j_end])
        edits += (Edit(at + start, at + end, text) for start, end, text in _within(was, now, budget))
        at += len(was) + sum(map(len, lines[i_end : i_end + size]))
        i, j = i_end + size, j_end + size
    return _joined(edits, old)


def _lines(text: str, start: int, end: int) -> list[str]:
    """The lines of a part, each with its end."""
    *lines, last = text[start:end].split("\n")
    whole = [line + "\n" for line in lines]
    return [*whole, last] if last else whole


def _within(old: str, new: str, budget: Budget) -> Iterator[Edit]:
    """What differs in lines that do, by words and then by characters."""
    if old == new:
        return
    if old and new and len(old) + len(new) <= WORDS and budget.spend(len(old) + len(new)):
        words, others = _WORD.findall(old), _WORD.findall(new)
        found = list(matches(words, others, budget))
        same = sum(len(word) for i, _, size in found for word in words[i : i + size] if not word.isspace())
        solid = min(sum(not c.isspace() for c in old), sum(not c.isspace() for c in new))
        if same >= ALIKE * solid:
            at = i = j = 0
            for i_end, j_end, size in (*found, (len(words), len(others), 0)):
                was, now = "".join(words[i:i_end]), "".join(others[j:j_end])
                if was != now:
                    yield _cut(at, was, now)
                at += len(was) + sum(map(len, words[i_end : i_end + size]))
                i, j = i_end + size, j_end + size
            return
    yield _cut(0, old, new)


def _cut(at: int, old: str, new: str) -> Edit:
    """One edit, without what is the same at its ends."""
    before, after = same_ends(old, new)
    return Edit(at + before, at + len(old) - after, new[before : len(new) - after])


def _joined(edits: list[Edit], old: str) -> list[Edit]:
    """Edits that touch as one."""
    joined: list[Edit] = []
    for edit in edits:
        if joined and joined[-1].end == edit.start:
            last = joined.pop()
            edit = Edit(last.start, edit.end, last.text + edit.text)
        if old[edit.start : edit.end] != edit.text:
            joined.append(edit)
    return joined
