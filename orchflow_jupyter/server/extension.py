"""The server extension: reads the configuration, adds the routes, and looks after the engine while the server runs."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, cast

from jupyter_server.extension.application import ExtensionApp
from traitlets.config import Configurable

from orchflow_jupyter._version import __version__
from orchflow_jupyter.rendezvous import ENVIRONMENT, ROOT_ENVIRONMENT, engine_directory
from orchflow_jupyter.server.activity import Activity
from orchflow_jupyter.server.collaboration import declare
from orchflow_jupyter.server.config import OrchFlow
from orchflow_jupyter.server.contents import Contents, is_plain
from orchflow_jupyter.server.engines import EmbeddedEngine, Line, open_embedded, open_process
from orchflow_jupyter.server.joining import Joining
from orchflow_jupyter.server.prometheus import ask, forget, publish
from orchflow_jupyter.server.supervisor import Supervisor

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

    from orchflow_jupyter.server.relay import Relay
    from orchflow_jupyter.server.supervisor import Answering

__all__ = ["OrchFlowExtension", "Services"]


@dataclass
class Services:
    """What the handlers of requests work with."""

    config: OrchFlow
    engine: Supervisor
    plain: bool
    """Whether Jupyter's contents manager keeps plain files, which the engine does by itself."""
    relays: "set[Relay]" = field(default_factory=set)
    """The connections whose bytes go through this server."""


class OrchFlowExtension(ExtensionApp):
    """Live terminals, from an engine beside the server."""

    name = "orchflow_jupyter"
    extension_url = "/"
    load_other_extensions = True
    description = __doc__
    classes: ClassVar[list[type[Configurable]]] = [OrchFlow]  # type: ignore[misc]

    services: Services
    _figures: Callable[[], dict[str, Any]]
    _line: Line | None = None

    def initialize_settings(self) -> None:
        """Find out which engine is ours and tell the kernels, which take it from their environment."""
        app = cast("ServerApp", self.serverapp)
        root = os.path.realpath(app.root_dir)
        directory = engine_directory(app.runtime_dir, root)
        os.environ[ENVIRONMENT] = directory
        os.environ[ROOT_ENVIRONMENT] = root
        config = OrchFlow(parent=self)
        opener = open_embedded if config.engine == "embedded" else open_process
        activity = Activity(app.web_app.settings["last_activity_times"])
        plain = is_plain(app.contents_manager, root)
        joining = Joining(app, lambda *call: engine.call(*call), self.log)
        told = [activity.told, joining.told]
        if not plain:
            self._line = Line(directory, lambda: engine.engine)
            told.append(Contents(app.contents_manager, self._line.open, self.log).told)

        def tell(method: str, params: dict[str, Any]) -> None:
            for one in told:
                one(method, params)

        async def opened() -> "Answering":
            answering = await opener(directory, root, config.engine_settings(), self.log)
            answering.told = tell  # whoever waits asks as soon as it has heard
            # Not before: what else is enabled is known once all is loaded, and every new engine must hear of it.
            await declare(answering, app.web_app.settings)
            return answering

        engine = Supervisor(opened, self.log, tell)
        self.services = Services(config, engine, plain)
        self._figures = partial(_figures, engine, directory)

    def initialize_handlers(self) -> None:
        """Add the routes below the server's base URL."""
        from orchflow_jupyter.server.routes import routes

        self.handlers.extend(routes(self.services))

    @property
    def _is_loaded(self) -> bool:
        # Jupyter starts and stops also what it could not load, for a setting out of bounds for instance, and a failure
        # to stop would keep the server from ending.
        return hasattr(self, "services")

    async def _start_jupyter_server_extension(self, serverapp: Any) -> None:
        if not self._is_loaded:
            return
        self.log.info("OrchFlow %s: engine = %s", __version__, self.services.config.engine)
        self.services.engine.start()
        publish(self._figures)

    async def stop_extension(self) -> None:
        """Leave the engine, which lives on in its process; one that is embedded ends here."""
        if not self._is_loaded:
            return
        for relay in list(self.services.relays):
            relay.close()
        forget(self._figures)
        await self.services.engine.stop()
        if self._line is not None:
            await self._line.close()


def _figures(engine: Supervisor, directory: str) -> dict[str, Any]:
    # An engine in this process could not answer a call while we wait for it.
    return engine.engine.figures() if isinstance(engine.engine, EmbeddedEngine) else ask(directory)
