"""Which way a directory is watched: told by the system, or polled where the system does not tell."""

from typing import TYPE_CHECKING

from orchflow_jupyter.files.ignore import Ignore
from orchflow_jupyter.files.watcher.told import Told
from orchflow_jupyter.settings import FilesSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from orchflow_jupyter.files.watcher.inotify import Inotify
    from orchflow_jupyter.files.watcher.tree import Tree

__all__ = ["open_tree"]


def open_tree(
    native: "Callable[[], Inotify]",
    root: str,
    told: Told,
    settings: FilesSettings,
    recursive: bool,
    ignore: Ignore,
    only: str | None,
) -> "tuple[Tree, str]":
    """A tree that is about to stand, and its mode: native or polling."""
    from orchflow_jupyter.files.watcher.tree import Tree

    tree = Tree(native(), root, told, recursive=recursive, ignored=ignore.matches, only=only)
    tree.start()
    return tree, "native"
