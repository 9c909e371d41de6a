"""A merge in a text of a document: its edits are made, and its conflicts noted until somebody chooses in them."""

import secrets
import time
from typing import Any

from pycrdt import Doc, Text

from orchflow_jupyter.documents.difference import Edit, diff
from orchflow_jupyter.documents.merge import Merge
from orchflow_jupyter.documents.places import change, follow, region, to_bytes
from orchflow_jupyter.errors import InvalidRequestError

__all__ = ["choose", "entry", "settle"]


def settle(doc: "Doc[Any]", source: Text, ours: str, merged: Merge) -> list[dict[str, Any]]:
    """Edit a text, which is `ours` now, as was merged; the conflicts, which follow it from here on."""
    with doc.transaction():
        change(source, ours, merged.edits)
        places = to_bytes(str(source), [place for one in merged.conflicts for place in (one.start, one.end)])
        found = []
        for number, one in enumerate(merged.conflicts):
            start, end = follow(source, *places[2 * number : 2 * number + 2])
            found.append(entry(one.base, one.ours, one.theirs) | {"start": start, "end": end})
        return found


def entry(base: str, ours: str, theirs: str) -> dict[str, Any]:
    """A conflict as `state` has it."""
    number = secrets.token_hex(4)
    at = int(time.time() * 1000)
    return {"id": number, "at": at, "base": base, "ours": ours, "theirs": theirs, "start": None, "end": None}


def choose(doc: "Doc[Any]", source: Text, conflict: dict[str, Any], take: str) -> None:
    """Put `theirs` in the place of what stands in a conflict's region, or behind it where `take` is both."""
    start, end = region(source, conflict["start"], conflict["end"])
    written = str(source)
    data = written.encode()
    before, there = data[:start].decode(), data[start:end].decode()
    theirs = conflict["theirs"]
    if take == "theirs":
        edits = diff(there, theirs)
    elif take == "both":
        seam = "\n" if there and theirs and not there.endswith("\n") else ""
        edits = [Edit(len(there), len(there), seam + theirs)]
    else:
        raise InvalidRequestError(f"take must be ours, theirs or both, and {take!r} is none of them")
    at = len(before)
    with doc.transaction():
        change(source, written, [Edit(at + one.start, at + one.end, one.text) for one in edits])
