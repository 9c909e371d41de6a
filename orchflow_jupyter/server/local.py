"""Whether a client is on the machine that the server runs on."""

import ipaddress
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tornado.httputil import HTTPServerRequest

__all__ = ["same_machine"]


def same_machine(request: "HTTPServerRequest") -> bool:
    """Whether every address that the request names as its origin is one of this machine's.

    Proxies' headers are believed here, whoever sent them: a wrong answer costs some time, and nothing else.
    """
    named = [part for name in ("X-Forwarded-For", "X-Real-IP") for part in request.headers.get(name, "").split(",")]
    return all(is_ours(address.strip()) for address in [request.remote_ip or "", *named] if address.strip())


def is_ours(address: str) -> bool:
    """Whether `address` is one of this machine's; what is no address is not."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    # Tornado gives 0.0.0.0 to the peer of a Unix socket.
    if parsed.is_loopback or parsed.is_unspecified:
        return True
    # Only an own address can be bound to; nothing is sent.
    with socket.socket(socket.AF_INET if parsed.version == 4 else socket.AF_INET6, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((str(parsed), 0))
        except OSError:
            return False
    return True
