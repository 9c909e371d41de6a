"""A directory of a watched tree, and the names in it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orchflow_jupyter.files.watcher.tree import Tree

__all__ = ["Directory"]


class Directory:
    """A directory that is watched; `names` says of each entry whether it is a directory."""

    __slots__ = ("children", "name", "names", "parent", "path", "tree", "wd")

    def __init__(self, tree: "Tree", parent: "Directory | None", name: str) -> None:
        self.tree = tree
        self.parent = parent
        self.name = name
        self.path: str = f"{parent.path}/{name}" if parent is not None and parent.path else name
        self.wd = -1
        self.names: dict[str, bool] = {}
        self.children: dict[str, Directory] = {}

    def below(self) -> Iterator["Directory"]:
        """It and all below it, parents first."""
        todo = [self]
        while todo:
            directory = todo.pop()
            yield directory
            todo += directory.children.values()
