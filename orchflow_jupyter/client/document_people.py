"""What a document says beside its text: who is where, how saving goes, what is in conflict."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, overload

from orchflow_jupyter.client.document_core import Core
from orchflow_jupyter.client.document_places import resolve
from orchflow_jupyter.errors import NotFoundError

__all__ = ["Conflict", "Conflicts", "Cursor", "Offer", "conflicts", "cursors", "offers", "plain_value", "status"]

Resolving = Callable[..., Any]


@dataclass(frozen=True)
class Cursor:
    """Somebody else who has the document open. Lines and columns begin with 0, as indices do."""

    name: str
    color: str
    index: int | None
    """The character before which the cursor is; None where no cursor is shown."""
    line: int | None
    column: int | None
    anchor: int | None
    """Where the selection began; `index` where nothing is selected."""
    cell: str | None
    """The cell's identifier, in a notebook."""
    client: int


@dataclass(frozen=True)
class Conflict:
    """A place that was changed in the file and in the document; the document has `ours` until somebody chooses."""

    id: str
    base: str
    ours: str
    theirs: str
    """What the file had."""
    start: int | None
    end: int | None
    """Where `ours` is now, by characters."""
    at: float
    """When it came about, in seconds since the epoch."""
    _resolve: Resolving = field(repr=False, compare=False)

    def resolve(self, take: str) -> Any:
        """Take `ours`, `theirs` or `both`."""
        return self._resolve("resolve", conflict=self.id, take=take)


@dataclass(frozen=True)
class Offer:
    """A text that was edited on another history of the file, and could not be merged by itself."""

    id: str
    author: str
    text: str
    base: str
    at: float
    _resolve: Resolving = field(repr=False, compare=False)

    def take(self) -> Any:
        """Merge it into the document."""
        return self._resolve("take", offer=self.id)

    def dismiss(self) -> Any:
        """Forget it."""
        return self._resolve("dismiss", offer=self.id)


class Conflicts(Sequence[Conflict]):
    """All of them now; `resolve(id, take)` ends one."""

    def __init__(self, conflicts: list[Conflict]) -> None:
        self._conflicts = conflicts

    def resolve(self, id: str, take: str) -> Any:  # noqa: A002 - as in the protocol
        """Take `ours`, `theirs` or `both` for the conflict with that identifier. Raises `NotFoundError`."""
        for conflict in self._conflicts:
            if conflict.id == id:
                return conflict.resolve(take)
        raise NotFoundError(f"there is no conflict {id!r}")

    @overload
    def __getitem__(self, index: int) -> Conflict: ...
    @overload
    def __getitem__(self, index: slice) -> list[Conflict]: ...
    def __getitem__(self, index: int | slice) -> Conflict | list[Conflict]:
        return self._conflicts[index]

    def __len__(self) -> int:
        return len(self._conflicts)

    def __repr__(self) -> str:
        return repr(self._conflicts)


def status(core: Core) -> tuple[str, str | None]:
    """`saved`, `unsaved`, `saving`, `failed`, `waiting` or `offline`, and why where there is a reason."""
    state = core.state
    if not state.connected:
        return "offline", core.life.over or "there is no connection to the engine"
    save = plain_value(state.told.get("save")) or {}
    said = str(save.get("status", "saved"))
    if said == "saved" and (state.told.get("dirty") or not state.clean):
        said = "unsaved"
    if not state.ours and state.foreign.behind:
        said = "unsaved"
    return said, save.get("reason")


def cursors(core: Core) -> list[Cursor]:
    """Everybody else, by name."""
    found = []
    for client, shown in core.faces.others().items():
        user = shown.get("user")
        user = user if isinstance(user, dict) else {}
        where = shown.get("cursor")
        where = where if isinstance(where, dict) else {}
        cell, anchor, index, line, column = where.get("cell"), None, None, None, None
        try:
            characters = core.characters(cell) if cell or not core.notebook else None
        except NotFoundError:
            characters = None
        if characters is not None and where:
            index, anchor = resolve(characters, where.get("head")), resolve(characters, where.get("anchor"))
        if characters is not None and index is not None:
            before = characters.value[:index]
            line, column = before.count("\n"), index - (before.rfind("\n") + 1)
        name, color = str(user.get("name", "")), str(user.get("color", ""))
        found.append(Cursor(name, color, index, line, column, anchor, cell, client))
    return sorted(found, key=lambda cursor: (cursor.name, cursor.client))


def conflicts(core: Core, resolving: Resolving) -> Conflicts:
    """Those of now."""
    found = []
    for said in plain_value(core.state.told.get("conflicts")) or []:
        cell = said.get("cell")
        start = end = None
        if cell or not core.notebook:
            characters = core.characters(cell)
            start, end = resolve(characters, said.get("start")), resolve(characters, said.get("end"))
        name, base, ours, theirs = (str(said[name]) for name in ("id", "base", "ours", "theirs"))
        found.append(Conflict(name, base, ours, theirs, start, end, float(said.get("at", 0)) / 1000, resolving))
    return Conflicts(found)


def offers(core: Core, resolving: Resolving) -> list[Offer]:
    """Those of now."""
    found = []
    for said in plain_value(core.state.told.get("offers")) or []:
        name, author, text, base = (str(said.get(name, "")) for name in ("id", "author", "text", "base"))
        found.append(Offer(name, author, text, base, float(said.get("at", 0)) / 1000, resolving))
    return found


def plain_value(value: Any) -> Any:
    """Plain Python of what may be a shared type."""
    return value.to_py() if hasattr(value, "to_py") else value
