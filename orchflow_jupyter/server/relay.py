"""Passes the bytes of a connection on to the engine, and its answers back: where the connection itself cannot be given.

Where Jupyter ends TLS, the keys are in its process. The engine then gets one end of a socketpair, and cannot tell it
from a client. Nothing is held but the chunk that is under way in either direction: who reads slowly is waited for.
Each direction ends by itself, because the engine says its last word, the close frame, and then still listens.
"""

import asyncio
import contextlib
import json
import socket
from collections.abc import Awaitable, Callable

from tornado.iostream import IOStream, StreamClosedError

from orchflow_jupyter.errors import OrchflowError

__all__ = ["Relay", "plain_answer"]

CHUNK = 64 * 1024
"""Bytes that are passed on at once."""

PATIENCE = 5.0
"""Seconds that a client has to go once the engine has said its last word."""


class Relay:
    """One connection between `client` and the engine; it is in `open_ones` while it is open."""

    def __init__(self, client: IOStream, open_ones: "set[Relay]") -> None:
        self._client = client
        self._open_ones = open_ones
        self._engine, self._theirs = socket.socketpair()
        self._engine.setblocking(False)
        self._theirs.setblocking(False)

    async def run(self, adopt: Callable[[int], Awaitable[None]]) -> None:
        """Let the engine `adopt` a descriptor, then pass bytes until both sides have ended."""
        self._open_ones.add(self)
        try:
            with self._engine:
                with self._theirs:
                    await adopt(self._theirs.fileno())
                await self._pass_both()
        except OrchflowError as error:
            with contextlib.suppress(StreamClosedError):
                await self._client.write(plain_answer(error))
        finally:
            self._client.close()
            self._open_ones.discard(self)

    def close(self) -> None:
        """Make both sides end."""
        self._client.close()
        _shut(self._engine, socket.SHUT_RDWR)

    async def _pass_both(self) -> None:
        from_client = asyncio.ensure_future(self._from_client())
        try:
            await self._from_engine()
            await asyncio.wait([from_client], timeout=PATIENCE)
        finally:
            from_client.cancel()
            await asyncio.wait([from_client])

    async def _from_client(self) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(StreamClosedError, OSError):
            while True:
                await loop.sock_sendall(self._engine, await self._client.read_bytes(CHUNK, partial=True))
        _shut(self._engine, socket.SHUT_WR)

    async def _from_engine(self) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(StreamClosedError, OSError):
            while data := await loop.sock_recv(self._engine, CHUNK):
                await self._client.write(data)
        if not self._client.closed():
            _shut(self._client.socket, socket.SHUT_WR)


def _shut(connection: socket.socket, how: int) -> None:
    with contextlib.suppress(OSError):
        # Not the method of an SSLSocket: that one would also stop deciphering what still comes.
        socket.socket.shutdown(connection, how)


def plain_answer(error: OrchflowError) -> bytes:
    """A refusal as a whole HTTP answer, for a connection that no handler writes to any more."""
    body = json.dumps(error.as_json()).encode()
    head = f"HTTP/1.1 {error.status} Refused\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return f"{head}Connection: close\r\n\r\n".encode() + body
