"""An unmodified Yjs client in Node, with the y-websocket provider."""

import json
import shutil
import subprocess
from pathlib import Path

from tests.support.waiting import eventually

__all__ = ["HAS_YJS", "Yjs"]

ROOT = Path(__file__).parents[2]
HAS_YJS = bool(shutil.which("node")) and (ROOT / "js/node_modules/y-websocket").exists()


class Yjs:
    """Joins `room` of `server`; leaving the context ends the program."""

    def __init__(self, server, room, **params):
        address = f"{server.ws_url}orchflow/ws/documents"
        given = json.dumps({"token": server.token, **params})
        self.node = subprocess.Popen(
            ["node", ROOT / "tests/support/y_websocket.mjs", address, room, given],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self):
        assert json.loads(self.node.stdout.readline()) == {"synced": True}
        return self

    def __exit__(self, *_):
        self.node.stdin.close()
        self.node.stdout.close()
        self.node.wait()

    def do(self, command, *given):
        """Carry out one command, of which no answer comes."""
        self.node.stdin.write(json.dumps([command, *given]) + "\n")
        self.node.stdin.flush()

    @property
    def text(self):
        """What the document is here."""
        return self._asked("text")

    @property
    def states(self):
        """What everybody shows who is there."""
        return self._asked("states")

    @property
    def state(self):
        """The state vector."""
        return bytes.fromhex(self._asked("state"))

    def sees(self, text):
        """Wait until the document is `text` here."""
        eventually(lambda: self.text == text, f"{text!r} in Yjs")

    def _asked(self, what):
        self.do(what)
        while what not in (said := json.loads(self.node.stdout.readline())):
            pass  # it says each time that it is in sync again
        return said[what]
