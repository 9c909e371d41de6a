"""Rooms by their names and by their files: one for a file, however many open it."""

import os
import secrets
from collections.abc import Mapping
from typing import Any

from pycrdt import Text

from orchflow_jupyter.documents.figures import Figures
from orchflow_jupyter.documents.room import Room
from orchflow_jupyter.errors import InvalidRequestError, NotAllowedError, NotFoundError
from orchflow_jupyter.settings import DocumentsSettings

__all__ = ["Rooms"]


class Rooms:
    """All documents below `root` that are open."""

    def __init__(self, root: str, settings: DocumentsSettings, figures: Figures) -> None:
        self._root = root
        self._settings = settings
        self._figures = figures
        self._rooms: dict[str, Room] = {}
        self._by_path: dict[str, Room] = {}

    @property
    def holding(self) -> bool:
        """Whether anybody edits, or anything is unsaved."""
        return any(room.members for room in self._rooms.values())

    async def open(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """The room of `path`, made where there is none; what a client needs to join it.

        Raises `InvalidRequestError`, `NotFoundError`, `NotAllowedError` outside the root.
        """
        absolute = self._inside(parameters.get("path"))
        room = self._by_path.get(absolute) or self._make(absolute)
        return {"path": room.path, "room": room.name, "format": "text", "type": "file", "writable": True}

    def get(self, name: str) -> Room:
        """The room of that name. Raises `NotFoundError`: its document has been closed, or has another history now."""
        room = self._rooms.get(name)
        if room is None:
            raise NotFoundError("there is no such document any more: open its path again")
        return room

    # -- within

    def _inside(self, path: Any) -> str:
        if not isinstance(path, str) or not path or "\0" in path:
            raise InvalidRequestError(f"path must be that of a file, and {path!r} cannot be one")
        absolute = os.path.realpath(os.path.join(self._root, path))
        if os.path.commonpath((absolute, self._root)) != self._root:
            raise NotAllowedError(f"{path!r} is not below the root directory")
        if not os.path.isfile(absolute):
            raise NotFoundError(f"there is no file {path!r}")
        return absolute

    def _make(self, absolute: str) -> Room:
        room = Room(secrets.token_hex(8), os.path.relpath(absolute, self._root), self._settings, self._figures)
        with open(absolute, encoding="utf-8") as file:
            room.doc.get("source", type=Text).insert(0, file.read())
        room.state["path"] = room.path
        self._rooms[room.name] = self._by_path[absolute] = room
        return room
