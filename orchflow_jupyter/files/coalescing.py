"""Coalescing, pure: what was reported within a window becomes the fewest events that tell the truth.

    create, delete                nothing
    create, modify                create
    modify, modify                modify
    modify, delete                delete
    delete, create                modify; delete and create where the type changed, or for directories
    rename a→b                    moved; create a, a→b: create b; a→b→c: moved a→c
    rename over an existing b     modify b, delete a; so a save by way of a temporary file is one modify of b
    delete a directory            one delete; earlier events below it go, later ones stay

What is left is in the order in which it happened. Replaying it on the tree as it was gives the tree as it is, where
`created` and `modified` mean to read the path anew. Files that moved so that no order of moves would say it (two that
changed places) are said to be modified. A directory that existed before and moves is a line that nothing is coalesced
across: all paths below it mean something else from then on.
"""

from collections.abc import Iterator

from orchflow_jupyter.files.segment import Segment
from orchflow_jupyter.protocol.files import Event

__all__ = ["Window"]


class Window:
    """Takes what happened, in order, and gives the events that say the same. Paths are relative; "" is the root."""

    def __init__(self) -> None:
        self._done: list[Event] = []
        self._segment = Segment()
        self.count = 0
        """How much was taken."""
        self.only_modified = True
        """Whether nothing but modified files was taken."""

    def created(self, path: str, is_dir: bool) -> None:
        """`path` is new."""
        self._take(False)
        self._segment.created(path, is_dir)

    def modified(self, path: str, is_dir: bool) -> None:
        """The content or the metadata of `path` changed."""
        self._take(not is_dir)
        self._segment.modified(path, is_dir)

    def deleted(self, path: str, is_dir: bool) -> None:
        """`path` is gone, and all that was below it."""
        self._take(False)
        self._segment.deleted(path, is_dir)

    def moved(self, from_: str, path: str, is_dir: bool, replaced: bool = False) -> None:
        """`from_` is `path` now; `replaced` says that something was at `path`, a file or an empty directory."""
        self._take(False)
        segment = self._segment
        if not is_dir:
            segment.moved(from_, path, replaced)
            return
        if replaced:
            segment.deleted(path, True)
        if segment.is_new(from_):
            segment.moved_new_directory(from_, path)
            return
        again, old = self._close_segment(f"{from_}/"), len(from_)
        last = self._done[-1] if self._done else None
        if last is not None and last.kind == "moved" and last.is_dir and last.path == from_ and last.from_ is not None:
            self._done.pop()
            from_ = last.from_
        if from_ != path:
            self._done.append(Event("moved", path, True, from_))
        for event in again:
            self._segment.modified(path + event.path[old:], event.is_dir)

    def steps(self) -> Iterator[None]:
        """Most of the work of `events`, for who has something else to do in between."""
        return self._segment.steps()

    def events(self) -> list[Event]:
        """What it comes to. The window takes nothing more afterwards."""
        self._close_segment("/")
        return self._done

    def _take(self, only_modified: bool) -> None:
        self.count += 1
        self.only_modified = self.only_modified and only_modified

    def _close_segment(self, prefix: str) -> list[Event]:
        """What is new below `prefix`, which is about to move: it cannot be read there, and is told of afterwards."""
        again = []
        if self._segment.slots:
            for event in self._segment.events():
                moves = event.path.startswith(prefix)
                if moves and event.kind in ("created", "modified") and not (event.kind == "created" and event.is_dir):
                    again.append(event)
                if not (moves and event.kind == "modified"):
                    self._done.append(event)
            self._segment = Segment()
        return again
