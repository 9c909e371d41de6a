"""`%orchflow metrics`: what the engine measured, as a table where there is no notebook to show plots in."""

from typing import Any

from orchflow_jupyter.client.table import Table

__all__ = ["table"]

_UNITS = ((1.0, "s"), (1e-3, "ms"))
_SIZES = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"))


def table(told: dict[str, Any]) -> Table:
    """The totals since the engine's start."""
    ways, terminals, memory = told["connections"], told["terminals"], told["memory"]
    errors = ", ".join(f"{count:,} {reason}" for reason, count in sorted(told["errors"].items()))
    rows: list[tuple[str, str]] = [
        ("up", f"{told['uptime']:,.0f} s"),
        ("operations", f"{told['operations']:,}, of which {told['inputs']:,} inputs"),
        ("key to echo", _latency(told["echo"])),
        ("output to connection", _latency(told["output"])),
        ("bytes in, out", f"{size(told['bytes_in'])}, {size(told['bytes_out'])}"),
        ("terminals", f"{terminals['running']} running, {terminals['exited']} ended"),
        ("connections", f"{told['open']} open, {ways['opened']:,} in all, {ways['dropped']:,} dropped"),
        ("gaps, snapshots", f"{told['gaps']:,}, {told['snapshots']:,}"),
        ("errors", errors or "none"),
        ("memory", f"{size(memory['resident'])}, its own {size(memory['private'])}"),
        ("CPU", f"{told['cpu']['user'] + told['cpu']['system']:,.2f} s"),
    ]
    return Table(["metric", "since the start"], rows)


def seconds(value: float | None) -> str:
    """A time as people say it."""
    if value is None:
        return "-"
    unit, name = next((pair for pair in _UNITS if value >= pair[0]), _UNITS[-1])
    return f"{value / unit:.3g} {name}"


def size(count: float | None) -> str:
    """Bytes as people say them."""
    if count is None:
        return "not known here"
    unit, name = next((pair for pair in _SIZES if count >= pair[0]), (1.0, "B"))
    return f"{count / unit:.3g} {name}" if unit > 1 else f"{count:.0f} B"


def _latency(histogram: dict[str, Any]) -> str:
    if not histogram["count"]:
        return "none yet"
    told = ", ".join(f"{name} {seconds(histogram[name])}" for name in ("p50", "p95", "p99"))
    return f"{told} of {histogram['count']:,}"
