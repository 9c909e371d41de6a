"""The cells of a notebook that two changed: which is which, what is merged, and what is left to choose. Pure.

Cells are told by their ids, or, in formats without, by what they say and where they stand. What two changed in one
cell is merged by field, its source as text.
"""

import json
from typing import Any, NamedTuple

from orchflow_jupyter.documents.difference import apply
from orchflow_jupyter.documents.merge import Merge, merge
from orchflow_jupyter.documents.sequences import matches

__all__ = ["Clash", "Plan", "alike", "pair", "plan"]

Cell = dict[str, Any]


def alike(one: Any, other: Any) -> bool:
    """Whether two values of JSON are the same, of which to Python `true` is 1, too."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(alike(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(alike, one, other))
    return isinstance(one, bool) is isinstance(other, bool) and (one is other or bool(one == other))


class Clash(NamedTuple):
    """What both changed in another way than by text: a field of cell number `cell` of ours, `cell` for all of it."""

    cell: int | None
    field: str
    base: str
    ours: str
    theirs: str


class Plan(NamedTuple):
    """What makes our cells the merged ones."""

    fields: list[tuple[int, str, Any]]
    """New values in cells of ours; None: the field goes."""
    sources: list[tuple[int, Merge]]
    order: list["int | Cell"]
    """The cells to come: a number of ours, which come in order, or a new one."""
    clashes: list[Clash]


def pair(old: list[Cell], new: list[Cell]) -> list[int | None]:
    """For each of the new cells, which of the old ones it is."""
    if all("id" in cell for cell in (*old, *new)):
        places: dict[str, int] = {}
        for number, cell in enumerate(old):
            places.setdefault(cell["id"], number)
        return [places.pop(cell["id"], None) for cell in new]
    found: list[int | None] = [None] * len(new)
    before, after = ([(cell["cell_type"], cell["source"]) for cell in cells] for cells in (old, new))
    i = j = 0
    for i_end, j_end, size in (*matches(before, after), (len(old), len(new), 0)):
        for a, b in zip(range(i, i_end), range(j, j_end), strict=False):
            if old[a]["cell_type"] == new[b]["cell_type"]:
                found[b] = a
        for step in range(size):
            found[j_end + step] = i_end + step
        i, j = i_end + size, j_end + size
    return found


def plan(base: list[Cell], ours: list[Cell], theirs: list[Cell]) -> Plan:
    """What is to be done to our cells because others made `theirs` of `base`."""
    made = Plan([], [], [], [])
    to_ours = {was: mine for mine, was in enumerate(pair(base, ours)) if was is not None}
    of_base = pair(base, theirs)
    known = set(to_ours.values())
    by_id = {cell["id"]: number for number, cell in enumerate(ours) if "id" in cell and number not in known}
    """Cells of ours that the base has not: theirs may have got them, too, from a save that was cut short."""
    anew: dict[int, Cell] = {}
    """Cells of theirs that are to be made, by their numbers."""
    gone = set(to_ours) - {number for number in of_base if number is not None}
    moved = _moved(of_base)
    places: dict[int, int] = {}
    """For each of theirs that we have, its number in ours."""
    dropped: set[int] = set()
    for number, cell in enumerate(theirs):
        was = of_base[number]
        mine = by_id.get(cell.get("id")) if was is None else to_ours.get(was)
        if mine is None:
            if was is None or not alike(cell, base[was]):
                anew[number] = cell
            continue
        places[number] = mine
        before = _blank(cell) if was is None else base[was]
        same = _merged(made, before, mine, ours[mine], cell)
        if same is not None and (number in moved or same["cell_type"] != ours[mine]["cell_type"]):
            anew[number] = same
            dropped.add(mine)
    for was in sorted(gone):
        mine = to_ours[was]
        if alike(_said(ours[mine]), _said(base[was])):
            dropped.add(mine)
        else:
            made.clashes.append(Clash(mine, "cell", base[was]["source"], ours[mine]["source"], ""))
    order: list[int | Cell] = [number for number in range(len(ours)) if number not in dropped]
    at = 0
    for number in range(len(theirs)):
        if number in anew:
            order.insert(at, anew[number])
            at += 1
        elif number in places:
            at = order.index(places[number]) + 1
    made.order.extend(order)
    kept = [index for index in made.order if isinstance(index, int)]
    made.fields[:] = [one for one in made.fields if one[0] in kept]
    made.sources[:] = [one for one in made.sources if one[0] in kept]
    return made


def _merged(made: Plan, base: Cell, number: int, ours: Cell, theirs: Cell) -> Cell | None:
    """Merge one cell into the plan; what it is then, or None where something in it is left to choose."""
    if len({cell["cell_type"] for cell in (base, ours, theirs)}) > 1:
        if alike(_said(theirs), _said(base)) or alike(_said(theirs), _said(ours)):
            return ours
        if alike(_said(ours), _said(base)):
            return theirs
        made.clashes.append(Clash(number, "cell_type", *(json.dumps(one) for one in (base, ours, theirs))))
        return None
    if theirs.get("id") not in (None, ours.get("id")):  # the format has got ids
        made.fields.append((number, "id", theirs["id"]))
    clear = True
    now = dict(ours)
    for key in sorted((base.keys() | theirs.keys()) - {"id", "source", "cell_type"}):
        was, mine, other = base.get(key), ours.get(key), theirs.get(key)
        if alike(other, was) or alike(other, mine):
            continue
        if alike(mine, was):
            made.fields.append((number, key, other))
            now[key] = other
        else:
            made.clashes.append(Clash(number, key, *(json.dumps(one) for one in (was, mine, other))))
            clear = False
    merged = merge(base["source"], ours["source"], theirs["source"])
    if merged.edits or merged.conflicts:
        made.sources.append((number, merged))
        now["source"] = apply(ours["source"], merged.edits)
    return now if clear and not merged.conflicts else None


def _blank(cell: Cell) -> Cell:
    """What such a cell was before anything was in it."""
    return {"cell_type": cell["cell_type"], "source": ""}


def _said(cell: Cell) -> Cell:
    return {key: value for key, value in cell.items() if key != "id"}


def _moved(places: list[int | None]) -> set[int]:
    """Which of theirs another order has moved: those that are not in the longest run in order."""
    known = [(number, place) for number, place in enumerate(places) if place is not None]
    ascending = [place for _, place in known]
    kept = {place for i, _, size in matches(sorted(ascending), ascending) for place in sorted(ascending)[i : i + size]}
    return {number for number, place in known if place not in kept}
