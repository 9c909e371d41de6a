"""What a watched tree tells: the small interface between how changes are found and what is made of them."""

from typing import Protocol

__all__ = ["Told"]


class Told(Protocol):
    """Who is told; paths are relative to the tree's root, which is ""."""

    def created(self, path: str, is_dir: bool) -> None:
        """`path` is new."""

    def modified(self, path: str, is_dir: bool) -> None:
        """Content or metadata changed."""

    def deleted(self, path: str, is_dir: bool) -> None:
        """`path` is gone."""

    def moved(self, from_: str, path: str, is_dir: bool, replaced: bool = False) -> None:
        """`from_` is `path` now, in the place of what was there where something was `replaced`."""

    def written(self, path: str) -> None:
        """Whoever wrote `path` has closed it."""

    def settled(self) -> None:
        """All that was to be read now has been told."""

    def lost(self, reason: str, path: str, message: str) -> None:
        """What happened below `path` is not known (`protocol.files.REASONS`)."""

    def ready(self) -> None:
        """The tree stands: whatever changes from now on is told."""
