"""The calls that a document's client makes on its stream: hello, save, and choosing in conflicts and offers."""

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from orchflow_jupyter.errors import InvalidRequestError, NotAllowedError, NotFoundError, OrchflowError, TooManyError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from orchflow_jupyter.documents.member import Member
    from orchflow_jupyter.documents.opened import Opened

__all__ = ["MemberCalls"]

log = logging.getLogger(__name__)

AT_ONCE = 32
"""Calls of one client that may be under way."""


class MemberCalls:
    """The calls of `member`, on `document`."""

    def __init__(self, member: "Member", document: "Opened") -> None:
        self._member = member
        self._document = document
        self._tasks: set[asyncio.Task[None]] = set()
        self._known: dict[str, Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]] = {
            "save": self._save,
            "resolve": self._resolve,
            "offer": self._offer,
            "take": self._take,
            "dismiss": self._dismiss,
        }

    def take(self, value: dict[str, Any]) -> None:
        """Carry a call out, and answer it when it is done. Raises `TooManyError`."""
        member, number = self._member, value.get("id")
        member.talk()
        if value.get("call") == "hello":
            member.answer({"id": number, "result": self._hello()})
            return
        if len(self._tasks) >= AT_ONCE:
            raise TooManyError(f"{AT_ONCE} calls are under way: wait for their answers")
        task = asyncio.get_running_loop().create_task(self._carry_out(number, value))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry_out(self, number: Any, value: dict[str, Any]) -> None:
        answer: dict[str, Any]
        try:
            answer = {"result": await self._called(value)}
        except OrchflowError as error:
            answer = {"error": error.as_json()}
        except Exception as error:
            log.exception("a call of a document's client failed: %s", value.get("call"))
            answer = {"error": OrchflowError(str(error)).as_json()}
        if self._member in self._member.room.members:
            self._member.answer({"id": number, **answer})
            self._member.woken()

    async def _called(self, value: dict[str, Any]) -> dict[str, Any]:
        name = value.get("call")
        carry_out = self._known.get(name) if isinstance(name, str) else None
        if carry_out is None:
            raise NotFoundError(f"there is no call {name!r}; there are hello, {', '.join(self._known)}")
        if not self._member.writable:
            raise NotAllowedError("this document is for reading only here")
        return await carry_out(value)

    def _hello(self) -> dict[str, Any]:
        room = self._member.room
        return {"room": room.name, "path": room.path, "writable": self._member.writable, "provider": "orchflow"}

    async def _save(self, value: dict[str, Any]) -> dict[str, Any]:
        return await self._document.keeping.save()

    async def _resolve(self, value: dict[str, Any]) -> dict[str, Any]:
        await self._document.keeping.resolve(_text(value, "conflict"), _text(value, "take"))
        return {}

    async def _offer(self, value: dict[str, Any]) -> dict[str, Any]:
        text, base, author = _text(value, "text"), _text(value, "base"), _text(value, "author")
        return {"id": await self._document.keeping.offer(text, base, author)}

    async def _take(self, value: dict[str, Any]) -> dict[str, Any]:
        await self._document.keeping.take(_text(value, "offer"))
        return {}

    async def _dismiss(self, value: dict[str, Any]) -> dict[str, Any]:
        await self._document.keeping.dismiss(_text(value, "offer"))
        return {}


def _text(value: dict[str, Any], name: str) -> str:
    given = value.get(name)
    if not isinstance(given, str):
        raise InvalidRequestError(f"{name} must be text, and {given!r} is not")
    try:
        given.encode()
    except UnicodeEncodeError as error:
        raise InvalidRequestError(f"{name} must be Unicode, without half a surrogate pair: {error}") from error
    return given
