"""Keeps one engine answering: opens it, notices when it goes, and opens another, ever more slowly where that fails."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

from orchflow_jupyter.errors import EngineUnavailableError

__all__ = ["Answering", "Supervisor"]

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 10.0
"""Seconds before another engine is opened; they double while engines do not live for long."""

SETTLED = 30.0
"""Seconds after which an engine that goes is an accident, and not one of a row."""

PATIENCE = 3.0
"""Seconds that a call waits for an engine."""

ANSWER = 30.0
"""Seconds that an engine has to answer a call."""

READING = {"status", "metrics", "terminals.list", "terminals.get"}
"""Calls that change nothing: where an engine goes while it is asked, the next one is."""


class Answering(Protocol):
    """An engine that calls can be made to, in another process or in this one."""

    told: Callable[[str, dict[str, Any]], None]
    """Called with what it says by itself: a method and its parameters."""

    @property
    def closed(self) -> asyncio.Future[None]:
        """Done when it answers no more."""

    async def call(self, method: str, params: dict[str, Any] | None = None, fds: Sequence[int] = ()) -> Any:
        """The result of one call; the caller keeps, and closes, its descriptors."""

    async def close(self) -> None:
        """Let it go."""


class Supervisor:
    """The engine as the rest of the server sees it, whichever one it is at the moment.

    `told` is called with what it says by itself: a method and its parameters.
    """

    def __init__(
        self,
        open_engine: Callable[[], Awaitable[Answering]],
        log: logging.Logger,
        told: Callable[[str, dict[str, Any]], None] = lambda method, params: None,
    ) -> None:
        self._open = open_engine
        self._log = log
        self._told = told
        self._engine: Answering | None = None
        self._ready = asyncio.Event()
        self._why = "the engine is being started"
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look after an engine, in the background of the running event loop."""
        self._task = asyncio.get_running_loop().create_task(self._keep())

    async def stop(self) -> None:
        """Let the engine go and open no other."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self._engine is not None:
            await self._engine.close()
            self._gone("the server is stopping")

    @property
    def engine(self) -> Answering | None:
        """The engine of the moment; None while there is none."""
        return self._engine

    async def call(self, method: str, params: dict[str, Any] | None = None, fds: Sequence[int] = ()) -> Any:
        """The result of one call to the engine, which may first have to be started.

        Raises `EngineUnavailableError`, which says why, where none answers in time; else what the engine raises.
        """
        engine = await self._answering()
        try:
            return await _ask(engine, method, params, fds)
        except EngineUnavailableError:
            if method not in READING or not engine.closed.done():
                raise
        return await _ask(await self._answering(), method, params, fds)

    async def _answering(self) -> Answering:
        try:
            async with asyncio.timeout(PATIENCE):
                while self._engine is None or self._engine.closed.done():
                    # One that is gone is not called while the task that looks after it has yet to hear of that.
                    self._ready.clear()
                    await self._ready.wait()
                return self._engine
        except TimeoutError:
            raise EngineUnavailableError(self._why) from None

    async def _keep(self) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                engine = await self._open()
            except Exception as error:  # noqa: BLE001 whatever it was, the server goes on and tries again
                self._why = str(error)
                expected = isinstance(error, EngineUnavailableError)
                self._log.error("OrchFlow has no engine: %s", error, exc_info=not expected)
            else:
                self._engine = engine
                engine.told = self._told
                self._ready.set()
                lived = await _life(engine)
                self._gone("the engine ended, and another is being started")
                self._log.warning(
                    "OrchFlow's engine ended after %.1f s, and its terminals with it; starting another", lived
                )
                if lived > SETTLED:
                    pause = FIRST_PAUSE
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _gone(self, why: str) -> None:
        self._engine = None
        self._ready.clear()
        self._why = why


async def _ask(engine: Answering, method: str, params: dict[str, Any] | None, fds: Sequence[int]) -> Any:
    try:
        async with asyncio.timeout(ANSWER):
            return await engine.call(method, params, fds)
    except TimeoutError:
        raise EngineUnavailableError(f"the engine did not answer within {ANSWER:g} s") from None


async def _life(engine: Answering) -> float:
    loop = asyncio.get_running_loop()
    born = loop.time()
    await asyncio.wait([engine.closed])
    return loop.time() - born
