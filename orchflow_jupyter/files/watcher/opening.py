"""Which way a directory is watched: told by the system, or polled where the system does not tell."""

import sys
from typing import TYPE_CHECKING

from orchflow_jupyter.files.ignore import Ignore
from orchflow_jupyter.files.watcher.polling import PolledTree, is_remote
from orchflow_jupyter.files.watcher.told import Told
from orchflow_jupyter.settings import FilesSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from orchflow_jupyter.files.watcher.directory import Directory
    from orchflow_jupyter.files.watcher.inotify import Inotify

__all__ = ["open_tree"]

MENDED_BY = "sudo sysctl fs.inotify.max_user_watches=1048576"


def open_tree(
    native: "Callable[[], Inotify]",
    root: str,
    told: Told,
    settings: FilesSettings,
    *,
    recursive: bool,
    ignore: Ignore,
    only: str | None,
) -> "tuple[_Mixed | PolledTree, str]":
    """A tree that is about to stand, and its mode: native or polling."""
    polled = PolledTree(
        root, told, recursive=recursive, ignored=ignore.matches, only=only, pause=settings.poll, tops=("",)
    )
    if settings.polling or sys.platform != "linux" or is_remote(root):
        polled.start()
        return polled, "polling"
    try:
        inotify = native()
    except OSError as error:  # fs.inotify.max_user_instances
        told.lost("limit", "", f"the system does not tell of changes, and they are looked for: {error}")
        polled.start()
        return polled, "polling"
    return _Mixed(inotify, root, told, settings, recursive, ignore, only), "native"


class _Mixed:
    """A tree that the system tells of, and, of what it has no watches left for, one that is looked at."""

    def __init__(
        self,
        inotify: "Inotify",
        root: str,
        told: Told,
        settings: FilesSettings,
        recursive: bool,
        ignore: Ignore,
        only: str | None,
    ) -> None:
        from orchflow_jupyter.files.watcher.tree import Tree

        self.root = root
        self._told = told
        self._polled = PolledTree(
            root, told, recursive=recursive, ignored=ignore.matches, only=only, pause=settings.poll, tops=()
        )
        self._polled.standing = True
        self._tree = Tree(
            inotify,
            root,
            told,
            recursive=recursive,
            ignored=ignore.matches,
            only=only,
            unwatched=self._unwatched,
        )
        self._tree.start()

    @property
    def gone(self) -> bool:
        """Whether the root is no longer where it was."""
        return self._tree.gone

    @property
    def standing(self) -> bool:
        """Whether it was looked at from top to bottom."""
        return self._tree.standing

    @property
    def in_place(self) -> bool:
        """Whether the root's path still leads to what is watched."""
        return self._tree.in_place

    def rebuild(self, reason: str, message: str) -> None:
        """Look anew, and tell `reason` when that is done."""
        self._polled.clear()
        self._tree.rebuild(reason, message)

    def stop(self) -> None:
        """Watch nothing more."""
        self._tree.stop()
        self._polled.stop()

    def _unwatched(self, directory: "Directory") -> None:
        path = directory.path
        message = f"no watches are left for {path or 'it'}, which is looked at now and then instead; {MENDED_BY}"
        self._told.lost("limit", path, message)
        self._polled.add(path)
