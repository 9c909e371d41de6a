"""What every client is told of a document's file, in its shared map `state`; only what is new is written.

`save` says how the last save went, `file` what has become of the file; `conflicts` and `offers` wait for somebody to
choose. The engine alone writes it: what a client puts into it is written over when anything is next told.
"""

from typing import TYPE_CHECKING, Any

from orchflow_jupyter.errors import NotFoundError

if TYPE_CHECKING:
    from pycrdt import Doc, Map

__all__ = ["Saying"]


KINDS = {"path": str, "dirty": bool, "save": dict, "file": dict, "conflicts": list, "offers": list}


class Saying:
    """The map `state` of one document. Numbers in it come back as those with a fraction."""

    def __init__(self, doc: "Doc[Any]", state: "Map[Any]") -> None:
        self._doc = doc
        self._state = state
        self._told = _known(state.to_py() or {})

    @property
    def conflicts(self) -> list[dict[str, Any]]:
        """Those that nobody has chosen in."""
        return list(self._told.get("conflicts", ()))

    @property
    def offers(self) -> list[dict[str, Any]]:
        """Edits of another history that are neither taken nor dismissed."""
        return list(self._told.get("offers", ()))

    @property
    def about(self) -> dict[str, Any]:
        """What was last told of the file."""
        return dict(self._told.get("file", {}))

    @property
    def saved_at(self) -> int | None:
        """When it was last saved, in ms; None where it never was."""
        at = self._told.get("save", {}).get("at")
        return int(at) if isinstance(at, int | float) else None

    def save(self, status: str, reason: str | None, at: int | None, *, dirty: bool) -> None:
        """How saving stands."""
        self._write({"dirty": dirty, "save": {"status": status, "reason": reason, "at": at}})

    def file(self, path: str, status: str, about: dict[str, Any]) -> None:
        """What has become of the file."""
        self._write({"path": path, "file": {"status": status, **about}})

    def add(self, kind: str, entries: list[dict[str, Any]]) -> int:
        """More conflicts or offers; how many of them are new."""
        there = list(self._told.get(kind, ()))
        fresh = [one for one in entries if not any(_alike(one, other) for other in there)]
        if fresh or kind not in self._told:
            self._write({kind: [*there, *fresh]})
        return len(fresh)

    def get(self, kind: str, number: str) -> dict[str, Any]:
        """One of them. Raises `NotFoundError`."""
        for one in self._told.get(kind, ()):
            if one.get("id") == number:
                return dict(one)
        raise NotFoundError(f"there is no {number!r} among the {kind} any more")

    def remove(self, kind: str, number: str) -> None:
        """One of them is done with."""
        self._write({kind: [one for one in self._told.get(kind, ()) if one.get("id") != number]})

    def _write(self, values: dict[str, Any]) -> None:
        self._told |= values
        new = {name: value for name, value in self._told.items() if not _same(self._state.get(name), value)}
        if new:
            with self._doc.transaction():
                for name, value in new.items():
                    self._state[name] = value


def _known(state: dict[str, Any]) -> dict[str, Any]:
    """What an engine told that came back with its journal; what cannot be of an engine is left out."""
    known: dict[str, Any] = {}
    for name, kind in KINDS.items():
        value = state.get(name)
        if isinstance(value, kind):
            known[name] = value
    for name in ("conflicts", "offers"):
        if name in known:
            known[name] = [one for one in known[name] if isinstance(one, dict)]
    return known


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def _alike(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(one.get(name) == other.get(name) for name in ("base", "ours", "theirs", "text", "author"))
