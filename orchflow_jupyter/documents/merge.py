"""What becomes of a text that two changed: what does not meet is merged, and of what does, both are kept. Pure."""

from typing import NamedTuple

from orchflow_jupyter.documents.difference import Edit, apply, diff

__all__ = ["Conflict", "Merge", "merge"]


class Conflict(NamedTuple):
    """A region that both changed, in different ways; from `start` to `end` in the merged text, where `ours` stands."""

    start: int
    end: int
    base: str
    ours: str
    theirs: str


class Merge(NamedTuple):
    """What makes our text the merged one, and what is left to be chosen."""

    edits: list[Edit]
    conflicts: list[Conflict]


def merge(base: str, ours: str, theirs: str) -> Merge:
    """What both made of `base`, as edits of `ours`. What both changed in different ways stays ours, and is told."""
    if theirs in (base, ours):
        return Merge([], [])
    if ours == base:
        return Merge(diff(base, theirs), [])
    mine, other = diff(base, ours), diff(base, theirs)
    edits: list[Edit] = []
    conflicts: list[Conflict] = []
    shift = 0  # from base to ours, after what lies before
    grown = 0  # from ours to what is merged
    for low, high, of_mine, of_other in _regions(base, mine, other):
        length = high - low + sum(len(one.text) - (one.end - one.start) for one in of_mine)
        if not of_mine:
            edits += (Edit(one.start + shift, one.end + shift, one.text) for one in of_other)
            grown += sum(len(one.text) - (one.end - one.start) for one in of_other)
        elif of_other:
            was = base[low:high]
            made, theirs_made = _made(was, low, of_mine), _made(was, low, of_other)
            if made != theirs_made:
                start = low + shift + grown
                conflicts.append(Conflict(start, start + length, was, made, theirs_made))
        shift += length - (high - low)
    return Merge(edits, conflicts)


class _Region(NamedTuple):
    """A stretch of the base, and the edits in it."""

    low: int
    high: int
    mine: list[Edit]
    other: list[Edit]


def _regions(base: str, mine: list[Edit], other: list[Edit]) -> list[_Region]:
    """All edits in order; those that meet together, with the whole lines in which they do where they differ."""
    regions: list[_Region] = []
    both = [(edit, 0) for edit in mine] + [(edit, 1) for edit in other]
    for edit, side in sorted(both, key=lambda one: one[0][:2]):
        if regions and _joins(base, regions[-1], edit, side):
            region = regions.pop()
            (region.mine, region.other)[side].append(edit)
            regions.append(_widened(base, region._replace(high=max(region.high, edit.end)), regions))
        else:
            regions.append(_Region(edit.start, edit.end, [edit][side:], [edit][:side]))
    return regions


def _joins(base: str, region: _Region, edit: Edit, side: int) -> bool:
    opposite = region.other if side == 0 else region.mine
    return edit.start < region.high or any(_meet(base, one, edit) for one in opposite)


def _meet(base: str, first: Edit, second: Edit) -> bool:
    """Whether two edits, `first` not behind, change the same: they overlap, or touch within a line."""
    if second.start != first.end:
        return second.start < first.end or first.start == second.start
    if first.start == first.end == second.start == second.end or not _begins(base, second.start):
        return True
    whole = first.text.endswith("\n") or (not first.text and _begins(base, first.start))
    return not whole


def _begins(base: str, at: int) -> bool:
    """Whether a line begins there."""
    return at == 0 or base[at - 1] == "\n"


def _widened(base: str, region: _Region, before: list[_Region]) -> _Region:
    """A region in which both differ takes whole lines, and with them what lies in these."""
    while region.mine and region.other:
        low, high, mine, other = region
        was = base[low:high]
        if _made(was, low, mine) == _made(was, low, other):
            break
        low = base.rfind("\n", 0, low) + 1
        if not _begins(base, high):
            high = (base.find("\n", high) + 1) or len(base)
        taken = []
        while before and before[-1].high > low:
            taken.append(before.pop())
        for one in taken:
            low, mine, other = min(low, one.low), one.mine + mine, one.other + other
        if (low, high) == region[:2]:
            break
        region = _Region(low, high, mine, other)
    return region


def _made(was: str, low: int, edits: list[Edit]) -> str:
    return apply(was, [Edit(start - low, end - low, text) for start, end, text in edits])
