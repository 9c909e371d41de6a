"""websockets' protocol of a server, with close codes of ours."""

from websockets.server import ServerProtocol

from orchflow_jupyter.errors import TooLargeError

__all__ = ["WebSocket", "short"]

MESSAGE_TOO_BIG = 1009
REASON_BYTES = 120
"""Bytes of text that fit into a close frame (RFC 6455, section 5.5: 125 with the code)."""


class WebSocket(ServerProtocol):
    """The same, with our close code for a message that is too large."""

    def fail(self, code: int, reason: str = "") -> None:
        """End the connection."""
        super().fail(TooLargeError.close_code if code == MESSAGE_TOO_BIG else code, reason)


def short(reason: str) -> str:
    """As much of it as a close frame can say."""
    return reason.encode()[:REASON_BYTES].decode(errors="ignore")
