"""What an engine measures of itself: rates are the difference of two readings, which whoever wants them takes.

Nothing here runs by itself. On the way of a key and its echo only times are taken and counts raised.
"""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any

from orchflow_jupyter.engine.counters import Counters, memory
from orchflow_jupyter.engine.document_calls import DocumentCalls
from orchflow_jupyter.errors import OrchflowError
from orchflow_jupyter.files.hub import Hub
from orchflow_jupyter.terminals.histogram import BOUNDS, Histogram
from orchflow_jupyter.terminals.manager import Manager
from orchflow_jupyter.terminals.session import Session

__all__ = ["Metrics"]

DROPPED = 1006
"""The code of a connection that ended without saying why (RFC 6455, section 7.1.5)."""
NOTHING = Histogram()
CODES = 32
"""Close codes that are told apart; clients may make them up."""


class Metrics:
    """Counts and times since the engine's start, beside those of `counters` and of the terminals."""

    def __init__(self, terminals: Manager, counters: Counters, files: Hub, documents: DocumentCalls) -> None:
        self._terminals = terminals
        self._counters = counters
        self._files = files
        self._documents = documents
        self.output = Histogram()
        """From a read of a program's output until all of it was handed to a client's connection."""
        self.delivery = Histogram()
        """From the end of a window of file events until its batch was handed to a client's connection."""
        self.calls: dict[str, Histogram] = {}
        """Control calls by their method, with the time that each took."""
        self.errors: Counter[str] = Counter()
        """Refusals and failures by their reason."""
        self.closed: Counter[str] = Counter()
        """Connections that ended, by their close code; `refused` are those whose handshake failed."""

    @contextmanager
    def call(self, method: str) -> Iterator[None]:
        """Around a control call: counts it, its time, and the error that it raises."""
        began = perf_counter()
        try:
            yield
        except Exception as error:
            self.errors[error.reason if isinstance(error, OrchflowError) else OrchflowError.reason] += 1
            raise
        finally:
            self.calls.setdefault(method, Histogram()).add(perf_counter() - began)

    def ended(self, code: int | None, error: str | None) -> None:
        """A connection is gone: its close code, None where it never stood; and the reason of an error that ended it."""
        said = "refused" if code is None else str(code)
        self.closed[said if said in self.closed or len(self.closed) < CODES else "other"] += 1
        if error is not None:
            self.errors[error] += 1

    def as_json(self, *, each: bool) -> dict[str, Any]:
        """All of it (`docs/metrics.md`); `each` says whether with the terminals one by one."""
        counters, totals = self._counters, self._terminals.totals()
        calls = {method: histogram.as_json() for method, histogram in sorted(self.calls.items())}
        times = os.times()
        sessions = self._terminals.sessions()
        return {
            "operations": counters.inputs + counters.batched + sum(call["count"] for call in calls.values()),
            "inputs": totals.inputs,
            "bytes_in": totals.bytes_in,
            "bytes_out": totals.bytes_out,
            "messages_in": counters.messages_in,
            "messages_out": counters.messages_out,
            "batched": counters.batched,
            "gaps": totals.gaps,
            "snapshots": totals.snapshots,
            "recordings": counters.recordings,
            "bounds": BOUNDS,
            "echo": totals.echo.as_json(),
            "output": self.output.as_json(),
            "files": self._files.as_json() | {"delivery": self.delivery.as_json()},
            "documents": self._documents.as_json(),
            "calls": calls,
            "errors": dict(self.errors),
            "connections": {
                "opened": counters.adopted,
                "resumed": counters.resumed,
                "closed": dict(self.closed),
                "dropped": self.closed[str(DROPPED)],
            },
            "terminals": {
                "created": counters.created,
                "running": self._terminals.running,
                "exited": sum(session.exit is not None for session in sessions),
            },
            "memory": memory(),
            "cpu": {"user": times.user, "system": times.system},
        } | ({"each": [_of(session) for session in sessions]} if each else {})


def _of(session: Session) -> dict[str, Any]:
    tally, ring = session.tally, session.ring
    return {
        "id": session.id,
        "name": session.name,
        "state": "exited" if session.exit else "running",
        "inputs": tally.inputs,
        "bytes_in": session.input.taken,
        "bytes_out": ring.end,
        "waiting": len(session.input),
        "held": ring.end - ring.start,
        "clients": len(session.listeners),
        "gaps": session.gaps,
        "echo": (tally.echo or NOTHING).summary(),
        "output": (tally.output or NOTHING).summary(),
    }
