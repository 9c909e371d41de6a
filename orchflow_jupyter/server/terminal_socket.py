"""The WebSocket of Jupyter's own terminals, terminado's JSON, with the engine behind it.

    to the browser      ["setup", {}]   ["stdout", text]   ["disconnect", 1]
    from the browser    ["stdin", text]   ["set_size", rows, columns, height, width]

Each message to the browser waits until the one before it has left, and until the browser has read most of what was sent
(`terminal_window`), so that one who reads slowly costs no memory, and is not far behind what the program does.
"""

import asyncio
import json
from typing import TYPE_CHECKING, Any, cast

from jupyter_server_terminals.handlers import TermSocket
from tornado.iostream import StreamClosedError
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from orchflow_jupyter.errors import EngineUnavailableError, OrchflowError
from orchflow_jupyter.server.answers import JsonAnswers
from orchflow_jupyter.server.terminal_window import Window

if TYPE_CHECKING:
    from orchflow_jupyter.server.terminal_process import EngineTerminal
    from orchflow_jupyter.server.terminal_tab import Tab
    from orchflow_jupyter.server.terminals import EngineTerminalManager

__all__ = ["TerminalSocket"]

NOT_UNDERSTOOD = 1007
AGAIN = 1012
"""The close code upon which a browser connects again."""


class TerminalSocket(JsonAnswers, TermSocket):
    """One browser tab; identity, permission and origin are jupyter_server_terminals' to check."""

    _tab: "Tab | None" = None
    _window: Window
    _pumping: "asyncio.Task[None] | None" = None

    @property
    def manager(self) -> "EngineTerminalManager":
        """Who knows the terminals."""
        return cast("EngineTerminalManager", self.term_manager)

    async def get(self, *args: Any, **kwargs: Any) -> None:
        """Open the WebSocket, where the engine has such a terminal."""
        if self.current_user:
            await self.manager.refresh()
        await super().get(*args, **kwargs)

    async def open(self, name: str) -> None:  # type: ignore[override]
        """Attach to the terminal, and begin to send what it shows."""
        self._window = Window()
        super().open(name)
        self.set_nodelay(True)
        terminal = cast("EngineTerminal", self.terminal)
        try:
            tab = await self.manager.attach(terminal)
        except OrchflowError as error:
            await self._lost(terminal, error)
            return
        if self.ws_connection is None:
            await tab.close()
            return
        self._tab = tab
        self._pumping = asyncio.create_task(self._pump(terminal, tab))

    async def on_message(self, message: str | bytes) -> None:  # type: ignore[override]
        """Type, or take a size; what else a browser says is passed over, as terminado does."""
        try:
            kind, *values = json.loads(message)
        except (ValueError, TypeError, RecursionError):
            self.close(NOT_UNDERSTOOD, "messages are JSON arrays")
            return
        if self._tab is None:
            return
        try:
            if kind == "stdin" and values and isinstance(values[0], str):
                # While a paste waits for its program no message is read, pongs neither.
                self._window.hear(False)
                await self._tab.type(values[0])
            elif kind == "set_size" and len(values) > 1 and all(type(value) is int for value in values[:2]):
                self._tab.fit(cols=values[1], rows=values[0])
        except OrchflowError as error:
            self.log.debug("terminal %s takes nothing: %s", self.term_name, error)
        finally:
            self._window.hear(True)
        self._update_activity()

    def on_pong(self, data: bytes) -> None:
        """The browser has read what was sent before this ping."""
        super().on_pong(data)  # type: ignore[no-untyped-call]
        self._window.answered(data)

    def on_close(self) -> None:
        """Leave the terminal, which goes on."""
        if self._pumping is not None:
            self._pumping.cancel()
        if self._tab is not None:
            self._tab.leave()
        super().on_close()

    async def _pump(self, terminal: "EngineTerminal", tab: "Tab") -> None:
        try:
            while text := await tab.text():
                # Not the inherited one, which does not tell when the message has left.
                message = json.dumps(["stdout", text], ensure_ascii=False)
                await WebSocketHandler.write_message(self, message)
                if mark := self._window.sent(len(message)):
                    self.ping(mark)
                    await self._window.room()
            self.manager.ended(terminal)
            self.on_pty_died()
        except OrchflowError as error:
            await self._lost(terminal, error)
        except (WebSocketClosedError, StreamClosedError):
            self.log.debug("a tab of terminal %s is gone", self.term_name)

    async def _lost(self, terminal: "EngineTerminal", error: OrchflowError) -> None:
        """The stream ended before the program: find out whether the program has, too."""
        self.log.debug("the stream of terminal %s ended: %s", self.term_name, error)
        try:
            await self.manager.refresh()
        except EngineUnavailableError:
            self.close(AGAIN, "the engine does not answer")
            return
        if terminal in self.manager.terminals.values():
            self.close(AGAIN, "the engine has let go of this stream")
        else:
            self.on_pty_died()
