"""Documents whose rooms are in the Jupyter server, not here: whoever wants one is handed over to it.

Servers are told that a request waits, and the first to claim it carries it out. A claim brings one end of a socket
pair: by it the server gets the descriptor of who joins, so that nothing has to pass their bytes on.
"""

import asyncio
import contextlib
import itertools
import socket
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from orchflow_jupyter.engine.terminal_calls import Call
from orchflow_jupyter.errors import EngineUnavailableError, InvalidRequestError, NotFoundError, from_status

__all__ = ["Elsewhere"]

ANSWER = 30.0
"""Seconds that a server has to carry out a request."""


@dataclass
class _Request:
    told: dict[str, Any]
    client: int | None
    answer: "asyncio.Future[dict[str, Any]]"
    claimed: bool = False


class Elsewhere:
    """`tell` tells all servers of a request by its number, and says whether there are any; `moved` is called when the
    rooms are somewhere else from now on."""

    def __init__(self, tell: Callable[[int], bool], moved: Callable[[], None]) -> None:
        self._tell = tell
        self._moved = moved
        self.provider: str | None = None
        """Whose the rooms are, as the server that came last says; None: ours. It holds while that server is away, as a
        second room on a file would overwrite what is typed in the first."""
        self._said = False
        self._numbers = itertools.count(1)
        self._requests: dict[int, _Request] = {}

    def methods(self) -> dict[str, Call]:
        """The calls of servers by their names."""
        return {"documents.elsewhere": self._declare, "rooms.claim": self._claim, "rooms.answered": self._answered}

    def holds(self, before: Any) -> bool:
        """Whether a document is to be opened there; `before` is whose it was for who comes back.

        Raises `EngineUnavailableError` where it was another's and no server has said yet whose it is now.
        """
        if before not in (None, "orchflow") and not self._said:
            raise EngineUnavailableError(f"the Jupyter server, whose {before} has this document, is away")
        return self.provider is not None

    async def open(self, path: Any) -> dict[str, Any]:
        """What a client needs to join the room of `path`. Raises what the server does, `EngineUnavailableError`."""
        answer = await self._ask({"what": "open", "path": path})
        return dict(answer["model"])

    async def join(self, room: str, mode: Any, client: socket.socket) -> None:
        """Give `client`, which speaks WebSocket already, to the server, which serves that room on it."""
        await self._ask({"what": "join", "room": room, "mode": mode}, client.fileno())

    async def _ask(self, told: dict[str, Any], client: int | None = None) -> dict[str, Any]:
        number = next(self._numbers)
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._requests[number] = _Request(told, client, answer)
        try:
            if not self._tell(number):
                raise EngineUnavailableError(f"the Jupyter server, whose {self.provider} has the documents, is away")
            async with asyncio.timeout(ANSWER):
                return await answer
        except TimeoutError:
            raise EngineUnavailableError(f"the Jupyter server did not answer within {ANSWER:g} s") from None
        finally:
            del self._requests[number]

    async def _declare(self, params: dict[str, Any], fds: deque[int]) -> dict[str, Any]:
        provider = params.get("provider")
        if provider is not None and not isinstance(provider, str):
            raise InvalidRequestError(f"provider must be a name or null, and {provider!r} is neither")
        self._said = True
        if provider != self.provider:
            self.provider = provider
            self._moved()
        for number, request in self._requests.items():
            if not request.claimed:  # the server may have been told before it listened
                self._tell(number)
        return {}

    async def _claim(self, params: dict[str, Any], fds: deque[int]) -> dict[str, Any]:
        if not fds:
            raise InvalidRequestError("rooms.claim takes one end of a socket pair beside it")
        with contextlib.closing(socket.socket(fileno=fds.popleft())) as way:
            request = self._requests.get(params.get("request", 0))
            if request is None or request.claimed:
                raise NotFoundError("another server carries this out")
            request.claimed = True
            if request.client is not None:
                socket.send_fds(way, [b"!"], [request.client])
            return request.told

    async def _answered(self, params: dict[str, Any], fds: deque[int]) -> dict[str, Any]:
        request = self._requests.get(params.get("request", 0))
        if request is not None and not request.answer.done():
            if "status" in params:
                request.answer.set_exception(from_status(int(params["status"]), str(params.get("message", ""))))
            else:
                request.answer.set_result(params)
        return {}
