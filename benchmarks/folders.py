"""Folders below the server's root in which files are changed."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from benchmarks.servers import Ours

__all__ = ["new_folder"]


@contextlib.contextmanager
def new_folder(place: Ours, name: str) -> Iterator[Path]:
    """An empty one, removed at the end."""
    folder = place.server.root / name
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
