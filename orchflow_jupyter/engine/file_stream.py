"""A client's end of a watched directory: what it asks for, and the batches that it is sent."""

import time
from collections.abc import Mapping
from time import perf_counter
from typing import Any

from orchflow_jupyter.engine.connection import Connection
from orchflow_jupyter.engine.counters import Counters
from orchflow_jupyter.errors import OrchflowError, ProtocolError, TooManyError
from orchflow_jupyter.files.hub import Hub
from orchflow_jupyter.files.listener import Listener
from orchflow_jupyter.protocol.files import PONG, batch_text, decode, hello_text, resync_text
from orchflow_jupyter.terminals.histogram import Histogram

__all__ = ["FileStream"]

UNREAD = 1000
"""Answers to pings that a client may leave unread."""


class FileStream:
    """The `Stream` of one connection to a watched directory.

    `parameters` are those of the upgrade request: `path`, `recursive`, `since`, `ignore`; and `hidden`, of the server.
    Nothing is queued here: the next message is made when there is room for it, from what the room holds.
    """

    text = True
    listener: Listener
    connection: Connection

    def __init__(
        self,
        hub: Hub,
        parameters: Mapping[str, Any],
        counters: Counters,
        delivery: Histogram,
        refusal: OrchflowError | None = None,
    ) -> None:
        self._hub = hub
        self._parameters = parameters
        self._counters = counters
        self._delivery = delivery
        self._refusal = refusal
        self._greeted = False
        self._pongs = 0
        self.stopping = False

    def opened(self, connection: Connection) -> None:
        """Begin to watch. Raises errors of ours for what cannot be watched."""
        self.connection = connection
        if self._refusal is not None:
            raise self._refusal
        self.listener = self._hub.listen(self._parameters, connection.pump)
        if "since" in self._parameters:
            self._counters.resumed += 1

    def received(self, messages: list[bytes]) -> None:
        """A client has nothing to say but that it is there."""
        self._counters.messages_in += len(messages)
        for data in messages:
            said = decode(data)
            if said == "ping":
                self._pongs += 1
                if self._pongs > UNREAD:
                    raise TooManyError(f"more than {UNREAD} pings are not yet answered: read before you send more")
            elif said != "pong":
                raise ProtocolError("that is the engine's to send")

    def next_message(self) -> bytes | None:
        """A hello once the tree stands, then batches and resyncs in order."""
        message = self._next()
        if message is None:
            return None
        self._counters.messages_out += 1
        return message.encode()

    def jammed(self, is_jammed: bool) -> None:
        """What a client does not read stays in the room's ring, as long as that holds it."""

    def closed(self) -> None:
        """The connection is gone."""
        if hasattr(self, "listener"):
            self._hub.leave(self.listener)

    def _next(self) -> str | None:
        if self._pongs:
            self._pongs -= 1
            return PONG
        listener = self.listener
        if not listener.greeted:
            return None
        if not self._greeted:
            self._greeted = True
            return hello_text(listener.room.hello(listener))
        entry = listener.pull()
        if entry is None:
            return None
        clock, now = listener.room.clock(entry.number), time.time_ns() // 1000
        if entry.resync is not None:
            return resync_text(clock, entry.resync, now)
        self._delivery.add(perf_counter() - entry.at)
        return batch_text(clock, entry.events, entry.first_seen, now)
