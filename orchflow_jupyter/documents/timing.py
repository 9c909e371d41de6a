"""When a document is saved: a while after the last edit, sooner after the first, and later where a save failed."""

import asyncio
from collections.abc import Callable

from orchflow_jupyter.settings import DocumentsSettings

__all__ = ["Timing"]


class Timing:
    """Calls `due` when it is time. One timer, however many edits there are: it looks anew when it ends."""

    def __init__(self, settings: DocumentsSettings, due: Callable[[], None]) -> None:
        self._settings = settings
        self._call = due
        self._loop = asyncio.get_running_loop()
        self._first: float | None = None
        """When the first edit was made that no save has taken up."""
        self._last = 0.0
        self._not_before = 0.0
        self._fails = 0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def quiet(self) -> bool:
        """Whether there was no edit that no save has taken up."""
        return self._first is None

    def edited(self) -> None:
        """Somebody edited now."""
        self._last = self._loop.time()
        if self._first is None:
            self._first = self._last
        self._arm()

    def taken(self) -> None:
        """A save takes up all edits until now."""
        self._first = None

    def saved(self) -> None:
        """It succeeded."""
        self._fails, self._not_before = 0, 0.0

    def failed(self, *, soon: bool = False) -> None:
        """It did not: it is to be tried again, twice as late as before, or `soon` all the same."""
        self._fails += 1
        most = self._settings.save_within if soon else self._settings.save_retry
        wait = min(self._settings.save_after * 2**self._fails, most)
        self._not_before = self._loop.time() + wait
        self._arm()

    def again(self) -> None:
        """What kept it from being saved may be over: it is tried again as after an edit."""
        self._not_before = 0.0
        self.stop()
        self.edited()

    def disturbed(self) -> None:
        """Another writes the file now, and may not be done: what is renamed over it would cut off the rest. A save
        waits until it has been quiet for a while, but not for ever."""
        if self._first is not None and self._loop.time() < self._first + 2 * self._settings.save_within:
            self._not_before = max(self._not_before, self._loop.time() + self._settings.save_after)

    def stop(self) -> None:
        """Nothing is due any more, until somebody edits."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self) -> None:
        if self._timer is None:
            self._timer = self._loop.call_at(self._due(), self._fire)

    def _due(self) -> float:
        due = self._last + self._settings.save_after
        if self._first is not None:
            due = min(due, self._first + self._settings.save_within)
        return max(due, self._not_before)

    def _fire(self) -> None:
        self._timer = None
        if self._loop.time() < self._due():
            self._arm()
        else:
            self._call()
