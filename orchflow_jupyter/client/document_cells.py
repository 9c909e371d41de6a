"""The cells of a notebook as a list, in jupyter_ydoc's shape: what is changed here, JupyterLab shows."""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, overload

from pycrdt import Array, Map, Text

from orchflow_jupyter.client.arguments import index_of
from orchflow_jupyter.client.document_core import Core
from orchflow_jupyter.client.document_editing import TextEditing
from orchflow_jupyter.client.document_people import plain_value
from orchflow_jupyter.client.document_text import plain
from orchflow_jupyter.errors import InvalidRequestError

__all__ = ["Cell", "Cells", "Source"]

TYPES = ("code", "markdown", "raw")


class Source(TextEditing):
    """The text of a cell, as that of a file; equal to a `str` that is the same."""

    def __init__(self, core: Core, cell: str) -> None:
        self._core = core
        self._cell = cell

    @property
    def cursor(self) -> int | tuple[int, int] | None:
        """Where others see one's cursor, if it is in this cell."""
        with self._core.lock:
            self._core.show()
            return self._core.where(self._cell)

    @cursor.setter
    def cursor(self, cursor: int | tuple[int, int] | None) -> None:
        with self._core.lock:
            self._core.point(self._cell, cursor)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return repr(self.text)

    def __len__(self) -> int:
        return len(self.text)

    def __contains__(self, part: str) -> bool:
        return part in self.text

    def __add__(self, other: "str | Source") -> str:
        return self.text + str(other)

    def __radd__(self, other: str) -> str:
        return other + self.text

    def __eq__(self, other: object) -> bool:
        return self.text == (other.text if isinstance(other, Source) else other)

    __hash__ = None  # type: ignore[assignment]


class Cell:
    """One cell, which stays the same wherever it is moved to. Raises `NotFoundError` once it was deleted."""

    def __init__(self, core: Core, id: str) -> None:  # noqa: A002 - as nbformat calls it
        self._core = core
        self.id = id

    @property
    def type(self) -> str:
        """`code`, `markdown` or `raw`."""
        return str(self._get("cell_type"))

    @property
    def source(self) -> Source:
        """What is in it. Setting it changes where it differs."""
        return Source(self._core, self.id)

    @source.setter
    def source(self, text: str | Source) -> None:
        Source(self._core, self.id).text = text.text if isinstance(text, Source) else text

    @property
    def outputs(self) -> list[dict[str, Any]]:
        """What a code cell has put out, as it is now."""
        return list(self._get("outputs") or [])

    @property
    def metadata(self) -> dict[str, Any]:
        """Its metadata, as they are now."""
        return dict(self._get("metadata") or {})

    def delete(self) -> None:
        """Take it out of the notebook."""
        with self._core.transaction():
            for index, cell in enumerate(self._core.cells()):
                if cell.get("id") == self.id:
                    del self._core.cells()[index]
                    break
            self._core.restructured()

    def _get(self, name: str) -> Any:
        with self._core.lock:
            return plain_value(self._core.cell(self.id).get(name))

    def __repr__(self) -> str:
        return f"<{self.type} cell {self.id}: {self.source.text[:60]!r}>"


class Cells(Sequence[Cell]):
    """All cells now, in order."""

    def __init__(self, core: Core) -> None:
        self._core = core

    @overload
    def __getitem__(self, index: int) -> Cell: ...
    @overload
    def __getitem__(self, index: slice) -> list[Cell]: ...
    def __getitem__(self, index: int | slice) -> Cell | list[Cell]:
        ids = self._ids()
        return Cell(self._core, ids[index]) if isinstance(index, int) else [Cell(self._core, one) for one in ids[index]]

    def __iter__(self) -> Iterator[Cell]:
        return iter([Cell(self._core, one) for one in self._ids()])

    def __len__(self) -> int:
        with self._core.lock:
            return len(self._core.cells())

    def __setitem__(self, index: int | slice, cell: Any) -> None:
        """Raises `InvalidRequestError`: a cell stays the same one, and its text is changed."""
        raise InvalidRequestError("a cell is not put in another's place: set cells[i].source, or insert and delete")

    def __delitem__(self, index: int | slice) -> None:
        chosen = self[index]
        with self._core.transaction():
            for cell in [chosen] if isinstance(chosen, Cell) else chosen:
                cell.delete()

    def insert(self, index: int, source: str = "", type: str = "code") -> Cell:  # noqa: A002 - as nbformat calls it
        """A new cell before the one that is at `index`; 0 to their number. Raises `IndexError`."""
        if type not in TYPES:
            raise InvalidRequestError(f"a cell is of {', '.join(TYPES)}, and not of {type!r}")
        text, name, index = plain(source), str(uuid.uuid4()), index_of("index", index)
        made: dict[str, Any] = {"id": name, "cell_type": type, "source": Text(text), "metadata": Map({})}
        if type == "code":
            made |= {"outputs": Array([]), "execution_count": None, "execution_state": "idle"}
        with self._core.transaction():
            count = len(self)
            if not 0 <= index <= count:
                raise IndexError(f"{index} is not within the notebook, which has {count} cells")
            self._core.cells().insert(index, Map(made))
            self._core.restructured()
        return Cell(self._core, name)

    def append(self, source: str = "", type: str = "code") -> Cell:  # noqa: A002 - as nbformat calls it
        """A new cell at the end."""
        with self._core.transaction():
            return self.insert(len(self), source, type)

    def extend(self, sources: Iterable[str]) -> None:
        """New code cells at the end, in one update."""
        with self._core.transaction():
            for source in sources:
                self.append(source)

    def _ids(self) -> list[str]:
        with self._core.lock:
            return [str(cell["id"]) for cell in self._core.cells()]

    def __repr__(self) -> str:
        return repr(list(self))
