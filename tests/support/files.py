"""A client of a stream of file events, written from docs/protocol.md alone."""

import contextlib
import json
from urllib.parse import urlencode

from websockets.sync.client import connect

from tests.support.waiting import GENEROUS

__all__ = ["SUBPROTOCOL", "FileStream", "open_files"]

SUBPROTOCOL = "orchflow.files.v1"


@contextlib.contextmanager
def open_files(server, *, known_by=None, **query):
    """A WebSocket to the file events of `server`, with the right token, or `known_by`, or none where that is ''."""
    token = server.token if known_by is None else known_by
    with connect(
        f"{server.ws_url}orchflow/ws/files?{urlencode(query, doseq=True)}",
        subprotocols=[SUBPROTOCOL],
        additional_headers={"Authorization": f"token {token}"} if token else {},
        ssl=server.ssl_context,
        proxy=None,
        open_timeout=GENEROUS,
        max_size=None,
    ) as socket:
        yield socket


class FileStream:
    """One client: its messages as they come."""

    def __init__(self, server, **query):
        self._opened = contextlib.ExitStack()
        self.socket = self._opened.enter_context(open_files(server, **query))
        try:
            self.hello = self.next()
            assert self.hello["type"] == "hello", self.hello
        except BaseException:
            self.close()
            raise
        self.clock = self.hello["clock"]

    def next(self):
        message = self.socket.recv(timeout=GENEROUS)
        assert isinstance(message, str)
        value = json.loads(message)
        self.clock = value.get("clock", self.hello["clock"] if hasattr(self, "hello") else "")
        return value

    def until(self, path):
        """All events up to one about `path`."""
        seen = []
        while not any(event["path"] == path for event in seen):
            message = self.next()
            assert message["type"] == "batch", message
            seen += message["events"]
        return seen

    def close(self):
        self._opened.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
