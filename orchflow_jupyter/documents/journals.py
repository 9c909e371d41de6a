"""Where journals are, and whether there are any: all that is asked of them where no document is."""

import os

from orchflow_jupyter.rendezvous import name_of

__all__ = ["SUFFIX", "any_in", "any_of", "journals_of"]

SUFFIX = ".journal"


def journals_of(folder: str, root: str) -> str:
    """The directory of the journals for `root` below that of all roots."""
    return os.path.join(folder, name_of(root))


def any_in(directory: str) -> bool:
    """Whether there are journals in `directory`, which is that of one root."""
    return any(name.endswith(SUFFIX) for name in _names(directory))


def any_of(folder: str, root: str) -> bool:
    """Whether there are journals for `root`. Where there are none at all, it is not asked which would be its own."""
    return any(any_in(os.path.join(folder, name)) for name in _names(folder)) and any_in(journals_of(folder, root))


def _names(directory: str) -> list[str]:
    try:
        return os.listdir(directory)
    except OSError:
        return []
