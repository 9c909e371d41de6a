"""Many operations on many terminals in one call: validated as a whole, carried out by priority, one result each.

Signals go before input, and input before the rest, so that an interrupt never waits behind a paste; operations of one
priority keep their order.
"""

import asyncio
import base64
import binascii
import time
from collections.abc import Callable, Mapping
from itertools import chain
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from orchflow_jupyter.errors import OrchflowError, TooLargeError, TooManyError, of_system
from orchflow_jupyter.terminals.lines import LONG, MAX_LINE
from orchflow_jupyter.terminals.manager import Manager
from orchflow_jupyter.terminals.requests import Create, Id, Length, Named, Signal, parse
from orchflow_jupyter.terminals.session import Session

__all__ = ["MAX_INPUT", "MAX_OPERATIONS", "carry_out"]

MAX_OPERATIONS = 10_000
"""Operations of one call."""
MAX_INPUT = 2 * 1024 * 1024
"""Bytes that the inputs of one call may have together."""
TURN = 0.005
"""Seconds of work after which whoever else waits for the loop comes first: a key is not to wait for a batch."""


class CloseOne(Named, forbid_unknown_fields=True, tag_field="op", tag="close"):
    """Hang up on a terminal."""


class CreateOne(Create, forbid_unknown_fields=True, tag_field="op", tag="create"):
    """A new terminal; the result is its model."""


class InputOne(Struct, forbid_unknown_fields=True, tag_field="op", tag="input"):
    """Type `data`, which is text, or base64 of bytes."""

    id: Id
    data: str
    encoding: Literal["text", "base64"] = "text"

    def __post_init__(self) -> None:
        if self.encoding == "text" and self.data.isascii():
            return
        try:
            self.content()
        except UnicodeEncodeError:
            raise ValueError("data must be Unicode, without half a surrogate pair; send bytes as base64") from None
        except binascii.Error as error:
            raise ValueError(f"data is no base64: {error}") from None

    def content(self) -> bytes:
        """What is to be typed."""
        return self.data.encode() if self.encoding == "text" else base64.b64decode(self.data, validate=True)


class ResizeOne(Struct, forbid_unknown_fields=True, tag_field="op", tag="resize"):
    """Change a terminal's size."""

    id: Id
    cols: Length
    rows: Length


class SignalOne(Signal, forbid_unknown_fields=True, tag_field="op", tag="signal"):
    """A signal for what runs in the foreground."""


Operation = CloseOne | CreateOne | InputOne | ResizeOne | SignalOne


class Batch(Struct, forbid_unknown_fields=True):
    """The parameters of the call."""

    operations: Annotated[list[Operation], Meta(max_length=MAX_OPERATIONS)]


async def carry_out(
    terminals: Manager, params: Mapping[str, Any], create: Callable[[dict[str, Any]], dict[str, Any]]
) -> list[dict[str, Any]]:
    """A result for each operation, in the order asked: `{"ok", "result"?}` or `{"ok", "status", "reason", "message"}`.

    `create` makes a terminal and gives its model. Raises `InvalidRequestError` that names the index of what makes no
    sense, and `TooLargeError`; nothing is carried out then. An operation that fails does not stop the others.
    """
    operations = parse(params, Batch).operations
    size = sum(len(one.data) for one in operations if type(one) is InputOne)
    if size > MAX_INPUT:
        raise TooLargeError(
            f"the inputs of a batch may have {MAX_INPUT} bytes together, and these have {size}: use several calls"
        )
    in_turn: tuple[list[int], ...] = ([], [], [])
    for index, operation in enumerate(operations):
        in_turn[_PRIORITIES.get(type(operation), 2)].append(index)
    results: list[dict[str, Any]] = [_DONE] * len(operations)
    until = time.monotonic() + TURN
    for index in chain(*in_turn):
        operation = operations[index]
        try:
            if isinstance(operation, CreateOne):
                asked = {name: value for name, value in params["operations"][index].items() if name != "op"}
                results[index] = {"ok": True, "result": create(asked)}
            elif isinstance(operation, CloseOne):
                terminals.delete(operation.id)
            else:
                _carry_out(terminals.running_one(operation.id), operation)
        except Exception as error:
            if (ours := error if isinstance(error, OrchflowError) else of_system(error)) is None:
                raise
            results[index] = {"ok": False, "status": ours.status, **ours.as_json()}
        if time.monotonic() > until:
            await asyncio.sleep(0)
            until = time.monotonic() + TURN
    return results


_PRIORITIES = {SignalOne: 0, InputOne: 1}
"""The others come last."""
_DONE: dict[str, Any] = {"ok": True}


def _carry_out(session: Session, operation: InputOne | ResizeOne | SignalOne) -> None:
    if isinstance(operation, InputOne):
        _type(session, operation)
    elif isinstance(operation, SignalOne):
        session.signal(operation.signal)
    else:
        session.resize(operation.cols, operation.rows)


def _type(session: Session, operation: InputOne) -> None:
    if session.input.held:
        waiting = len(session.input)
        raise TooManyError(f"the program in terminal {operation.id!r} does not read; {waiting} bytes wait for it")
    content = operation.content()
    if len(content) > LONG and (lost := session.lines.cut(content, anyway=False)):
        raise TooLargeError(
            f"the program in terminal {operation.id!r} reads lines of at most {MAX_LINE + 1:,} bytes, and {lost:,} "
            "bytes would be lost; nothing was typed"
        )
    session.feed(content)
