"""What comes with a socket that is handed over: its resource, its parameters, its upgrade request; and the socket."""

import os
import socket
from collections.abc import Mapping
from typing import Any

from orchflow_jupyter.errors import InvalidRequestError

__all__ = ["handed_over", "prepare", "resource", "stream_socket"]

KEEPALIVE = (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3), ("TCP_USER_TIMEOUT", 60_000))
"""The kernel finds out that a peer is gone (tcp(7)), without a wake-up of ours."""


def resource(params: Mapping[str, Any]) -> tuple[str, str]:
    """What is asked for: ("terminals", its id), ("documents", its room), or ("files", "")."""
    kind, _, identity = str(params.get("resource", "")).partition("/")
    if (kind in ("terminals", "documents") and identity) or (kind == "files" and not identity):
        return kind, identity
    wrong = params.get("resource")
    raise InvalidRequestError(f"resource must be terminals/ID, documents/ROOM or files, and {wrong!r} is none of them")


def handed_over(params: Mapping[str, Any]) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """The upgrade request, if one is to be answered, and the stream's parameters."""
    request, parameters = params.get("request"), params.get("parameters") or {}
    if not isinstance(parameters, dict):
        raise InvalidRequestError("parameters must be an object")
    if request is not None and not _is_upgrade(request):
        raise InvalidRequestError('request must be {"path": text, "headers": [[name, value], …]}')
    return request, parameters


def _is_upgrade(request: Any) -> bool:
    if not isinstance(request, dict) or not isinstance(request.get("path"), str):
        return False
    headers = request.get("headers")
    return isinstance(headers, (list, tuple)) and all(
        isinstance(pair, (list, tuple)) and len(pair) == 2 and all(isinstance(text, str) for text in pair)
        for pair in headers
    )


def stream_socket(fd: int) -> socket.socket:
    """The descriptor as a socket; closed where it is none that can carry a stream."""
    try:
        client = socket.socket(fileno=fd)
    except OSError as error:
        os.close(fd)
        raise InvalidRequestError(f"adopt takes a socket: {error.strerror}") from None
    if client.type != socket.SOCK_STREAM or client.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        client.close()
        raise InvalidRequestError("adopt takes a connected stream socket")
    return client


def prepare(client: socket.socket) -> None:
    """Set what every socket of ours has: no waiting, no Nagle, and the kernel's keepalive."""
    client.setblocking(False)
    if client.family in (socket.AF_INET, socket.AF_INET6):
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in KEEPALIVE:
            if hasattr(socket, name):
                client.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
