"""The messages of a stream of file events: JSON objects to values and back (`docs/protocol.md`, "File events").

A name whose bytes are not UTF-8 has a lone surrogate for each such byte, U+DC80 to U+DCFF (PEP 383), which JSON writes
as `\\udc80`; `os.fsencode` gives the bytes back.
"""

import json
from collections.abc import Iterable
from json.encoder import encode_basestring_ascii as quoted
from typing import Any, NamedTuple

from orchflow_jupyter.errors import ProtocolError

__all__ = [
    "KINDS",
    "PONG",
    "REASONS",
    "SUBPROTOCOL",
    "Batch",
    "Event",
    "Hello",
    "Resync",
    "batch_text",
    "decode",
    "event_text",
    "hello_text",
    "resync_text",
]

SUBPROTOCOL = "orchflow.files.v1"
KINDS = ("created", "modified", "deleted", "moved")
REASONS = ("overflow", "limit", "restart", "too_old", "slow_client", "root_gone", "denied")
"""Why events were, or may have been, missed."""
PING = '{"type":"ping"}'
PONG = '{"type":"pong"}'


class Event(NamedTuple):
    """One thing that changed. `from_` is where it was before, for what was moved."""

    kind: str
    path: str
    is_dir: bool
    from_: str | None = None


class Resync(NamedTuple):
    """Events below `path` were or may have been missed: read it anew. `message` is for people, and says what to do."""

    reason: str
    path: str
    message: str = ""


class Hello(NamedTuple):
    """The first message: what is watched, how, and the clock from which events come. `window_ms` is milliseconds."""

    clock: str
    path: str
    mode: str
    window_ms: int


class Batch(NamedTuple):
    """What changed, in order, and the clock to go on from; or a `resync`, and then no events.

    `first_seen` and `sent` are microseconds since the Unix epoch.
    """

    clock: str
    events: tuple[Event, ...]
    first_seen: int
    sent: int
    resync: Resync | None = None


def event_text(kind: str, path: str, is_dir: bool, from_: str | None = None) -> str:
    """One event as JSON."""
    end = "true}" if is_dir else "false}"
    if from_ is None:
        return f'{{"kind":"{kind}","path":{quoted(path)},"is_dir":{end}'
    return f'{{"kind":"{kind}","path":{quoted(path)},"from":{quoted(from_)},"is_dir":{end}'


def batch_text(clock: str, events: str, first_seen: int, sent: int) -> str:
    """A batch; `events` are texts of events, joined by commas."""
    return f'{{"type":"batch","clock":"{clock}","events":[{events}],"first_seen":{first_seen},"sent":{sent}}}'


def hello_text(hello: Hello) -> str:
    """The first message."""
    return json.dumps({"type": "hello"} | hello._asdict())


def resync_text(clock: str, resync: Resync, sent: int) -> str:
    """Word that something was missed."""
    return json.dumps({"type": "resync", "clock": clock} | resync._asdict() | {"sent": sent})


def decode(data: bytes | str) -> Hello | Batch | str:
    """A message's meaning: what the engine sends, or "ping" or "pong". Raises `ProtocolError` for what is none."""
    try:
        value = json.loads(data)
        kind = value["type"]
        if kind in ("ping", "pong"):
            return str(kind)
        if kind == "hello":
            return Hello(_text(value, "clock"), _text(value, "path"), _text(value, "mode"), int(value["window_ms"]))
        if kind == "resync":
            resync = Resync(_text(value, "reason"), _text(value, "path"), str(value.get("message", "")))
            sent = int(value.get("sent", 0))
            return Batch(_text(value, "clock"), (), sent, sent, resync)
        if kind == "batch":
            return Batch(
                _text(value, "clock"), tuple(_events(value["events"])), int(value["first_seen"]), int(value["sent"])
            )
    except ProtocolError:
        raise
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise ProtocolError(f"this is no message about files: {str(data)[:80]!r}") from error
    raise ProtocolError(f"there is no message {kind!r} about files")


def _text(value: dict[str, Any], name: str) -> str:
    text = value[name]
    if not isinstance(text, str):
        raise ProtocolError(f"{name} must be text, and {text!r} is none")
    return text


def _events(values: Iterable[dict[str, Any]]) -> Iterable[Event]:
    for value in values:
        kind, is_dir = value["kind"], value["is_dir"]
        if kind not in KINDS or not isinstance(is_dir, bool):
            raise ProtocolError(f"this is no event: {str(value)[:80]}")
        yield Event(kind, _text(value, "path"), is_dir, _text(value, "from") if kind == "moved" else None)
