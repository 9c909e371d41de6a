"""Tables that show themselves as text in a console and as HTML in a notebook; those of a group's terminals."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

__all__ = ["End", "Table", "ends_table", "states_table"]

DOTS = {
    "ok": "background:var(--jp-success-color1,#1a7f37)",
    "failed": "background:var(--jp-error-color1,#cf222e)",
    "running": "box-shadow:inset 0 0 0 2px var(--jp-brand-color1,#2563eb)",
}
"""The dot of a state, as widgets have it; the row says the same in words."""
DOT = '<span style="display:inline-block;width:8px;height:8px;border-radius:50%;margin-right:8px;{}"></span>'


class Table:
    """`columns` name the values of each row; `empty` is said where there are no rows.

    `states` has a state for each row, `ok`, `failed` or `running`, which a notebook shows as a dot.
    """

    def __init__(
        self, columns: Sequence[str], rows: Sequence[Sequence[object]], empty: str = "", *, states: Sequence[str] = ()
    ) -> None:
        self._dots = [DOT.format(DOTS[state]) for state in states] or [""] * len(rows)
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
            f'<tr><td style="text-align:left;white-space:nowrap">{dot}{escape(row[0])}</td>'
            + "".join(f'<td style="text-align:left">{escape(cell)}</td>' for cell in row[1:])
            + "</tr>"
            for dot, row in zip(self._dots, self._rows, strict=True)
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
