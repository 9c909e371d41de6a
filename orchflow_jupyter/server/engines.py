"""The two kinds of engine that a server can have: a process of its own, or one inside the server."""

import asyncio
import logging
import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from orchflow_jupyter.client.control import AsyncControl
from orchflow_jupyter.client.launch import find_engine_async, open_engine_async
from orchflow_jupyter.errors import EngineUnavailableError
from orchflow_jupyter.settings import EngineSettings

if TYPE_CHECKING:
    from orchflow_jupyter.engine.engine import Engine
    from orchflow_jupyter.server.supervisor import Answering

__all__ = ["EmbeddedEngine", "Line", "open_embedded", "open_process"]


async def open_process(directory: str, root: str, settings: EngineSettings, log: logging.Logger) -> AsyncControl:
    """Connect to the engine in `directory`, which is started where there is none; it outlives this server."""
    control, description = await open_engine_async(directory, root, settings, role="server")
    log.info(
        "OrchFlow's engine: pid %d, version %s, started %s, for %s",
        description.pid,
        description.version,
        description.started,
        description.root,
    )
    return control


async def open_embedded(
    directory: str, root: str, settings: EngineSettings, log: logging.Logger
) -> "EmbeddedEngine | AsyncControl":
    """Start an engine in this process and its event loop; it ends with the server.

    A root has one engine: where another process holds it already, that one is taken.
    """
    from orchflow_jupyter.engine.engine import Engine

    engine = Engine(directory, root, settings)
    try:
        await engine.start()
    except EngineUnavailableError:
        control, description = await find_engine_async(directory, role="server")
        log.warning("OrchFlow's engine for %s is in the process %d already: taking that one", root, description.pid)
        return control
    log.info("OrchFlow's engine: in this server, for %s", root)
    return EmbeddedEngine(engine)


class Line:
    """A second way to the engine of the moment, for calls that cannot wait for those of the first: a connection carries
    them out in order."""

    def __init__(self, directory: str, engine: "Callable[[], Answering | None]") -> None:
        self._directory = directory
        self._engine = engine
        self._control: AsyncControl | None = None

    async def open(self) -> "Answering":
        """The engine. Raises `EngineUnavailableError`."""
        engine = self._engine()
        if isinstance(engine, EmbeddedEngine):
            return engine
        if self._control is None or self._control.closed.done():
            self._control = await AsyncControl.connect(self._directory)
        return self._control

    async def close(self) -> None:
        """Let it go."""
        if self._control is not None:
            await self._control.close()


class EmbeddedEngine:
    """An engine in this process, called as one in another process is."""

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine
        engine.embedded = True
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def told(self) -> Callable[[str, dict[str, Any]], None]:
        """Called with what the engine says by itself: a method and its parameters."""
        return self._engine.told

    @told.setter
    def told(self, told: Callable[[str, dict[str, Any]], None]) -> None:
        self._engine.told = told

    async def call(self, method: str, params: dict[str, Any] | None = None, fds: Sequence[int] = ()) -> Any:
        """The result of one call; the caller keeps, and closes, its descriptors."""
        # An engine owns what it adopts, as it would own what comes by a socket.
        return await self._engine.call(method, params or {}, [os.dup(fd) for fd in fds])

    def figures(self) -> dict[str, Any]:
        """What it has counted and timed, without waiting."""
        return self._engine.figures(each=False)

    async def close(self) -> None:
        """End the engine and its terminals."""
        if not self.closed.done():
            self.closed.set_result(None)
            await self._engine.stop()
