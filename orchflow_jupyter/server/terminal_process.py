"""A terminal of the engine's as terminado knows one, also for extensions that type into Jupyter's terminals.

Terminado's methods return at once; what they ask for is sent to the engine in the order in which they were called.
"""

import asyncio
import signal
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from jupyter_server._tz import utcnow
from terminado.management import PtyWithClients

from orchflow_jupyter.errors import NotFoundError, OrchflowError

__all__ = ["EngineProcess", "EngineTerminal"]

Call = Callable[[str, dict[str, Any]], Awaitable[Any]]


class EngineProcess:
    """What terminado calls `ptyproc`, as far as the program is another process' child."""

    def __init__(self, ask: Callable[[str, dict[str, Any]], None]) -> None:
        self._ask = ask
        self.pid = 0
        """The program's; 0 until it has begun."""
        self.size = (24, 80)

    def write(self, text: str) -> int:
        """Type `text`; its length."""
        self._ask("input", {"data": text})
        return len(text)

    def setwinsize(self, rows: int, cols: int) -> None:
        """Change the size."""
        self.size = (rows, cols)
        self._ask("resize", {"cols": cols, "rows": rows})

    def getwinsize(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.size

    def kill(self, sig: int) -> None:
        """Signal what runs in the foreground."""
        self._ask("signal", {"signal": signal.Signals(sig).name.removeprefix("SIG")})


class EngineTerminal(PtyWithClients):
    """A terminal that the engine has (`model`), or that it is about to start."""

    def __init__(self, call: Call, name: str, model: dict[str, Any] | None = None) -> None:
        # The base class would start a program; this one's runs in the engine.
        self._call = call
        self._asked: list[dict[str, Any]] = []
        self._asking: asyncio.Task[None] | None = None
        self.term_name = name
        self.id: str | None = None
        """The engine's, once it has begun."""
        self.born: asyncio.Future[None] | None = None
        self.clients = []
        self.read_buffer = deque(maxlen=0)
        self.last_activity = utcnow()
        self.ptyproc = EngineProcess(self._ask)
        if model is not None:
            self.last_activity = datetime.fromisoformat(model["last_activity"])
            self.update(model)

    def update(self, model: dict[str, Any]) -> None:
        """Take over what the engine says of it."""
        self.id = model["id"]
        self.term_name = model["name"]
        self.last_activity = max(self.last_activity, datetime.fromisoformat(model["last_activity"]))
        self.ptyproc.pid = model["pid"]
        self.ptyproc.size = (model["rows"], model["cols"])

    async def identity(self) -> str:
        """The engine's id, as soon as the terminal has begun. Raises why it could not."""
        if self.born is not None:
            await asyncio.shield(self.born)
        if self.id is None:
            raise NotFoundError(f"there is no terminal {self.term_name!r}")
        return self.id

    def resize_to_smallest(self) -> None:
        """Leave the size: the engine knows in which tab somebody typed last."""

    def killpg(self, sig: int = signal.SIGTERM) -> None:
        """Signal what runs in the foreground, which is a process group."""
        self.kill(sig)

    async def terminate(self, force: bool = False) -> bool:
        """End the program; the engine kills it where it does not heed."""
        await self._call("terminals.delete", {"id": await self.identity()})
        return True

    def _ask(self, op: str, fields: dict[str, Any]) -> None:
        self._asked.append({"op": op, **fields})
        if self._asking is None:
            self._asking = asyncio.ensure_future(self._ask_all())

    async def _ask_all(self) -> None:
        try:
            identity = await self.identity()
            while self._asked:
                # One at a time: a batch would carry signals out before what was typed earlier.
                await self._call("terminals.batch", {"operations": [{**self._asked.pop(0), "id": identity}]})
        except OrchflowError:
            self._asked.clear()
        finally:
            self._asking = None
