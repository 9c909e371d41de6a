"""The directories above a watched root: where one of them is renamed, the root has moved and says nothing itself."""

from collections.abc import Callable

from orchflow_jupyter.files.watcher.watches import Watches

__all__ = ["Above"]


class Above:
    """Watches what is above `root`, as far as it may be read.

    `moved` is called when one of them was renamed, or `root` deleted.
    """

    def __init__(self, watches: Watches, root: str, moved: Callable[[], None]) -> None:
        self._watches = watches
        self._root = root
        self._moved = moved
        self._held: list[int] = []

    def watch(self) -> None:
        """Begin; before the root itself is watched, so that nothing moves in between."""
        self.drop()
        path, is_parent = self._root, True
        while path != "/":
            above, _, name = path.rpartition("/")
            path = above or "/"
            wd = self._watches.add_above(path, name, self._moved, is_parent)
            if wd >= 0:
                self._held.append(wd)
            is_parent = False

    def drop(self) -> None:
        """Watch them no more."""
        for wd in self._held:
            self._watches.remove_above(wd, self._moved)
        self._held.clear()
