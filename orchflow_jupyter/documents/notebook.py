"""Notebooks: jupyter_ydoc's `YNotebook`, merged cell by cell. Loaded, with jupyter_ydoc, when the first is opened."""

import json
import logging
from collections.abc import Mapping
from typing import Any, NamedTuple

from jupyter_ydoc import YNotebook
from pycrdt import Array, Doc, Map, Text

from orchflow_jupyter.documents import text
from orchflow_jupyter.documents.cells import Clash, Plan, alike, plan
from orchflow_jupyter.documents.conflicts import choose, entry, settle
from orchflow_jupyter.documents.ipynb import PLACEHOLDERS, is_cell, model_of, parse, render, whole
from orchflow_jupyter.errors import InvalidRequestError

__all__ = ["NotebookContent"]

log = logging.getLogger(__name__)


class _Merged(NamedTuple):
    ours: list[dict[str, Any]]
    plan: Plan
    meta: dict[str, Any]
    """What is to be set beside the cells: `metadata`'s keys (None: it goes), and `nbformat_minor`."""
    clashes: list[Clash]
    minor: int


class NotebookContent:
    """A notebook: the shared `meta` and `cells`."""

    format = "json"
    type = "notebook"
    early = False

    def __init__(self) -> None:
        self._maker = YNotebook()

    def fill(self, doc: "Doc[Any]", data: bytes) -> None:
        """Put a file into an empty document. Raises `NotSupportedError` for what is no notebook of format 4."""
        model = model_of(parse(data))
        meta, cells = _meta(doc), _cells(doc)
        with doc.transaction():
            meta["nbformat"] = float(model["nbformat"])
            meta["nbformat_minor"] = float(model["nbformat_minor"])
            meta["metadata"] = Map(PLACEHOLDERS | model["metadata"])
            cells.extend([self._maker.create_ycell(cell) for cell in model["cells"]])

    def peek(self, doc: "Doc[Any]") -> dict[str, Any]:
        """What the notebook says, ids and all. What lies among its cells and is none is taken out."""
        found: dict[str, Any] = whole(_meta(doc).to_py())
        cells = _cells(doc)
        said = [whole(cell.to_py()) if isinstance(cell, Map) else cell for cell in cells]
        if wrong := [number for number, cell in enumerate(said) if not is_cell(cell)]:
            with doc.transaction():
                for number in reversed(wrong):
                    log.warning("a client wrote %r among a notebook's cells", said.pop(number))
                    del cells[number]
        found["cells"] = said
        return found

    def encode(self, peeked: dict[str, Any], base: bytes) -> bytes:
        """The file of that."""
        return render(peeked, base)

    def merge(self, peeked: dict[str, Any], base: bytes, data: bytes) -> _Merged:
        """What is to be done to each cell. Raises `NotSupportedError` where the file is no notebook any more."""
        was, new = model_of(parse(base)), model_of(parse(data))
        ours = model_of(peeked)
        cells = ours["cells"]
        found = plan(was["cells"], cells, new["cells"])
        meta: dict[str, Any] = {}
        clashes: list[Clash] = []
        for key in sorted(was["metadata"].keys() | new["metadata"].keys()):
            before, mine, other = (one["metadata"].get(key) for one in (was, ours, new))
            if alike(other, before) or alike(other, mine):
                continue
            if alike(mine, before):
                meta[key] = other
            else:
                clashes.append(Clash(None, key, *(json.dumps(one) for one in (before, mine, other))))
        return _Merged(cells, found, meta, clashes, new["nbformat_minor"])

    def apply(self, doc: "Doc[Any]", merged: _Merged) -> list[dict[str, Any]]:
        """Do it, as one transaction."""
        cells = _cells(doc)
        conflicts: list[dict[str, Any]] = []
        with doc.transaction():
            self._set_meta(doc, merged)
            for number, key, value in merged.plan.fields:
                _set(cells[number], key, value)
            for number, one in merged.plan.sources:
                cell = cells[number]
                found = settle(doc, cell["source"], merged.ours[number]["source"], one)
                conflicts += [conflict | {"cell": cell["id"], "field": "source"} for conflict in found]
            for clash in (*merged.plan.clashes, *merged.clashes):
                about = {"cell": None if clash.cell is None else cells[clash.cell]["id"], "field": clash.field}
                conflicts.append(entry(clash.base, clash.ours, clash.theirs) | about)
            kept = {one for one in merged.plan.order if isinstance(one, int)}
            for number in range(len(merged.ours) - 1, -1, -1):
                if number not in kept:
                    del cells[number]
            for place, made in enumerate(merged.plan.order):
                if not isinstance(made, int):
                    cells.insert(place, self._maker.create_ycell(made))
        return conflicts

    def resolve(self, doc: "Doc[Any]", conflict: dict[str, Any], take: str) -> None:
        """Take `theirs`, or `both` where that is possible. A cell that is gone by now comes back as a new one."""
        number, field, theirs = conflict.get("cell"), conflict.get("field"), conflict["theirs"]
        if number is None:
            _set(_meta(doc)["metadata"], str(field), json.loads(theirs))
            return
        cells = _cells(doc)
        index = next((index for index, cell in enumerate(cells) if cell.get("id") == number), None)
        if index is None:
            if field == "source":
                cells.append(self._maker.create_ycell({"cell_type": "code", "metadata": {}, "source": theirs}))
        elif field == "source":
            choose(doc, cells[index]["source"], conflict, take)
        elif take == "both":
            raise InvalidRequestError("of this there can be only one: take ours or theirs")
        elif field == "cell":
            del cells[index]
        elif field == "cell_type":
            cells[index] = self._maker.create_ycell(json.loads(theirs))
        else:
            _set(cells[index], str(field), json.loads(theirs))

    def recall(self, about: Mapping[str, Any]) -> None:
        """A notebook's bytes say it all."""

    def about(self, data: bytes, *, ours: bool = False) -> dict[str, Any]:
        """`encoding`, `bom` and `line_end`. Raises `NotSupportedError` for what is no notebook."""
        parse(data)
        return text.told(text.coding_of(data))

    def beginning(self, said: "Doc[Any] | bytes", count: int) -> dict[str, Any]:
        """Nothing: a notebook is no text."""
        return {"head": "", "lines": 0}

    def _set_meta(self, doc: "Doc[Any]", merged: _Merged) -> None:
        meta = _meta(doc)
        minor = float(merged.minor)
        if minor != meta.get("nbformat_minor"):
            meta["nbformat_minor"] = minor
        for key, value in merged.meta.items():
            _set(meta["metadata"], key, PLACEHOLDERS.get(key) if value is None else value)


def _meta(doc: "Doc[Any]") -> "Map[Any]":
    meta: Map[Any] = doc.get("meta", type=Map)
    return meta


def _cells(doc: "Doc[Any]") -> "Array[Any]":
    cells: Array[Any] = doc.get("cells", type=Array)
    return cells


def _set(place: "Map[Any]", key: str, value: Any) -> None:
    """A field of a cell, or of the metadata, in the shape that jupyter_ydoc gives it."""
    if value is None and key != "execution_count":
        if key in place:
            del place[key]
    elif key == "outputs":
        outputs = place.get("outputs")
        if not isinstance(outputs, Array):
            place["outputs"] = outputs = Array()
        outputs.clear()
        outputs.extend([_output(one) for one in value])
    elif key == "metadata":
        known = place.get("metadata")
        if not isinstance(known, Map):
            place["metadata"] = Map(value)
            return
        for name in (known.to_py() or {}).keys() - value.keys():
            del known[name]
        known.update(value)
    else:
        place[key] = value


def _output(output: dict[str, Any]) -> "Map[Any]":
    return Map(output | {"text": Text(output["text"])} if output.get("output_type") == "stream" else output)
