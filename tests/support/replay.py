"""A tree in memory: carries out what programs do, says what is reported of it, and replays events."""

import itertools
import os

__all__ = ["Tree"]

UNREAD = object()
_contents = itertools.count(1)


class Tree:
    """Paths to contents: a number for a file, None for a directory."""

    def __init__(self, entries=None):
        self.entries = dict(entries or {})

    @classmethod
    def of(cls, folder):
        """The tree that is on the disk below `folder`."""
        entries = {}
        for where, folders, files in os.walk(folder):
            for name in folders + files:
                path = os.path.join(where, name)
                entries[os.path.relpath(path, folder)] = _content(path)
        return cls(entries)

    def copy(self):
        return Tree(self.entries)

    def carry_out(self, operation, path, other):
        """Do it where that can be done; what is reported, as arguments of a window."""
        return getattr(self, f"_{operation}", lambda *_: [])(path, other)

    def read(self, now):
        """Read what is new, where it is now."""
        for path, content in self.entries.items():
            if content is UNREAD:
                self.entries[path] = now.entries.get(path, UNREAD)

    def replay(self, event, now=None):
        """One event on this copy; what it names is read anew in `now`, the tree as it is, or later by `read`."""
        path = event.path
        if event.kind == "deleted":
            assert self.entries.get(path, 0) is None or not event.is_dir
            assert path in self.entries, event
            self._remove(path)
        elif event.kind == "moved":
            assert event.from_ in self.entries, event
            self._rename(event.from_, path)
        else:
            assert self._has_parent(path), event
            if event.kind == "modified":
                assert path in self.entries, event
            else:
                assert path not in self.entries, event
            content = now.entries.get(path, UNREAD) if now else UNREAD
            self.entries[path] = None if event.is_dir else content

    def _file(self, path, _):
        if path in self.entries or not self._has_parent(path):
            return []
        self.entries[path] = next(_contents)
        return [("created", path, False), ("modified", path, False)]

    def _directory(self, path, _):
        if path in self.entries or not self._has_parent(path):
            return []
        self.entries[path] = None
        return [("created", path, True)]

    def _write(self, path, _):
        if self.entries.get(path) is None:
            return []
        self.entries[path] = next(_contents)
        return [("modified", path, False)]

    def _delete(self, path, _):
        """As `rm -r` does it: what is below goes first."""
        if path not in self.entries:
            return []
        gone = sorted((p for p in self.entries if p == path or p.startswith(f"{path}/")), key=len, reverse=True)
        reported = [("deleted", p, self.entries[p] is None) for p in gone]
        self._remove(path)
        return reported

    def _move(self, path, other):
        """As rename(2) does it."""
        if (
            path not in self.entries
            or path == other
            or not self._has_parent(other)
            or f"{other}/".startswith(f"{path}/")
        ):
            return []
        is_dir = self.entries[path] is None
        replaced = other in self.entries
        if replaced and (
            (self.entries[other] is None) is not is_dir or any(p.startswith(f"{other}/") for p in self.entries)
        ):
            return []
        self._rename(path, other)
        return [("moved", other, is_dir, path, replaced)]

    def _rename(self, path, other):
        for p in [p for p in self.entries if p == path or p.startswith(f"{path}/")]:
            self.entries[other + p[len(path) :]] = self.entries.pop(p)

    def _remove(self, path):
        for p in [p for p in self.entries if p == path or p.startswith(f"{path}/")]:
            del self.entries[p]

    def _has_parent(self, path):
        parent = path.rpartition("/")[0]
        return not parent or self.entries.get(parent, 0) is None


def _content(path):
    if os.path.islink(path):
        return f"-> {os.readlink(path)}"
    if os.path.isdir(path):
        return None
    with open(path, "rb") as file:
        return (file.read(), oct(os.stat(path).st_mode))
