"""Files that Jupyter's contents manager keeps: the engine asks for them, and whichever server is there carries it out.

Servers are told that a request waits; the first to claim it gets what is to be done, and answers. Bytes go by a file
that the server opens and sends the descriptor of, as a document may be larger than a line of the control connection.
While no server is there, nothing can be read or written, and saving waits.
"""

import asyncio
import itertools
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from orchflow_jupyter.documents.storage import Stamp, digest
from orchflow_jupyter.errors import (
    ConflictError,
    EngineUnavailableError,
    NotFoundError,
    OrchflowError,
    TooLargeError,
    from_status,
)

__all__ = ["Contents", "ContentsStorage"]

ANSWER = 30.0
"""Seconds that a server has to carry out a request."""


@dataclass
class _Request:
    """What is asked for; `told` is what is told of it."""

    told: dict[str, Any]
    data: bytes
    answer: "asyncio.Future[tuple[dict[str, Any], bytes]]"
    claimed: bool = False


class Contents:
    """The requests of one engine. `tell` tells all servers of one by its number, and says whether there are any."""

    def __init__(self, tell: Callable[[int], bool]) -> None:
        self._tell = tell
        self._numbers = itertools.count(1)
        self._requests: dict[int, _Request] = {}

    async def ask(self, what: str, path: str, data: bytes = b"") -> tuple[dict[str, Any], bytes]:
        """`look`, `read` or `write`: what the server answers, and what it read.

        Raises `EngineUnavailableError` where no server is there, and what the contents manager raises.
        """
        number = next(self._numbers)
        answer: asyncio.Future[tuple[dict[str, Any], bytes]] = asyncio.get_running_loop().create_future()
        self._requests[number] = _Request({"what": what, "path": path, "size": len(data)}, data, answer)
        try:
            if not self._tell(number):
                raise EngineUnavailableError("the Jupyter server, which keeps this file, is away; saving waits for it")
            async with asyncio.timeout(ANSWER):
                return await answer
        except TimeoutError:
            raise EngineUnavailableError(f"the Jupyter server did not answer within {ANSWER:g} s") from None
        finally:
            del self._requests[number]

    async def claim(self, number: Any, file: int) -> dict[str, Any]:
        """A server will carry it out: what it is; what is to be written is put into `file`.

        Raises `NotFoundError` where another does already.
        """
        request = self._requests.get(number)
        if request is None or request.claimed:
            raise NotFoundError("another server carries this out")
        request.claimed = True
        if request.data:
            await asyncio.to_thread(_put, file, request.data)
        return request.told

    async def answered(self, number: Any, answer: dict[str, Any], file: int | None) -> None:
        """A server has carried it out, or says why not (`status`, `message`); what it read is in `file`."""
        data = b"" if file is None else await asyncio.to_thread(_all, file)
        request = self._requests.get(number)
        if request is None or request.answer.done():
            return
        if "status" in answer:
            request.answer.set_exception(from_status(int(answer["status"]), str(answer.get("message", ""))))
        else:
            request.answer.set_result((answer, data))


class ContentsStorage:
    """A file of `limit` bytes at most, by its path below the contents manager's root."""

    kind = "contents"

    def __init__(self, contents: Contents, path: str, limit: int) -> None:
        self.path = path
        self.writable = True
        self._contents = contents
        self._limit = limit

    async def read(self) -> tuple[bytes, Stamp]:
        """Its bytes. Raises as `Storage` says, and `EngineUnavailableError` where no server is there."""
        told, data = await self._contents.ask("read", self.path)
        if len(data) > self._limit:
            raise TooLargeError(f"{self.path} has more than {self._limit} bytes, which is too much to edit")
        return data, self._stamp(told, data)

    async def write(self, data: bytes, expected: Stamp | None) -> Stamp:
        """Write it, where it is as expected a moment before: a contents manager has no way to ask for both at once."""
        if expected is None:
            try:
                await self._contents.ask("look", self.path)
            except NotFoundError:
                pass
            else:
                raise ConflictError(f"{self.path} is there already")
        elif not await self.unchanged(expected):
            try:
                _, stamp = await self.read()
            except NotFoundError:
                raise ConflictError(f"{self.path} is not there any more") from None
            if stamp.digest != expected.digest:
                raise ConflictError(f"{self.path} has changed")
        told, _ = await self._contents.ask("write", self.path, data)
        return self._stamp(told, data)

    def moved_to(self, told: str | None) -> str | None:
        """Nobody tells."""
        return None

    def close(self) -> None:
        """Nothing is held."""

    async def unchanged(self, stamp: Stamp) -> bool:
        """Whether it was last modified when it was."""
        try:
            told, _ = await self._contents.ask("look", self.path)
        except EngineUnavailableError:
            raise
        except OrchflowError:
            return False
        self.writable = bool(told.get("writable", True))
        return bool(told["modified"] == stamp.modified)

    def _stamp(self, told: dict[str, Any], data: bytes) -> Stamp:
        self.writable = bool(told.get("writable", True))
        return Stamp(0, len(data), told["modified"], digest(data))


def _put(file: int, data: bytes) -> None:
    at = 0
    while at < len(data):
        at += os.pwrite(file, memoryview(data)[at:], at)


def _all(file: int) -> bytes:
    parts, at = [], 0
    while part := os.pread(file, 1 << 22, at):
        parts.append(part)
        at += len(part)
    return b"".join(parts)
