"""Ends terminals in which nothing has happened for long. One timer, for the next that is due; none if switched off."""

import logging
from asyncio import AbstractEventLoop, TimerHandle
from collections.abc import Callable, Iterable

from orchflow_jupyter.settings import EngineSettings
from orchflow_jupyter.terminals.session import Session

__all__ = ["Culling"]

log = logging.getLogger(__name__)


class Culling:
    """Looks at `sessions()` when the first of them may be due.

    One that is overdue and spared, because somebody is connected or something runs in it, is looked at again every
    `cull_interval` seconds, and its time begins anew when it is spared no longer.
    """

    def __init__(
        self, loop: AbstractEventLoop, settings: EngineSettings, sessions: Callable[[], Iterable[Session]]
    ) -> None:
        self._loop = loop
        self._settings = settings
        self._sessions = sessions
        self._timer: TimerHandle | None = None

    def born(self) -> None:
        """There is a new terminal."""
        if self._settings.cull_idle_timeout > 0 and self._timer is None:
            self._timer = self._loop.call_later(self._settings.cull_idle_timeout, self._look)

    def stop(self) -> None:
        """Cull no more."""
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        self._timer = None
        now, timeout = self._loop.time(), self._settings.cull_idle_timeout
        waits = [wait for session in self._sessions() if (wait := self._judge(session, now, timeout)) is not None]
        if waits:
            self._timer = self._loop.call_later(min(waits), self._look)

    def _judge(self, session: Session, now: float, timeout: float) -> float | None:
        """Seconds after which this one is to be looked at again; None for one that is no more."""
        if session.exit is not None or session.ending:
            return None
        activity = session.activity
        idle = now - activity.since
        if idle < timeout:
            return timeout - idle
        if self._spares(session):
            activity.spared = now
            return min(self._settings.cull_interval, timeout)
        if now - activity.spared < timeout:
            return timeout - (now - activity.spared)
        log.info("terminal %s (%s) is culled: nothing happened in it for %.0f s", session.id, session.name, idle)
        session.hang_up(f"culled: nothing happened in it for {timeout:g} s (OrchFlow.cull_idle_timeout)")
        return None

    def _spares(self, session: Session) -> bool:
        settings = self._settings
        return bool(session.listeners and not settings.cull_connected) or (
            not settings.cull_busy and session.occupation.working()
        )
