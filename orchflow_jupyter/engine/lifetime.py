"""When an engine ends by itself: with nothing to hold soon, with nobody attached after `linger`."""

from asyncio import AbstractEventLoop, TimerHandle
from collections.abc import Callable

from orchflow_jupyter.settings import EngineSettings

__all__ = ["Lifetime"]


class Lifetime:
    """A timer that runs while nobody is attached; `finished` is called when it rings."""

    __slots__ = ("_attached", "_finished", "_holding", "_loop", "_settings", "_timer")

    def __init__(self, loop: AbstractEventLoop, settings: EngineSettings, finished: Callable[[], None]) -> None:
        self._loop = loop
        self._settings = settings
        self._finished = finished
        self._attached: bool | None = None
        self._holding: bool | None = None
        self._timer: TimerHandle | None = None

    def update(self, *, attached: bool, holding: bool) -> None:
        """`attached`: a server or a kernel has a control connection open; `holding`: a program runs."""
        if (attached, holding) == (self._attached, self._holding):
            return
        self._attached, self._holding = attached, holding
        self.stop()
        if not attached:
            wait = self._settings.linger if holding else min(self._settings.idle_exit, self._settings.linger)
            self._timer = self._loop.call_later(wait, self._finished)

    def stop(self) -> None:
        """End it no more by itself."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
