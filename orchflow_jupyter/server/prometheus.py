"""The engine's figures in the Jupyter server's own `/metrics`, as Prometheus reads them.

Jupyter answers a scrape from the process' default registry, synchronously. So the engine is asked then and there, by a
connection of its own and with little patience; it costs the server some milliseconds, and nothing between two scrapes.
"""

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import accumulate
from typing import Any

from prometheus_client import REGISTRY
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    SummaryMetricFamily,
)
from prometheus_client.registry import Collector

from orchflow_jupyter.client.control import Control
from orchflow_jupyter.errors import OrchflowError

__all__ = ["EngineCollector", "ask", "forget", "publish"]

Source = Callable[[], dict[str, Any]]
"""The engine's figures as of now. Raises an error of ours where there are none."""

PATIENCE = 0.25
"""Seconds that an engine has to answer; the server stands still meanwhile."""
FRESH = 1.0
"""Seconds that an answer serves."""
PAUSE = 10.0
"""Seconds for which an engine that did not answer is not asked again."""

_COUNTERS = (
    ("operations", "operations", "Inputs, control calls, and operations in batches"),
    ("inputs", "inputs", "Inputs that programs were given"),
    ("input_bytes", "bytes_in", "Bytes of input that programs were given"),
    ("output_bytes", "bytes_out", "Bytes of output that programs made"),
    ("messages_received", "messages_in", "Messages from clients"),
    ("messages_sent", "messages_out", "Messages to clients"),
    ("batch_operations", "batched", "Operations in batches"),
    ("gaps", "gaps", "Times that a client had to leave output out"),
    ("snapshots", "snapshots", "Snapshots sent to clients"),
    ("recordings", "recordings", "Recordings begun"),
)
_LATENCIES = (
    ("keystroke_echo_seconds", "echo", "From an input's arrival to the first output after it"),
    ("output_latency_seconds", "output", "From a read of output until a client's connection had it"),
)

_DOCUMENT_GAUGES = (
    ("rooms", "rooms", "Documents that are open"),
    ("members", "members", "Clients of documents"),
    ("unsaved", "unsaved", "Documents whose files lack something"),
    ("bytes", "bytes", "Bytes of the files of open documents"),
    ("journal_bytes", "journal_bytes", "Bytes of the journals of open documents"),
    ("open_conflicts", "open_conflicts", "Conflicts in which nobody has chosen yet"),
)
_DOCUMENT_COUNTERS = (
    ("updates_in", "updates_in", "Updates from clients"),
    ("updates_out", "updates_out", "Updates that were merged for clients"),
    ("resyncs", "resynced", "Times that a client did not read, and was sent all that it lacked as one"),
    ("refused", "refused", "Updates of clients that may only look"),
    ("recovered", "recovered", "Documents that came back from their journals"),
    ("saves", "saves", "Files saved"),
    ("failed_saves", "failed_saves", "Saves that failed"),
    ("outside_changes", "outside", "Changes of files by others that were merged"),
    ("conflicts", "conflicts", "Conflicts found in that"),
)
_DOCUMENT_TIMES = (
    ("latency", "latency", "From an update's arrival until the last client's connection had it"),
    ("merge", "merging", "Merging a file's change by others"),
    ("save", "saving", "Saving a file"),
    ("journal_lag", "lag", "From an update's arrival until it was on disk"),
)


def ask(directory: str) -> dict[str, Any]:
    """The figures of the engine in `directory`. Blocks, for `PATIENCE` at most."""
    with Control.connect(directory, timeout=PATIENCE) as control:
        return dict(control.call("metrics", {"each": False}, timeout=PATIENCE))


class EngineCollector(Collector):
    """What is scraped; without a `source` it is nothing."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.source: Source | None = None
        self._clock = clock
        self._known: dict[str, Any] | None = None
        self._until = float("-inf")

    def serve(self, source: Source | None) -> None:
        """Take the figures from there, from now on."""
        self.source = source
        self._until = float("-inf")

    def describe(self) -> list[Any]:
        """Nothing: the registry would otherwise scrape once to find out."""
        return []

    def collect(self) -> Iterator[Any]:
        """The figures as metrics, and whether there are any."""
        if self.source is None:
            return
        if self._clock() >= self._until:
            try:
                self._known, valid = self.source(), FRESH
            except OrchflowError:
                self._known, valid = None, PAUSE
            self._until = self._clock() + valid
        yield GaugeMetricFamily("orchflow_up", "Whether the engine answers", float(self._known is not None))
        if self._known is not None:
            yield from _families(self._known)


def _families(told: dict[str, Any]) -> Iterator[Any]:
    yield InfoMetricFamily("orchflow_engine", "The engine", {"version": told["version"], "boot": told["boot"]})
    yield _gauge("engine_start_time_seconds", "When it started", datetime.fromisoformat(told["started"]).timestamp())
    for name, key, help_text in _COUNTERS:
        yield CounterMetricFamily(f"orchflow_{name}", help_text, told[key])
    for name, key, help_text in _LATENCIES:
        buckets, total = _buckets(told["bounds"], told[key]), told[key]["sum"]
        yield HistogramMetricFamily(f"orchflow_{name}", help_text, buckets, total)
    calls = SummaryMetricFamily("orchflow_control_call_seconds", "Control calls by their method", labels=["method"])
    for method, call in told["calls"].items():
        calls.add_metric([method], call["count"], call["sum"])
    yield calls
    yield _labelled("errors", "Refusals and failures by their reason", "reason", told["errors"])
    yield from _connections(told)
    if "files" in told:  # an engine of an older version may be running still
        yield from _files(told["files"], told["bounds"])
    if told.get("documents"):  # none was ever open, or an older engine
        yield from _documents(told["documents"], told["bounds"])
    terminals, memory = told["terminals"], told["memory"]
    yield _gauge("terminals_running", "Terminals whose program runs", terminals["running"])
    yield _gauge("terminals_exited", "Ended terminals that are held", terminals["exited"])
    yield CounterMetricFamily("orchflow_terminals_created", "Terminals created", terminals["created"])
    for kind in ("private", "resident"):
        if memory[kind] is not None:
            yield _gauge(f"engine_{kind}_memory_bytes", f"The engine's {kind} memory", memory[kind])
    yield _labelled("engine_cpu_seconds", "CPU time of the engine's process", "mode", told["cpu"])


def _connections(told: dict[str, Any]) -> Iterator[Any]:
    ways = told["connections"]
    yield _gauge("connections", "Open connections of clients", told["open"])
    yield _gauge("control_connections", "Servers, kernels and tools that are attached", told["attached"])
    for name in ("opened", "resumed", "dropped"):
        yield CounterMetricFamily(f"orchflow_connections_{name}", f"Connections of clients: {name}", ways[name])
    yield _labelled("connections_closed", "Connections of clients that ended, by code", "code", ways["closed"])


def _files(told: dict[str, Any], bounds: list[float]) -> Iterator[Any]:
    yield _gauge("file_watches", "Directories that the system watches", told["watches"])
    yield _gauge("file_listeners", "Clients of file events", told["listeners"])
    for name in ("events_in", "events_out", "batches"):
        what = f"File events: {name.replace('_', ' ')}, before and after coalescing"
        yield CounterMetricFamily(f"orchflow_file_{name}", what, told[name])
    yield _labelled("file_resyncs", "Times that a client had to read anew, by reason", "reason", told["resyncs"])
    buckets, total = _buckets(bounds, told["delivery"]), told["delivery"]["sum"]
    what = "From the end of a window of file events until its batch was given to a connection"
    yield HistogramMetricFamily("orchflow_file_delivery_seconds", what, buckets, total)


def _documents(told: dict[str, Any], bounds: list[float]) -> Iterator[Any]:
    for name, key, what in _DOCUMENT_GAUGES:
        yield _gauge(f"document_{name}", what, told[key])
    for name, key, what in _DOCUMENT_COUNTERS:
        yield CounterMetricFamily(f"orchflow_document_{name}", what, told[key])
    for name, key, what in _DOCUMENT_TIMES:
        buckets, total = _buckets(bounds, told[key]), told[key]["sum"]
        yield HistogramMetricFamily(f"orchflow_document_{name}_seconds", what, buckets, total)


def _gauge(name: str, help_text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"orchflow_{name}", help_text, value)


def _labelled(name: str, help_text: str, label: str, values: dict[str, float]) -> CounterMetricFamily:
    family = CounterMetricFamily(f"orchflow_{name}", help_text, labels=[label])
    for value, count in values.items():
        family.add_metric([value], count)
    return family


def _buckets(bounds: list[float], histogram: dict[str, Any]) -> list[tuple[str, float]]:
    """Cumulative counts at every second bound: five to a factor of ten are enough for a time series."""
    upto = list(accumulate(histogram["buckets"]))
    return [(repr(bounds[i]), float(upto[i])) for i in range(0, len(bounds), 2)] + [("+Inf", float(upto[-1]))]


_collector = EngineCollector()


def publish(source: Source) -> None:
    """Show these figures in this process' `/metrics`, instead of those of another server in it."""
    if _collector.source is None:
        REGISTRY.register(_collector)
    _collector.serve(source)


def forget(source: Source) -> None:
    """Show them no more."""
    if _collector.source is source:
        REGISTRY.unregister(_collector)
        _collector.serve(None)
