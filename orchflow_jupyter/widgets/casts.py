"""What of a recording's file can be played: a damaged line stops the player, or the page that it is in, for good.

Source: https://docs.asciinema.org/manual/asciicast/v3/, and v2 and v1 beside it.
"""

import re
from codecs import BOM_UTF8
from typing import Any

from msgspec import MsgspecError, Struct, json

from orchflow_jupyter.errors import InvalidRequestError

__all__ = ["playable"]

LARGEST = 1000
"""Columns and rows of a terminal that a page can paint: its canvas has a largest size."""
LONGEST = 2_000_000
"""Seconds that a page's timer can wait (setTimeout's milliseconds are 31 bits)."""
NOTHING = b'[0.0, "o", ""]\n'


class _Plain(Struct):
    stdout: list[tuple[float, str]]


EVENT = json.Decoder(tuple[float, str, str])
HEAD = json.Decoder(dict[str, Any])
PLAIN = json.Decoder(_Plain)
SIZE = re.compile(r"([0-9]{1,5})x([0-9]{1,5})")


def playable(data: bytes, path: str) -> tuple[bytes, str]:
    """The recording in `data` without what cannot be played, and a word about that; "" where all can.

    A last line that is not whole is one that is written just now. Raises `InvalidRequestError` for what is no asciicast
    of version 1, 2 or 3, whose size is missing or more than `LARGEST`, or of which nothing can be played.
    """
    data = data.removeprefix(BOM_UTF8)
    if not data.strip():
        raise InvalidRequestError(f"{path} is empty: nothing has been recorded to it")
    line, _, rest = data.partition(b"\n")
    head = _decoded(HEAD, line) or _decoded(HEAD, data)  # the whole of version 1 may be of many lines
    version = None if head is None else head.get("version")
    if head is None or type(version) is not int or version not in (1, 2, 3):
        raise InvalidRequestError(f"{path} is no asciicast of version 1, 2 or 3")
    size = head.get("term") if version == 3 else {"cols": head.get("width"), "rows": head.get("height")}
    if not (isinstance(size, dict) and all(type(size.get(n)) is int and size[n] > 0 for n in ("cols", "rows"))):
        raise InvalidRequestError(f"{path} does not say of how many columns and rows it is, in its first line")
    if not _fits(size["cols"], size["rows"]):
        raise InvalidRequestError(
            f"{path} is of {size['cols']} x {size['rows']} cells, and a page can show {LARGEST} x {LARGEST} at most"
        )
    if version == 1:
        plain = _decoded(PLAIN, data)
        if plain is None or not all(0 <= time <= LONGEST for time, _ in plain.stdout):
            raise InvalidRequestError(f"{path} is damaged: its `stdout` is no list of times and texts")
        return data, ""
    return _checked(line, rest, path)


def _checked(head: bytes, rest: bytes, path: str) -> tuple[bytes, str]:
    """The same of the lines behind the first one; the player takes no recording without events for one."""
    *lines, last = rest.split(b"\n")
    if _plays(last):
        lines.append(last)  # whole, though its end was forgotten; else it is written just now
    told = [(number, line) for number, line in enumerate(lines, start=2) if line.strip() and not line.startswith(b"#")]
    events = [line for _, line in told if _plays(line)]
    bad = [number for number, line in told if not _plays(line)] if len(events) < len(told) else []
    if bad and not events:
        raise InvalidRequestError(f"{path} cannot be played: none of its lines is an event of an asciicast")
    data = b"".join(line + b"\n" for line in (head, *events)) if events else head + b"\n" + NOTHING
    if not bad:
        return data, ""
    word = f"Line {bad[0]} is no event" if len(bad) == 1 else f"{len(bad):,} lines, from {bad[0]} on, are no events"
    return data, f"{word}: left out."


def _plays(line: bytes) -> bool:
    event = _decoded(EVENT, line)
    if event is None or not 0 <= event[0] <= LONGEST:
        return False
    if event[1] != "r":
        return True
    size = SIZE.fullmatch(event[2])
    return size is not None and _fits(int(size[1]), int(size[2]))


def _fits(cols: int, rows: int) -> bool:
    return 0 < cols <= LARGEST and 0 < rows <= LARGEST


def _decoded(decoder: Any, data: bytes) -> Any:
    try:
        return decoder.decode(data)
    except (MsgspecError, ValueError, RecursionError):
        return None
