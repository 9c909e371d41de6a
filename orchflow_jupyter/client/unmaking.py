"""Undoing what was begun, whatever is cancelled meanwhile: what nobody knows of would stay for ever."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from orchflow_jupyter.errors import OrchflowError

__all__ = ["unmade"]

PATIENCE = 2.0
"""Seconds for an engine to answer; without an answer it goes on behind."""

Made = TypeVar("Made")

_going_on: set["asyncio.Future[None]"] = set()


async def unmade(making: "asyncio.Future[Made]", unmake: Callable[[Made], Awaitable[object]]) -> None:
    """Have `unmake` undo what `making` makes, or is still about to; errors of ours are those of what is gone anyway."""

    async def undo() -> None:
        await asyncio.wait([making])
        if not making.cancelled() and making.exception() is None:
            try:
                await unmake(making.result())
            except OrchflowError:
                return

    task = asyncio.ensure_future(undo())
    _going_on.add(task)
    task.add_done_callback(_going_on.discard)
    await asyncio.wait([task], timeout=PATIENCE)
