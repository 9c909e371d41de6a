"""A notebook's file: its JSON, what that says however it is written, and back with what did not change as it was.

What it says ("model") has every text as one string, as nbformat reads it: two files of one model are the same notebook.
Pure. Source: https://nbformat.readthedocs.io/en/latest/format_description.html.
"""

import itertools
import json
import re
from typing import Any

from orchflow_jupyter.documents import text
from orchflow_jupyter.documents.cells import alike, pair
from orchflow_jupyter.errors import NotSupportedError

__all__ = ["has_ids", "is_cell", "model_of", "parse", "render", "whole"]

PLACEHOLDERS: dict[str, Any] = {"language_info": {"name": ""}, "kernelspec": {"name": "", "display_name": ""}}
"""What stands in a document where the file says nothing, as jupyter_ydoc has it."""
_HALF = re.compile(r"\\u[dD][89a-fA-F]")
_INDENT = re.compile(r'\{\n([ \t]+)"')


def parse(data: bytes) -> dict[str, Any]:
    """The JSON of a notebook. Raises `NotSupportedError` for what is none of format 4."""
    try:
        written = text.decode(data)
        notebook = json.loads(written)
        if _HALF.search(written):
            json.dumps(notebook, ensure_ascii=False).encode()
    except (ValueError, RecursionError, NotSupportedError) as error:
        raise NotSupportedError(f"this is no notebook: {error}") from error
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells", []), list):
        raise NotSupportedError("this is no notebook: it has no list of cells")
    if notebook.get("nbformat") != 4:
        found = notebook.get("nbformat")
        raise NotSupportedError(f"notebooks of format 4 can be edited together, and this is of {found}")
    for number, cell in enumerate(notebook.setdefault("cells", [])):
        if not is_cell(cell):
            raise NotSupportedError(f"this is no notebook: its cell {number} is none")
    return notebook


def has_ids(notebook: dict[str, Any]) -> bool:
    """Whether cells of its format have ids (since 4.5)."""
    return (notebook["nbformat"], notebook.get("nbformat_minor", 0)) >= (4, 5)


def model_of(notebook: dict[str, Any]) -> dict[str, Any]:
    """What a notebook says, as a value of its own."""
    metadata = whole(notebook.get("metadata", {}))
    return {
        "nbformat": whole(notebook["nbformat"]),
        "nbformat_minor": whole(notebook.get("nbformat_minor", 0)),
        "metadata": {key: value for key, value in metadata.items() if PLACEHOLDERS.get(key) != value},
        "cells": _told_apart([_cell(cell, with_id=has_ids(notebook)) for cell in notebook["cells"]]),
    }


def render(model: dict[str, Any], base: bytes) -> bytes:
    """The file of a model: `base` where it is its model, and else as little different from it as can be."""
    written = parse(base)
    was = model_of(written)
    now = model_of(model)
    if alike(was, now):
        return base
    cells = []
    for cell, number in zip(now["cells"], pair(was["cells"], now["cells"]), strict=True):
        if number is None:
            cells.append(_sorted(_split(cell)))
        elif alike(cell, was["cells"][number]) and cell.get("id") in (None, written["cells"][number].get("id")):
            cells.append(written["cells"][number])
        else:
            cells.append(_edited(written["cells"][number], was["cells"][number], cell))
    made = written | {"cells": cells}
    if was["nbformat_minor"] != now["nbformat_minor"]:
        made["nbformat_minor"] = now["nbformat_minor"]
    if not alike(was["metadata"], now["metadata"]):
        made["metadata"] = _sorted(now["metadata"])
    return text.encode(_dumped(made, text.decode(base)), base)


def whole(value: Any) -> Any:
    """A copy, whose numbers without a fraction are whole ones: in a document, as in JavaScript, there is one kind."""
    if isinstance(value, dict):
        return {key: whole(one) for key, one in value.items()}
    if isinstance(value, list):
        return [whole(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def is_cell(cell: Any) -> bool:
    """Whether a value is a cell of a notebook, as far as what is done with it relies on that."""
    return (
        isinstance(cell, dict)
        and cell.get("cell_type") in ("code", "markdown", "raw")
        and isinstance(cell.get("source", ""), (str, list))
        and isinstance(cell.get("metadata", {}), dict)
        and isinstance(cell.get("outputs", []), list)
        and all(isinstance(output, dict) for output in cell.get("outputs", []))
    )


def _told_apart(cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The cells, each with an id that no other has: tools that copy cells leave several of one, and what is meant for
    the second would be done to the first. The same notebook gets the same ids each time."""
    known = {cell["id"] for cell in cells if isinstance(cell.get("id"), str)}
    seen: set[str] = set()
    for cell in cells:
        name = cell.get("id")
        if isinstance(name, str) and name in seen:
            names = (f"{name[:56]}-{number}" for number in itertools.count(2))
            cell["id"] = name = next(one for one in names if one not in known)
            known.add(name)
        if isinstance(name, str):
            seen.add(name)
    return cells


def _cell(cell: dict[str, Any], *, with_id: bool) -> dict[str, Any]:
    model: dict[str, Any] = whole({key: value for key, value in cell.items() if key != "execution_state"})
    if not with_id:
        model.pop("id", None)
    model["source"] = _joined(model.get("source", ""))
    model["metadata"] = {key: value for key, value in model.get("metadata", {}).items() if key != "trusted"}
    if cell["cell_type"] == "code":
        model.setdefault("execution_count", None)
        model["outputs"] = [_output(output) for output in model.get("outputs", [])]
    if "attachments" in model:
        model["attachments"] = {name: _bundle(one, _joined) for name, one in (model["attachments"] or {}).items()}
        if not model["attachments"]:
            del model["attachments"]
    return model


def _output(output: dict[str, Any]) -> dict[str, Any]:
    if output.get("output_type") == "stream":
        return output | {"text": _joined(output.get("text", ""))}
    return output | {"data": _bundle(output["data"], _joined)} if "data" in output else output


def _split(cell: dict[str, Any]) -> dict[str, Any]:
    """A cell as nbformat writes it: texts as lists of lines."""
    made = cell | {"source": _lines(cell["source"])}
    if "outputs" in cell:
        made["outputs"] = [
            output | {"text": _lines(output["text"])}
            if output.get("output_type") == "stream"
            else (output | {"data": _bundle(output["data"], _lines)} if "data" in output else output)
            for output in cell["outputs"]
        ]
    if "attachments" in cell:
        made["attachments"] = {name: _bundle(one, _lines) for name, one in cell["attachments"].items()}
    return made


def _edited(written: dict[str, Any], was: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    """A cell of the file with what is new in it; the rest is as it was written."""
    changed = {key: value for key, value in now.items() if key not in was or not alike(was[key], value)}
    if "id" in now:
        changed["id"] = now["id"]  # several may have been written with one
    new = _split(changed | {"source": now["source"]})
    if isinstance(written.get("source"), str):
        new["source"] = now["source"]
    elif was["source"] == now["source"]:
        new["source"] = written.get("source", [])
    kept = {key: value for key, value in written.items() if key in now or key not in was}
    made = kept | {key: _sorted(value) for key, value in new.items()}
    return dict(sorted(made.items())) if list(written) == sorted(written) else made


def _bundle(bundle: Any, how: Any) -> Any:
    """A bundle of MIME types, its texts joined or split; what is JSON is left alone."""
    if not isinstance(bundle, dict):
        return bundle
    return {
        kind: value if kind == "application/json" or kind.endswith("+json") else how(value)
        for kind, value in bundle.items()
    }


def _joined(value: Any) -> Any:
    return "".join(value) if isinstance(value, list) and all(isinstance(one, str) for one in value) else value


def _lines(value: Any) -> Any:
    return value.splitlines(keepends=True) if isinstance(value, str) else value


def _sorted(value: Any) -> Any:
    """As nbformat writes it, keys in order; in a document they are in none."""
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(one) for one in value] if isinstance(value, list) else value


def _dumped(notebook: dict[str, Any], like: str) -> str:
    """JSON in the style of another: its indent, its spaces, its escapes, and the end."""
    found = _INDENT.match(like.lstrip())
    indent: str | None = found[1] if found else None
    tight = indent is None and '": ' not in like
    return (
        json.dumps(
            notebook,
            indent=indent,
            ensure_ascii="\\u" in like and like.isascii(),
            separators=(",", ":") if tight else ((",", ": ") if indent else (", ", ": ")),
        )
        + like[len(like.rstrip()) :]
    )
