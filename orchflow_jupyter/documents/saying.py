"""What every client is told of a document's file, in its shared map `state`; only what is new is written.

`save` says how the last save went, `file` what has become of the file; `conflicts` and `offers` wait for somebody to
choose.
"""

from typing import TYPE_CHECKING, Any

from orchflow_jupyter.errors import NotFoundError

if TYPE_CHECKING:
    from pycrdt import Doc, Map

__all__ = ["Saying"]


class Saying:
    """The map `state` of one document. Numbers in it come back as those with a fraction."""

    def __init__(self, doc: "Doc[Any]", state: "Map[Any]") -> None:
        self._doc = doc
        self._state = state

    @property
    def conflicts(self) -> list[dict[str, Any]]:
        """Those that nobody has chosen in."""
        return list(self._state.get("conflicts") or ())

    @property
    def offers(self) -> list[dict[str, Any]]:
        """Edits of another history that are neither taken nor dismissed."""
        return list(self._state.get("offers") or ())

    @property
    def saved_at(self) -> int | None:
        """When it was last saved, in ms; None where it never was."""
        at = (self._state.get("save") or {}).get("at")
        return None if at is None else int(at)

    def save(self, status: str, reason: str | None, at: int | None, *, dirty: bool) -> None:
        """How saving stands."""
        self._write({"dirty": dirty, "save": {"status": status, "reason": reason, "at": at}})

    def file(self, path: str, status: str, about: dict[str, Any]) -> None:
        """What has become of the file."""
        self._write({"path": path, "file": {"status": status, **about}})

    def add(self, kind: str, entries: list[dict[str, Any]]) -> int:
        """More conflicts or offers; how many of them are new."""
        there = list(self._state.get(kind) or ())
        fresh = [one for one in entries if not any(_alike(one, other) for other in there)]
        if fresh or kind not in self._state:
            self._write({kind: [*there, *fresh]})
        return len(fresh)

    def get(self, kind: str, number: str) -> dict[str, Any]:
        """One of them. Raises `NotFoundError`."""
        for one in self._state.get(kind) or ():
            if one.get("id") == number:
                return dict(one)
        raise NotFoundError(f"there is no {number!r} among the {kind} any more")

    def remove(self, kind: str, number: str) -> None:
        """One of them is done with."""
        self._write({kind: [one for one in self._state.get(kind) or () if one.get("id") != number]})

    def _write(self, values: dict[str, Any]) -> None:
        new = {name: value for name, value in values.items() if not _same(self._state.get(name), value)}
        if new:
            with self._doc.transaction():
                for name, value in new.items():
                    self._state[name] = value


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def _alike(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(one.get(name) == other.get(name) for name in ("base", "ours", "theirs", "text", "author"))
