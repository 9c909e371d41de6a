"""A browser tab on one of Jupyter's own terminals, as far as its messages go: terminado's JSON."""

import contextlib
import json
from urllib.parse import quote

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.support.waiting import GENEROUS

__all__ = ["ON_THE_ENGINE", "JupyterTerminal", "names", "new"]

ON_THE_ENGINE = [
    "--TerminalsExtensionApp.terminal_manager_class=orchflow_jupyter.server.terminals.EngineTerminalManager"
]
"""What a user configures who wants Jupyter's own terminals on the engine."""


class JupyterTerminal:
    """What came is in `output`; a context manager."""

    def __init__(self, server, name, *, headers=None, slow=False):
        self._opened = contextlib.ExitStack()
        self.socket = self._opened.enter_context(
            connect(
                f"{server.ws_url}terminals/websocket/{quote(name, safe='')}",
                additional_headers=server.authorization if headers is None else headers,
                compression=None,
                proxy=None,
                open_timeout=GENEROUS,
                max_size=None,
                max_queue=2 if slow else None,  # one who is slow reads only what is asked for
            )
        )
        self.messages = []
        self._shown = []

    def send(self, *message):
        self.socket.send(json.dumps(message))

    def type(self, text):
        self.send("stdin", text)

    def next(self):
        """Read one message; raises `ConnectionClosed` where none comes before the end."""
        message = json.loads(self.socket.recv(timeout=GENEROUS))
        self.messages.append(message)
        if message[0] == "stdout":
            self._shown.append(message[1])
        return message

    @property
    def output(self):
        """All that it was sent to show."""
        self._shown = ["".join(self._shown)]
        return self._shown[0]

    def read_until(self, text):
        """Read on until the output holds `text`; all of the output."""
        while text not in self.output:
            self.next()
        return self.output

    def read_until_tail(self, text):
        """As `read_until`, for much output, of which only the last few messages are looked at."""
        while text not in "".join(self._shown[-3:]):
            self.next()
        return self.output

    def read_to_the_end(self):
        """Read on until the connection closes; the last message."""
        with contextlib.suppress(ConnectionClosed):
            while True:
                self.next()
        return self.messages[-1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._opened.close()


def new(server, **fields):
    """The name of a new terminal."""
    answer = server.request("POST", "api/terminals", fields)
    assert answer.status == 200, answer.body
    assert set(answer.json) == {"name", "last_activity"}
    return answer.json["name"]


def names(server):
    return [model["name"] for model in server.request("GET", "api/terminals").json]
