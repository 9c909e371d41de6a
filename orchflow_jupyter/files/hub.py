"""The hub: rooms by what clients ask for, one for all who ask for the same, and each kept for who comes back."""

import asyncio
import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from orchflow_jupyter.errors import InvalidRequestError, NotAllowedError, NotFoundError, TooManyError
from orchflow_jupyter.files.figures import Figures
from orchflow_jupyter.settings import FilesSettings

if TYPE_CHECKING:
    from orchflow_jupyter.files.listener import Listener
    from orchflow_jupyter.files.room import Room
    from orchflow_jupyter.files.watcher.inotify import Inotify
    from orchflow_jupyter.protocol.files import Resync
    from orchflow_jupyter.release import Release

__all__ = ["Hub", "Wish"]

MAX_PATTERNS = 256
MAX_PATTERN = 1024
EACH = 500
"""Bytes of a watched directory, roughly, without the names in it."""


class Wish(NamedTuple):
    """What a client asks for; clients that ask for the same share a room."""

    path: str
    recursive: bool
    ignore: tuple[str, ...]
    hidden: bool
    is_dir: bool = True


class Hub:
    """Rooms below `root`; `boot` names this life of the engine. Nothing is loaded before the first room is opened."""

    def __init__(self, root: str, boot: str, settings: FilesSettings) -> None:
        self._root = root
        self._boot = boot
        self._settings = settings
        self._rooms: dict[Wish, Room] = {}
        self._inotify: Inotify | None = None
        self._release: Release | None = None
        self._sweep: asyncio.TimerHandle | None = None
        self.figures = Figures()

    @property
    def watching(self) -> bool:
        """Whether anybody listens."""
        return any(room.listeners for room in self._rooms.values())

    def as_json(self) -> dict[str, Any]:
        """What is watched, for whom, and what was counted."""
        rooms = self._rooms.values()
        return {
            "rooms": len(rooms),
            "polling": sum(room.mode == "polling" for room in rooms),
            "listeners": sum(len(room.listeners) for room in rooms),
            "watches": len(self._inotify.watches) if self._inotify else 0,
            "held": sum(room.ring.size for room in rooms),
            **self.figures.as_json(),
        }

    def listen(self, parameters: Mapping[str, Any], woken: Callable[[], None]) -> "Listener":
        """Listen as `parameters` say: `path`, `recursive`, `since`, `ignore`, `hidden`.

        Raises `InvalidRequestError`, `NotFoundError`, `NotAllowedError` for a path outside the root, `TooManyError`.
        """
        wish, since = _checked(parameters)
        absolute = self._inside(wish.path)
        path = os.path.relpath(absolute, self._root) if absolute != self._root else ""
        wish = wish._replace(path=path, is_dir=os.path.isdir(absolute))
        if not wish.hidden and any(part.startswith(".") for part in wish.path.split("/")):
            raise NotFoundError(f"there is no {wish.path!r} (hidden files are not served: allow_hidden)")
        room = self._rooms.get(wish) or self._open(wish, absolute)
        number, resync = self._number(room, since)
        return room.listen(woken, number, resync)

    def leave(self, listener: "Listener") -> None:
        """Listen no more; the room is kept for a while, for who comes back."""
        listener.room.leave(listener)
        self._sweep_later()

    def close(self) -> None:
        """Watch nothing more."""
        if self._sweep:
            self._sweep.cancel()
        for room in self._rooms.values():
            room.close()
        self._rooms.clear()
        if self._inotify:
            self._inotify.close()

    # -- within

    def _inside(self, path: str) -> str:
        try:
            absolute = os.path.realpath(os.path.join(self._root, path))
        except ValueError as error:
            raise InvalidRequestError(f"path cannot be one: {error}") from error
        if absolute != self._root and os.path.commonpath((absolute, self._root)) != self._root:
            raise NotAllowedError(f"{path!r} is not below the root directory")
        if not os.path.exists(absolute):
            raise NotFoundError(f"there is no {path!r}")
        return absolute

    def _open(self, wish: Wish, absolute: str) -> "Room":
        from orchflow_jupyter.files.ignore import Ignore
        from orchflow_jupyter.files.room import Room
        from orchflow_jupyter.files.watcher.opening import open_tree
        from orchflow_jupyter.release import Release

        if len(self._rooms) >= self._settings.max_rooms:
            raise TooManyError(f"{len(self._rooms)} directories are watched, and more may not be")
        if self._release is None:
            self._release = Release(asyncio.get_running_loop())
        ignore = Ignore(wish.ignore)
        only = None
        if not wish.is_dir:
            absolute, only = os.path.split(absolute)
        base = os.path.relpath(absolute, self._root) if absolute != self._root else ""
        clock = f"{self._boot}:{os.urandom(4).hex()}"
        room = Room(wish.path, base, clock, self._settings, self.figures, hidden=wish.hidden)
        room.tree, room.mode = open_tree(
            self._native, absolute, room, self._settings, recursive=wish.recursive, ignore=ignore, only=only
        )
        self._rooms[wish] = room
        return room

    def _native(self) -> "Inotify":
        if self._inotify is None:
            from orchflow_jupyter.files.watcher.inotify import Inotify

            self._inotify = Inotify(self._settings.move_wait)
        return self._inotify

    def _number(self, room: "Room", since: str | None) -> tuple[int | None, "Resync | None"]:
        """The number that a clock says, or why it says none."""
        from orchflow_jupyter.protocol.files import Resync

        if since is None:
            return None, None
        boot, _, number = since.rpartition(":")
        if boot.partition(":")[0] != self._boot:
            return None, Resync("restart", room.path, "the engine has been started anew since")
        if boot != room.clock(0).rpartition(":")[0] or not number.isdecimal():
            return None, Resync("too_old", room.path, "what happened since is no longer held")
        return int(number), None

    def _size(self) -> int:
        """Bytes of all that is watched and held, roughly."""
        watches = len(self._inotify.watches) if self._inotify else 0
        return EACH * watches + sum(room.ring.size for room in self._rooms.values())

    def _sweep_later(self) -> None:
        if self._sweep is None:
            self._sweep = asyncio.get_running_loop().call_later(self._settings.keep + 0.01, self._sweep_now)

    def _sweep_now(self) -> None:
        self._sweep = None
        before = asyncio.get_running_loop().time() - self._settings.keep
        size = self._size()
        for wish, room in tuple(self._rooms.items()):
            if not room.listeners and room.emptied_at <= before:
                room.close()
                del self._rooms[wish]
        if self._release:
            self._release.later(size - self._size(), closed=True)
        if any(not room.listeners for room in self._rooms.values()):
            self._sweep_later()


def _checked(parameters: Mapping[str, Any]) -> tuple[Wish, str | None]:
    known = ("path", "recursive", "since", "ignore", "hidden")
    unknown = sorted(parameters.keys() - set(known))
    if unknown:
        raise InvalidRequestError(f"no such parameter: {', '.join(unknown)}; there are {', '.join(known)}")
    path, since, ignore = parameters.get("path", ""), parameters.get("since"), parameters.get("ignore", ())
    if not isinstance(path, str) or "\0" in path:
        raise InvalidRequestError(f"path must be text, and {path!r} cannot be one")
    if since is not None and not isinstance(since, str):
        raise InvalidRequestError(f"since must be a clock, and {since!r} is none")
    if not isinstance(ignore, (list, tuple)) or not all(
        isinstance(one, str) and 0 < len(one) <= MAX_PATTERN for one in ignore
    ):
        raise InvalidRequestError(f"ignore must be a list of patterns of 1 to {MAX_PATTERN} characters")
    if len(ignore) > MAX_PATTERNS:
        raise InvalidRequestError(f"ignore may have {MAX_PATTERNS} patterns, and these are {len(ignore)}")
    flags = []
    for name in ("recursive", "hidden"):
        value = parameters.get(name, True)
        if not isinstance(value, bool):
            raise InvalidRequestError(f"{name} must be true or false, and {value!r} is neither")
        flags.append(value)
    return Wish(path, flags[0], tuple(ignore), flags[1]), since
