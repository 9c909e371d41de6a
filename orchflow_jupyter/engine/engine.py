"""The engine: one for a user and a root directory; holds the terminals and serves whoever is handed over to it."""

import asyncio
import contextlib
import logging
import os
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from time import perf_counter
from typing import TYPE_CHECKING, Any

from orchflow_jupyter import rendezvous
from orchflow_jupyter._version import __version__
from orchflow_jupyter.engine.adoption import handed_over, prepare, resource, stream_socket
from orchflow_jupyter.engine.control import ControlListener
from orchflow_jupyter.engine.counters import Counters, memory
from orchflow_jupyter.engine.document_calls import DocumentCalls
from orchflow_jupyter.engine.lifetime import Lifetime
from orchflow_jupyter.engine.metrics import Metrics
from orchflow_jupyter.engine.streams import stream_of
from orchflow_jupyter.engine.terminal_calls import Call, TerminalCalls
from orchflow_jupyter.errors import (
    EngineUnavailableError,
    InvalidRequestError,
    NotFoundError,
    OrchflowError,
    TooManyError,
)
from orchflow_jupyter.files.hub import Hub
from orchflow_jupyter.protocol import files, terminal
from orchflow_jupyter.protocol.control import PROTOCOL, Json
from orchflow_jupyter.settings import EngineSettings
from orchflow_jupyter.terminals.consumption import NOTHING_TAKEN, consumption
from orchflow_jupyter.terminals.emulator import emulator
from orchflow_jupyter.terminals.manager import Manager

if TYPE_CHECKING:
    from orchflow_jupyter.engine.connection import Connection
    from orchflow_jupyter.engine.streams import Adopted

__all__ = ["Engine"]

log = logging.getLogger(__name__)

SUBPROTOCOLS = {"terminals": terminal.SUBPROTOCOL, "files": files.SUBPROTOCOL, "documents": None}
"""Documents have none: the `y-websocket` provider asks for none."""
FAREWELL = 1.0
"""Seconds that clients have to take their last messages when the engine ends."""


class Engine:
    """Everything behind the control socket; made within a running event loop.

    `finished` is called when it has nothing to hold, or nobody attached for `linger` seconds.
    """

    def __init__(
        self,
        directory: str,
        root: str,
        settings: EngineSettings | None = None,
        finished: Callable[[], None] = lambda: None,
    ) -> None:
        self.directory = directory
        self.root = os.path.realpath(root)
        self.settings = settings or EngineSettings()
        self.counters = Counters()
        self.terminals = Manager(self.root, self.settings, self._changed)
        boot = os.urandom(8).hex()  # `secrets` takes 0.9 MB of an idle engine: it brings OpenSSL's digests
        self.files = Hub(self.root, boot, self.settings.files)
        self.documents = DocumentCalls(
            self.root, self.settings.documents, self.files, self._changed, self._want, self._rooms_moved
        )
        self.metrics = Metrics(self.terminals, self.counters, self.files, self.documents)
        self.description = rendezvous.Description(
            pid=os.getpid(),
            version=__version__,
            protocol=PROTOCOL,
            boot=boot,
            root=self.root,
            started=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        self._streams: dict[Connection, Adopted] = {}
        self._editing: set[Connection] = set()
        """Those of documents."""
        self._control: ControlListener | None = None
        self._lock = -1
        self._last_gone: asyncio.Future[None] | None = None
        self._loop = asyncio.get_event_loop()
        self._began = self._loop.time()
        self._lifetime = Lifetime(self._loop, self.settings, finished)
        self.embedded = False
        """Whether it is in the process of a server, which is told by `told`."""
        self.told: Callable[[str, dict[str, Any]], None] = lambda method, params: None
        """What whoever has this engine in the own process is told, as servers are by their connections."""
        self.terminals.activity.told = self._acted
        self._methods: dict[str, Call] = (
            {
                "hello": self._hello,
                "status": self._status,
                "metrics": self._metrics,
                "adopt": self._adopt,
            }
            | TerminalCalls(self.terminals, self._made, self.counters, self.metrics.errors).methods()
            | self.documents.methods()
        )

    async def start(self) -> None:
        """Take the directory's lock, listen, and leave the description. `EngineUnavailableError`: another has it."""
        os.makedirs(self.directory, mode=0o700, exist_ok=True)
        os.chmod(self.directory, 0o700)
        self._lock = os.open(rendezvous.path_of(self.directory, "lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            os.lockf(self._lock, os.F_TLOCK, 0)
        except OSError:
            os.close(self._lock)
            raise EngineUnavailableError(f"another engine serves {self.root} already") from None
        self._control = ControlListener(self.directory, self._handle, self._changed)
        self.description.write(self.directory)
        self._restoring = self._loop.create_task(self.documents.restore())
        self._changed()

    async def stop(self) -> None:
        """Hang up on the programs, report their ends, close the sockets with 1012, leave the directory."""
        self._lifetime.stop()
        for stream in self._streams.values():
            stream.stopping = True
        for connection in tuple(self._editing):  # nobody changes any more what is being saved
            connection.close(EngineUnavailableError.close_code, "the engine ends")
        await asyncio.gather(self.terminals.close(), self.documents.close())
        for connection in tuple(self._streams):
            connection.close(EngineUnavailableError.close_code, "the engine ends")
        if self._control:
            self._control.close()
            for kind in ("sock", "json"):
                with contextlib.suppress(FileNotFoundError):  # somebody cleared the directory away
                    os.unlink(rendezvous.path_of(self.directory, kind))
        self.files.close()
        if self._streams:
            self._last_gone = self._loop.create_future()
            await asyncio.wait([self._last_gone], timeout=FAREWELL)
        os.close(self._lock)

    async def call(self, method: str, params: dict[str, Any], fds: list[int]) -> Any:
        """A control call from within the same process; takes the descriptors over."""
        left = deque(fds)
        try:
            result = await self._handle(method, params, left)
            return result.value if isinstance(result, Json) else result
        finally:
            while left:
                os.close(left.popleft())

    # -- control calls

    async def _handle(self, method: str, params: dict[str, Any], fds: deque[int]) -> Any:
        carry_out = self._methods.get(method)
        with self.metrics.call(method if carry_out else "unknown"):
            if carry_out is None:
                raise NotFoundError(f"there is no call {method!r}; there are {', '.join(self._methods)}")
            return await carry_out(params, fds)

    async def _hello(self, params: dict[str, Any], fds: deque[int]) -> dict[str, Any]:
        about = self.description
        return {name: getattr(about, name) for name in ("pid", "version", "protocol", "boot", "root", "started")}

    async def _status(self, params: dict[str, Any], fds: deque[int]) -> dict[str, Any]:
        running, totals = self.terminals.running, self.terminals.totals()
        return await self._hello(params, fds) | {
            "uptime": round(self._loop.time() - self._began, 3),
            "loop": type(self._loop).__module__.partition(".")[0],
            "terminals": {"running": running, "exited": sum(s.exit is not None for s in self.terminals.sessions())},
            "files": self.files.as_json(),
            "documents": self.documents.as_json(),
            "snapshots": emulator.name if self.settings.terminal.snapshots else None,
            "connections": len(self._streams),
            "attached": len(self._control.connections) if self._control else 0,
            "counters": self.counters.as_json()
            | {
                "bytes_out": totals.bytes_out,
                "gaps": totals.gaps,
            },
            "memory": memory(),
        }

    async def _metrics(self, params: dict[str, Any], fds: deque[int]) -> dict[str, Any]:
        each = params.get("each", True)
        if not isinstance(each, bool):
            raise InvalidRequestError(f"each must be true or false, and {each!r} is neither")
        began = perf_counter()
        await asyncio.sleep(0)
        figures = self.figures(each=each) | {"lag": perf_counter() - began}
        if each:
            # Looking at many processes takes milliseconds, which keys do not wait for.
            pids = {session.id: session.pid for session in self.terminals.sessions() if session.exit is None}
            taken = await asyncio.to_thread(lambda: {name: consumption(pid) for name, pid in pids.items()})
            for one in figures["each"]:
                one.update(taken.get(one["id"], NOTHING_TAKEN))
        return figures

    def figures(self, *, each: bool) -> dict[str, Any]:
        """What the call `metrics` answers, but for the lag of the event loop."""
        about = self.description
        return {
            **{name: getattr(about, name) for name in ("pid", "version", "boot", "root", "started")},
            "uptime": round(self._loop.time() - self._began, 3),
            "open": len(self._streams),
            "attached": len(self._control.connections) if self._control else 0,
            **self.metrics.as_json(each=each),
        }

    async def _adopt(self, params: dict[str, Any], fds: deque[int]) -> dict[str, Any]:
        from orchflow_jupyter.engine.connection import Connection

        if not fds:
            raise InvalidRequestError("adopt takes one descriptor beside the call")
        client = stream_socket(fds.popleft())
        try:
            kind, identity = resource(params)
            request, parameters = handed_over(params)
            if kind == "documents" and request is None and self.documents.elsewhere.provider is not None:
                with client:
                    await self.documents.elsewhere.join(identity, parameters.get("mode", "rw"), client)
                return {"adopted": True}
            stream = await stream_of(self, kind, identity, parameters, self._full())
            connection = Connection(
                stream,
                SUBPROTOCOLS[kind],
                request,
                bool(params.get("compress")),
                self.settings.documents.max_message if kind == "documents" else self.settings.max_message,
                self.settings.send_high,
                self._gone,
            )
            prepare(client)
        except BaseException:
            client.close()
            raise
        self.counters.adopted += 1
        self._streams[connection] = stream
        if kind == "documents":
            self._editing.add(connection)
        log.debug("adopted %s %s for %s", kind, identity, params.get("principal"))
        await self._loop.connect_accepted_socket(lambda: connection, client)
        self._changed()
        return {"adopted": True}

    # -- between the parts

    def _made(self) -> None:
        self.counters.created += 1
        self._changed()

    def _full(self) -> OrchflowError | None:
        count = len(self._streams)
        if count < self.settings.max_connections:
            return None
        return TooManyError(f"{count} connections are open, and more may not be (OrchFlow.max_connections)")

    def _gone(self, connection: "Connection") -> None:
        self._streams.pop(connection, None)
        self._editing.discard(connection)
        self.metrics.ended(connection.close_code, connection.error)
        if not self._streams and self._last_gone and not self._last_gone.done():
            self._last_gone.set_result(None)
        if self._last_gone is None:
            self._changed()

    def _acted(self, at: float) -> None:
        self.told("activity", {"at": at})
        if self._control:
            self._control.tell("activity", {"at": at})

    def _want(self, method: str, request: int) -> bool:
        """Ask the servers to carry out a request; whether there are any."""
        self.told(method, {"request": request})
        if self._control:
            self._control.tell(method, {"request": request})
        return self.embedded or bool(self._control and self._control.servers)

    def _rooms_moved(self) -> None:
        """Those who edit open their path again, and find the rooms where they are now."""
        for connection in tuple(self._editing):
            connection.close(NotFoundError.close_code, "the room is another program's now: open the path again")

    @property
    def _holding(self) -> bool:
        return self.terminals.running > 0 or self.files.watching or self.documents.holding

    def _changed(self) -> None:
        if self._control:
            self._lifetime.update(attached=bool(self._control.connections), holding=self._holding)
