"""The control calls on terminals, `terminals.create` and its kin: each checks what it is given, and answers in JSON."""

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from orchflow_jupyter.engine.counters import Counters
from orchflow_jupyter.protocol.control import Json
from orchflow_jupyter.terminals.manager import Manager
from orchflow_jupyter.terminals.session import Session

__all__ = ["Call", "TerminalCalls"]

Call = Callable[[dict[str, Any], deque[int]], Awaitable[Any]]
"""Carries out one call: its parameters, and the descriptors that came, of which it takes what it needs."""


class TerminalCalls:
    """What can be asked of an engine's terminals; `made` is called when there is a new one.

    `refused` counts operations of batches by the reason for which they were refused.
    """

    def __init__(self, terminals: Manager, made: Callable[[], None], counters: Counters, refused: Counter[str]) -> None:
        self._terminals = terminals
        self._counters = counters
        self._refused = refused
        self._made = made
        self._one_view = asyncio.Lock()
        """A view with all that lies above a screen is a copy of it, of up to 16 MiB: there is one at a time."""

    def methods(self) -> dict[str, Call]:
        """The calls by their names."""
        return {
            "terminals.create": self._create,
            "terminals.list": self._list,
            "terminals.get": self._get,
            "terminals.update": self._update,
            "terminals.delete": self._delete,
            "terminals.signal": self._signal,
            "terminals.batch": self._batch,
            "terminals.screen": self._screen,
            "terminals.record": self._record,
            "terminals.stop_recording": self._stop_recording,
        }

    async def _create(self, params: dict[str, Any], fds: deque[int]) -> dict[str, Any]:
        return self._new(params)

    async def _list(self, params: dict[str, Any], fds: deque[int]) -> list[dict[str, Any]]:
        return [session.model() for session in self._terminals.sessions()]

    async def _get(self, params: dict[str, Any], fds: deque[int]) -> dict[str, Any]:
        return self._named(params).model()

    async def _update(self, params: dict[str, Any], fds: deque[int]) -> dict[str, Any]:
        session = self._terminals.update(params)
        cols, rows = session.settling.wanted  # of two changes within 50 ms the later one is still to come
        return session.model() | {"cols": cols, "rows": rows}

    async def _delete(self, params: dict[str, Any], fds: deque[int]) -> None:
        self._terminals.delete(_identity(params))

    async def _signal(self, params: dict[str, Any], fds: deque[int]) -> None:
        from orchflow_jupyter.terminals import requests

        request = requests.parse(params, requests.Signal)
        self._terminals.running_one(request.id).signal(request.signal)

    async def _batch(self, params: dict[str, Any], fds: deque[int]) -> dict[str, Any]:
        from orchflow_jupyter.terminals import batch

        results = await batch.carry_out(self._terminals, params, self._new)
        self._counters.batched += len(results)
        self._refused.update(result["reason"] for result in results if not result["ok"])
        return {"results": results}

    async def _screen(self, params: dict[str, Any], fds: deque[int]) -> Json:
        from orchflow_jupyter.terminals import requests, view

        request = requests.parse(params, requests.Screen)
        if not request.scrollback:
            return await view.view(self._terminals.get(request.id))
        async with self._one_view:
            return await view.view(self._terminals.get(request.id), request.scrollback)

    async def _record(self, params: dict[str, Any], fds: deque[int]) -> dict[str, Any]:
        session = await self._terminals.recordings.begin(params)
        self._counters.recordings += 1
        return session.model()

    async def _stop_recording(self, params: dict[str, Any], fds: deque[int]) -> dict[str, Any]:
        return await self._terminals.recordings.end(_identity(params))

    def _new(self, params: dict[str, Any]) -> dict[str, Any]:
        session = self._terminals.create(params)
        self._made()
        return session.model()

    def _named(self, params: Mapping[str, Any]) -> Session:
        return self._terminals.get(_identity(params))


def _identity(params: Mapping[str, Any]) -> str:
    from orchflow_jupyter.terminals import requests

    return requests.parse(params, requests.Named).id
