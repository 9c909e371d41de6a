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
        self.path = parent.at(name) if parent is not None else name
        self.wd = -1
        self.names: dict[str, bool] = {}
        self.children: dict[str, Directory] = {}

    def at(self, name: str) -> str:
        """The path of an entry."""
        return f"{self.path}/{name}" if self.path else name

    def is_below(self, top: "Directory") -> bool:
        """Whether it is `top`, or still in place below it."""
        directory = self
        while directory.parent is not None:
            if directory.parent.children.get(directory.name) is not directory:
                return False
            directory = directory.parent
        return directory is top

    def move(self, parent: "Directory", name: str) -> None:
        """It is `name` in `parent` from now on, with all that is below it."""
        self.parent, self.name = parent, name
        parent.children[name] = self
        for directory in self.below():
            if directory.parent is not None:
                directory.path = directory.parent.at(directory.name)

    def cut(self) -> None:
        """It is nowhere any more, and its memory is free at once: nothing refers to it in a circle."""
        self.parent = None
        self.children = {}

    def below(self) -> Iterator["Directory"]:
        """It and all below it, parents first."""
        todo = [self]
        while todo:
            directory = todo.pop()
            yield directory
            todo += directory.children.values()
