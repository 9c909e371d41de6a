"""Jupyter's own terminals on the engine: a manager for `TerminalsExtensionApp.terminal_manager_class`.

    c.TerminalsExtensionApp.terminal_manager_class = "orchflow_jupyter.server.terminals.EngineTerminalManager"

The engine's running terminals are the server's terminals, whoever made them, under their own names. Terminado's
interface asks for answers without waiting, so the manager keeps a picture of what the engine holds; whoever can wait
looks first (`refresh`).
"""

import asyncio
from typing import TYPE_CHECKING, Any, cast

from jupyter_server_terminals.terminalmanager import MODEL, RUNNING_TOTAL, TerminalManager
from terminado.management import PtyWithClients
from tornado.ioloop import PeriodicCallback

from orchflow_jupyter.errors import ConflictError, EngineUnavailableError, InvalidRequestError, NotFoundError
from orchflow_jupyter.server.terminal_process import EngineTerminal
from orchflow_jupyter.server.terminal_routes import routes
from orchflow_jupyter.server.terminal_tab import Tab

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

    from orchflow_jupyter.server.extension import OrchFlowExtension

__all__ = ["EngineTerminalManager"]

EXTENSION = "orchflow_jupyter"

LOOK = 60.0
"""Seconds between two looks at the engine, where the server ends by itself once it has no terminals."""


class EngineTerminalManager(TerminalManager):
    """Terminals of OrchFlow's engine in `/api/terminals` and in JupyterLab's own panels; they outlive the server."""

    terminals: dict[str, EngineTerminal]  # type: ignore[assignment]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        server = cast("ServerApp", self.parent)
        enabled = server.extension_manager.extensions.get(EXTENSION)
        if enabled is None or not enabled.enabled:
            raise InvalidRequestError(
                "terminal_manager_class is OrchFlow's, and OrchFlow's server extension is not enabled: "
                f"run `jupyter server extension enable {EXTENSION}`, or take the setting out"
            )
        server.web_app.add_handlers(".*$", routes(self, server.base_url))  # type: ignore[no-untyped-call]
        # Terminals from before the server was started are culled, too.
        self._initialize_culler()
        self._looks: PeriodicCallback | None = None
        if server.shutdown_no_activity_timeout > 0:
            self._looks = PeriodicCallback(self._look, LOOK * 1000)
            self._looks.start()

    # -- the engine

    async def call(self, method: str, params: dict[str, Any] | None = None, fds: list[int] | None = None) -> Any:
        """The result of one call to the engine. Raises `EngineUnavailableError` where there is none."""
        server = cast("ServerApp", self.parent)
        point = server.extension_manager.extension_points.get(EXTENSION)
        services = getattr(point and cast("OrchFlowExtension", point.app), "services", None)
        if services is None:
            raise EngineUnavailableError("OrchFlow's server extension was not loaded; the server's log says why")
        return await services.engine.call(method, params, fds or [])

    async def refresh(self) -> None:
        """Look at what the engine holds."""
        running = {one["name"]: one for one in await self.call("terminals.list") if one["state"] == "running"}
        known = {terminal.id: terminal for terminal in self.terminals.values() if terminal.id}
        there = {name: terminal for name, terminal in self.terminals.items() if terminal.id is None}
        for name, model in running.items():
            terminal = there[name] = known.get(model["id"]) or EngineTerminal(self.call, name, model)
            terminal.update(model)
        self.terminals = there
        RUNNING_TOTAL.set(len(there))  # those too that no request of this server's has made or ended

    async def attach(self, terminal: EngineTerminal) -> Tab:
        """A tab on a terminal."""
        return await Tab.attach(self.call, await terminal.identity())

    def ended(self, terminal: EngineTerminal) -> None:
        """The program of a terminal has ended."""
        if self.terminals.get(terminal.term_name or "") is terminal:
            del self.terminals[terminal.term_name or ""]
            RUNNING_TOTAL.set(len(self.terminals))

    # -- making them

    async def start(self, **options: Any) -> MODEL:
        """As `create`, with the engine's word for it. Raises what the engine refuses it for."""
        while True:
            await self.refresh()
            model = self.create(**options)
            terminal = self.terminals[model["name"]]
            try:
                await asyncio.shield(cast("asyncio.Future[None]", terminal.born))
            except ConflictError:
                # Somebody has taken the number since we looked.
                if options.get("name") is None:
                    continue
                raise
            return model

    def new_named_terminal(self, **kwargs: Any) -> tuple[str, PtyWithClients]:
        """A new terminal that the engine is about to start, and its name: a number, unless one is given."""
        name = kwargs.pop("name", None)
        if name is None:
            name = self._next_available_name()
        if name in self.terminals:
            raise ConflictError(f"a terminal named {name!r} is running; open it, or choose another name")
        terminal = EngineTerminal(self.call, name)
        terminal.born = asyncio.ensure_future(self._begin(terminal, kwargs))
        terminal.born.add_done_callback(lambda born: self._begun(terminal, born))
        self.terminals[name] = terminal
        return name, terminal

    def get_terminal(self, term_name: str) -> PtyWithClients:  # type: ignore[override]
        """The terminal with this name, which is made where there is none."""
        return self.terminals.get(term_name) or self.new_named_terminal(name=term_name)[1]

    async def _begin(self, terminal: EngineTerminal, options: dict[str, Any]) -> None:
        options = self.term_settings | {"shell_command": self.shell_command} | options
        words = options["shell_command"]
        environment = (self.extra_env or {}) | (options.get("extra_env") or {})
        asked: dict[str, Any] = {
            "name": terminal.term_name,
            "command": [words] if isinstance(words, str) else list(words),
            "cwd": options.get("cwd"),
            "env": {name: value for name, value in environment.items() if value is not None},
            "cols": options.get("width"),
            "rows": options.get("height"),
        }
        if "type" in options:
            asked["env"].setdefault("TERM", options["type"])
        asked = {key: value for key, value in asked.items() if value is not None}
        terminal.update(await self.call("terminals.create", asked))

    def _begun(self, terminal: EngineTerminal, born: asyncio.Future[None]) -> None:
        if not born.cancelled() and (error := born.exception()):
            self.log.warning("terminal %s could not be started: %s", terminal.term_name, error)
            self.ended(terminal)

    # -- ending them

    async def terminate(self, name: str, force: bool = False) -> None:
        """End a terminal: its program is hung up on, and killed where it ignores that."""
        self._check_terminal(name)
        terminal = self.terminals[name]
        try:
            await self.call("terminals.delete", {"id": await terminal.identity()})
        except NotFoundError:
            self.log.debug("terminal %s had ended already", name)
        self.ended(terminal)

    async def terminate_all(self) -> None:
        """Leave all terminals as they are: this is what a server asks for that stops, and they outlive it."""
        for periodic in (self._looks, self._culler_callback):
            if periodic is not None:
                periodic.stop()

    async def kill_all(self) -> None:
        """End all terminals."""
        await asyncio.gather(*(self.terminate(name, force=True) for name in tuple(self.terminals)))

    async def _cull_terminals(self) -> None:
        try:
            await self.refresh()
        except EngineUnavailableError as error:
            self.log.warning("terminals are not culled now: %s", error)
        else:
            await super()._cull_terminals()

    async def _look(self) -> None:
        try:
            await self.refresh()
        except EngineUnavailableError as error:
            self.log.debug("terminals are not counted now: %s", error)
