"""A stretch of a window in which no directory moved that had been there before: a slot for each path; pure."""

from collections.abc import Iterator

from orchflow_jupyter.protocol.files import Event

__all__ = ["Segment"]

ABSENT, FILE, DIRECTORY = 0, 1, 2
NEVER = 0
SOME = 32


class _Node:
    """What is at a path now. `origin` is where it was when the segment began, None for what is new; `at` is when it
    came to its path, or was first modified."""

    __slots__ = ("at", "is_dir", "modified", "origin")

    def __init__(self, origin: str | None, is_dir: bool, at: int) -> None:
        self.origin = origin
        self.is_dir = is_dir
        self.modified = False
        self.at = at


class _Slot:
    """A path: what was there `before`, what is there now, and when that which was there before went."""

    __slots__ = ("before", "gone_at", "node")

    def __init__(self, before: int, node: _Node | None) -> None:
        self.before = before
        self.node = node
        self.gone_at = NEVER


class Segment:
    """Takes what happened, in order; `coalescing` says what it makes of it."""

    def __init__(self) -> None:
        self.slots: dict[str, _Slot] = {}
        self._below: dict[str, set[str]] = {}
        self._time = NEVER
        self._moves = False
        self._away: dict[str, tuple[str, _Node]] = {}
        self._verdicts: dict[str, bool] = {}
        self._found: list[tuple[int, int, Event]] | None = None

    # -- what happens

    def created(self, path: str, is_dir: bool) -> None:
        """`path` is new."""
        at = self._tick()
        slot = self.slots.get(path) or self._slot(path, _Slot(ABSENT, None))
        if slot.node is not None and slot.node.is_dir is is_dir:
            slot.node.modified = True  # reported twice
            return
        if slot.node is not None:
            self._vacate(path, slot, at)
        slot.node = _Node(None, is_dir, at)

    def modified(self, path: str, is_dir: bool) -> None:
        """Content or metadata changed."""
        at = self._tick()
        slot = self.slots.get(path) or self._existing(path, is_dir)
        node = slot.node
        if node is None:
            slot.node = _Node(None, is_dir, at)
        elif not node.modified:
            node.modified = True
            if node.origin == path:
                node.at = at

    def deleted(self, path: str, is_dir: bool) -> None:
        """`path` is gone."""
        at = self._tick()
        slot = self.slots.get(path) or self._existing(path, is_dir)
        self._vacate(path, slot, at)

    def moved(self, from_: str, path: str, replaced: bool) -> None:
        """The file `from_` is `path` now."""
        self._moves = True
        at = self._tick()
        source = self.slots.get(from_) or self._existing(from_, False)
        node = source.node or _Node(None, False, at)
        self._vacate(from_, source, at)
        target = self.slots.get(path)
        if target is None:
            target = self._existing(path, False) if replaced else self._slot(path, _Slot(ABSENT, None))
        if target.node is not None:
            self._vacate(path, target, at)
        node.at = at
        target.node = node

    def is_new(self, path: str) -> bool:
        """Whether there is a directory at `path` that was made in this segment."""
        slot = self.slots.get(path)
        return slot is not None and slot.node is not None and slot.node.is_dir and slot.node.origin is None

    def moved_new_directory(self, from_: str, path: str) -> None:
        """It is as if the directory, with all that came into it, had been made at `path` to begin with."""
        below = [(old, self.slots.pop(old)) for old in self._take_below(from_)]
        for _, slot in below:
            if slot.before and slot.node is not None:
                slot.node.origin = None  # it was never reported as new, and must be
        source = self.slots[from_]
        node, source.node = source.node, None
        target = self.slots.get(path) or self._slot(path, _Slot(ABSENT, None))
        moved = [(path, target, node)]
        for old, slot in below:
            if slot.node is not None:
                its_path = path + old[len(from_) :]
                moved.append((its_path, self._slot(its_path, _Slot(ABSENT, None)), slot.node))
        for _, slot, node in moved:
            slot.node = node
            if node is not None:
                node.at = self._tick()

    # -- what it comes to

    def steps(self) -> Iterator[None]:
        """Find the events, in steps."""
        for number, (path, slot) in enumerate(self.slots.items() if self._moves else ()):
            node = slot.node
            if node is not None and node.origin is not None and node.origin != path:
                self._away[node.origin] = (path, node)
            if number % SOME == 0:
                yield
        found: list[tuple[int, int, Event]] = []
        for number, (path, slot) in enumerate(self.slots.items()):
            self._event(path, slot, found)
            if number % SOME == 0:
                yield
        found.sort()
        self._found = found

    def events(self) -> Iterator[Event]:
        """What it comes to, in order."""
        if self._found is None:
            for _ in self.steps():
                pass
        return (event for _, _, event in self._found or ())

    def _event(self, path: str, slot: _Slot, found: list[tuple[int, int, Event]]) -> None:
        before, node = slot.before, slot.node
        if before == FILE and path in self._away and self._leaves(path):
            before = ABSENT
        if before and (node is None or before == DIRECTORY or node.is_dir) and slot.gone_at:
            found.append((slot.gone_at, 0, Event("deleted", path, before == DIRECTORY)))
            before = ABSENT
        if node is None:
            return
        if node.origin == path and before:
            if node.modified:
                found.append((node.at, 1, Event("modified", path, node.is_dir)))
        elif before:
            found.append((node.at, 1, Event("modified", path, node.is_dir)))
        elif node.origin is not None and node.origin in self._away and self._leaves(node.origin):
            found.append((node.at, 1, Event("moved", path, False, node.origin)))
            if node.modified:
                found.append((node.at, 2, Event("modified", path, False)))
        else:
            found.append((node.at, 1, Event("created", path, node.is_dir)))

    def _leaves(self, origin: str) -> bool:
        """Whether what was at `origin` is said to have moved: only where a replay finds it there at that time."""
        if origin not in self._verdicts:
            self._verdicts[origin] = False  # as far as those ask that move in a circle
            self._verdicts[origin] = self._can_leave(origin)
        return self._verdicts[origin]

    def _can_leave(self, origin: str) -> bool:
        path, node = self._away[origin]
        there = self.slots.get(origin)
        if there is not None and there.node is not None and there.node.at < node.at:
            return False
        parent = origin.rpartition("/")[0]
        while parent:
            above = self.slots.get(parent)
            if above is not None and above.before == DIRECTORY and NEVER < above.gone_at < node.at:
                return False
            parent = parent.rpartition("/")[0]
        target = self.slots[path]
        if target.before != FILE:
            return True
        return path in self._away and self._away[path][1].at < node.at and self._leaves(path)

    # -- within

    def _tick(self) -> int:
        self._time += 1
        return self._time

    def _existing(self, path: str, is_dir: bool) -> _Slot:
        return self._slot(path, _Slot(DIRECTORY if is_dir else FILE, _Node(path, is_dir, NEVER)))

    def _slot(self, path: str, slot: _Slot) -> _Slot:
        self.slots[path] = slot
        below = self._below
        while path:
            parent = path.rpartition("/")[0]
            if parent in below:
                below[parent].add(path)
                break
            below[parent] = {path}
            path = parent
        return slot

    def _vacate(self, path: str, slot: _Slot, at: int) -> None:
        if slot.node is not None and slot.node.is_dir:
            for below in self._take_below(path):
                self.slots.pop(below)
        slot.node = None
        slot.gone_at = slot.gone_at or at

    def _take_below(self, path: str) -> list[str]:
        """The paths below that have slots, parents first, no longer known to be there."""
        taken, todo = [], [path]
        while todo:
            here = sorted(self._below.pop(todo.pop(), ()))
            todo += here
            taken += here
        return sorted((one for one in taken if one in self.slots), key=lambda one: self._when(one))

    def _when(self, path: str) -> int:
        node = self.slots[path].node
        return node.at if node is not None else NEVER
