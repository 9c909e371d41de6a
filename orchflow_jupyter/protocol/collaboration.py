"""The messages that jupyter-collaboration has beside y-protocols': kind 2, sized text, which asks for a save.

Source: `YDocWebSocketHandler.on_message` of jupyter_server_ydoc. A save is asked for with a number, and the answer is
JSON: `{"type": "save", "responseTo": number, "status": "success", "skipped" or "failed"}`. Without being asked it says
`{"type": "conflict"}` where it could not apply an update.
"""

import json
from typing import Any

from orchflow_jupyter.errors import ProtocolError
from orchflow_jupyter.protocol.documents import Reader

__all__ = ["decode_raw", "encode_save"]

RAW = 2
SAVE = b"\x02\x04save"


def encode_save(number: int) -> bytes:
    """Ask for a save; `number` is in the answer."""
    rest = bytearray()
    while number > 0x7F:
        rest.append(number & 0x7F | 0x80)
        number >>= 7
    return SAVE + bytes(rest) + bytes([number])


def decode_raw(data: bytes) -> dict[str, Any] | None:
    """What such a message says; None where it is of another kind. Raises `ProtocolError` where it is no JSON."""
    reader = Reader(data)
    if reader.integer() != RAW:
        return None
    try:
        value = json.loads(reader.sized())
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"a message of kind 2 must be JSON: {error}") from error
    return value if isinstance(value, dict) else {}
