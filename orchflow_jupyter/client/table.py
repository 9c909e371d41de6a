"""A table that shows itself as text in a console and as HTML in a notebook."""

from collections.abc import Sequence
from html import escape

__all__ = ["Table"]


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
