"""Two looks at the same directories, and what must have happened in between."""

from typing import TYPE_CHECKING, NamedTuple

from orchflow_jupyter.files.watcher.told import Told

if TYPE_CHECKING:
    import os

__all__ = ["Seen", "Stamp", "compare", "stamp"]


class Stamp(NamedTuple):
    """By what one sees that an entry changed; of a directory only its mode, because entries are seen themselves."""

    is_dir: bool
    mode: int
    inode: int
    """0 where the system does not say it."""
    size: int
    modified: int


Seen = dict[str, Stamp]
"""By path, each directory before what is in it."""


def stamp(entry: "os.DirEntry[str]") -> Stamp | None:
    """Of an entry; None where it is gone by now."""
    try:
        is_dir = entry.is_dir(follow_symlinks=False)
        about = entry.stat(follow_symlinks=False)
    except OSError:
        return None
    if is_dir:
        return Stamp(True, about.st_mode, about.st_ino, 0, 0)
    return Stamp(False, about.st_mode, about.st_ino, about.st_size, about.st_mtime_ns)


def compare(told: Told, before: Seen, now: Seen) -> None:
    """Tell what makes `now` of `before`."""
    lost: set[str] = set()
    gone: Seen = {}
    for path, its in before.items():  # parents first, as in `now`
        if _parent(path) in lost or _replaced(its, now.get(path)):
            lost.add(path)  # with all that was in it, whatever is there today
        elif path not in now:
            gone[path] = its
    files = {its.inode: path for path, its in gone.items() if its.inode and not its.is_dir}
    for path, its in now.items():
        if path in lost:
            if _parent(path) not in lost:
                told.deleted(path, before[path].is_dir)
            told.created(path, its.is_dir)
            continue
        was = before.get(path)
        if was is None:
            old = None if its.is_dir else files.pop(its.inode, None)
            if old is None:
                told.created(path, its.is_dir)
                continue
            was = gone.pop(old)
            told.moved(old, path, False)
        if was[:2] + was[3:] != its[:2] + its[3:] or was.inode != its.inode:
            told.modified(path, its.is_dir)
    for path in sorted(gone, key=len, reverse=True):
        told.deleted(path, gone[path].is_dir)


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def _replaced(was: Stamp, its: Stamp | None) -> bool:
    """Whether another thing is there than a file for a file, or than the same directory."""
    return its is not None and (was.is_dir is not its.is_dir or (its.is_dir and was.inode != its.inode))
