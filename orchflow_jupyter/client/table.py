"""Tables that show themselves as text in a console and as HTML in a notebook; those of a group's terminals."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

__all__ = ["End", "Table", "ends_table", "states_table"]


class Table:
    """`columns` name the values of each row; `empty` is said where there are no rows."""

    def __init__(self, columns: Sequence[str], rows: Sequence[Sequence[object]], empty: str = "") -> None:
        self._columns = list(columns)
        self._rows = [["" if value is None else str(value) for value in row] for row in rows]
        self._empty = empty

    def __repr__(self) -> str:
        if not self._rows:
            return self._empty
        lines = [self._columns, *self._rows]
        widths = [max(len(line[i]) for line in lines) for i in range(len(self._columns))]
        return "\n".join(
            "  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip() for line in lines
        )

    def _repr_html_(self) -> str:
        if not self._rows:
            return f"<p>{escape(self._empty)}</p>"
        head = "".join(f'<th style="text-align:left">{escape(name)}</th>' for name in self._columns)
        body = "".join(
            "<tr>" + "".join(f'<td style="text-align:left">{escape(cell)}</td>' for cell in row) + "</tr>"
            for row in self._rows
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


End = tuple[dict[str, Any], dict[str, Any] | None]
"""A terminal's model, and how its program ended, `{"code", "signal"}`; None where the engine holds it no more."""


def ends_table(models: Sequence[Mapping[str, Any]], ends: Sequence[End]) -> Table:
    """How each of a group has ended."""
    how = {model["id"]: end or {"signal": "not held any more"} for model, end in ends}
    rows = [[m["name"], how[m["id"]].get("code"), how[m["id"]].get("signal")] for m in models]
    return Table(["name", "exit code", "signal"], rows, "An empty group.")


def states_table(models: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]) -> Table:
    """How each of a group is, by its model of `now`."""
    held = {model["id"]: model for model in now}
    rows = []
    for model in models:
        current = held.get(model["id"])
        how = (current or {}).get("exit") or {}
        rows.append([model["name"], current["state"] if current else "closed", how.get("code"), how.get("signal")])
    return Table(["name", "state", "exit code", "signal"], rows, "An empty group.")
