"""Control calls to the engine: JSON-RPC 2.0, one object a line, on its Unix socket.

Descriptors travel beside the line that names them (`SCM_RIGHTS`, unix(7)) and are taken in order.
Source: https://www.jsonrpc.org/specification; no batches, and notifications only from the engine.
"""

import json
from collections.abc import Iterator
from typing import Any

from orchflow_jupyter.errors import OrchflowError, ProtocolError, TooLargeError, from_status

__all__ = [
    "MAX_LINE",
    "PROTOCOL",
    "Json",
    "LineReader",
    "decode_reply",
    "encode_error",
    "encode_notification",
    "encode_request",
    "encode_result",
]

PROTOCOL = 1
"""The version of the control calls and of the streams; engines and clients of different ones do not talk."""

MAX_LINE = 4 * 1024 * 1024
"""Bytes of one request or reply."""

APPLICATION_ERROR = -32000
"""JSON-RPC's code for errors of ours; `data.status` and `data.reason` say which."""


class Json(bytes):
    """A result that is JSON already, for who answers with it."""

    @property
    def value(self) -> Any:
        """It for who is in the same process."""
        return json.loads(self)


class LineReader:
    """Cuts what arrives into lines of JSON objects."""

    def __init__(self, limit: int = MAX_LINE) -> None:
        self._rest = bytearray()
        self._limit = limit

    def feed(self, data: bytes) -> Iterator[dict[str, Any]]:
        """The objects that are whole now. Raises `ProtocolError` for what is none, `TooLargeError` over the limit."""
        self._rest += data
        while (end := self._rest.find(b"\n")) >= 0:
            line = bytes(self._rest[:end])
            del self._rest[: end + 1]
            try:
                value = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise ProtocolError(f"a control call must be one JSON object a line: {error}") from error
            if not isinstance(value, dict):
                raise ProtocolError("a control call must be a JSON object")
            yield value
        if len(self._rest) > self._limit:
            raise TooLargeError(f"a control call may have {self._limit} bytes")


def encode_request(number: int, method: str, params: dict[str, Any] | None = None) -> bytes:
    """One request, as a line."""
    return _line({"jsonrpc": "2.0", "id": number, "method": method, "params": params or {}})


def encode_notification(method: str, params: dict[str, Any]) -> bytes:
    """What the engine says by itself, as a line."""
    return _line({"jsonrpc": "2.0", "method": method, "params": params})


def encode_result(number: Any, result: Any) -> bytes:
    """The answer to request `number`, as a line."""
    if isinstance(result, Json):
        return b'{"jsonrpc":"2.0","id":%b,"result":%b}\n' % (json.dumps(number).encode(), result)
    return _line({"jsonrpc": "2.0", "id": number, "result": result})


def encode_error(number: Any, error: OrchflowError) -> bytes:
    """The refusal of request `number`, as a line."""
    data = {"status": error.status, "reason": error.reason}
    return _line(
        {"jsonrpc": "2.0", "id": number, "error": {"code": APPLICATION_ERROR, "message": error.message, "data": data}}
    )


def decode_reply(reply: dict[str, Any]) -> Any:
    """The result that a reply carries; raises the error that it carries instead."""
    if "error" not in reply:
        return reply.get("result")
    error = reply["error"]
    raise from_status(error.get("data", {}).get("status", 500), error.get("message", "the engine refused"))


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"
