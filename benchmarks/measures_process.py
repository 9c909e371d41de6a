"""What the engine takes of the machine in the states of its life: memory, processor, wake-ups (proc(5))."""

import contextlib
import glob
import os
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

from benchmarks.background import flooded
from benchmarks.figures import Amounts
from benchmarks.measures_bulk import small_inputs
from benchmarks.servers import Ours
from benchmarks.terminals import Terminal
from orchflow_jupyter.client.control import Control

__all__ = ["Usage", "early_states", "late_states"]

SETTLE = 1.0
"""Seconds after which what was under way is over."""
SAMPLE = 0.02
FILL = 4 * 1024 * 1024
"""Bytes of output that fill a terminal's ring, so that it holds all the memory that it can."""
TYPING = 0.05
"""Seconds between the keys of somebody who types fast."""


@dataclass(frozen=True)
class Usage:
    """Of one process over some time; memory in bytes, at its highest where it was sampled."""

    private: int
    resident: int
    cpu: float
    """Share of one processor."""
    wakeups: float
    """Times a second that it gave up the processor to wait, and so was woken."""
    each: float = 0.0
    """Private bytes for each terminal, where many were made for this."""


def early_states(ours: Ours, amounts: Amounts) -> dict[str, Usage]:
    """Those of an engine that has done nothing yet."""
    pid = ours.server.engine_pid
    time.sleep(SETTLE)
    idle = _watch(pid, amounts.watch)
    return {
        "idle, fresh": idle,
        "one active terminal, first of all": _one_active(ours, pid, amounts),
        f"{amounts.idle} idle terminals": _many_idle(ours, pid, amounts),
    }


def late_states(ours: Ours, amounts: Amounts) -> dict[str, Usage]:
    """Those of an engine that has been through all measurements."""
    pid = ours.server.engine_pid
    states = {}
    with flooded(ours, {}):
        states["a terminal floods, its reader reads all"] = _watch(pid, amounts.watch)
    states[f"during {amounts.inputs:,} inputs (highest)"] = _during_inputs(ours, pid, amounts)
    states["one active terminal, after all that"] = _one_active(ours, pid, amounts)
    time.sleep(SETTLE)
    states["idle, after all that"] = _watch(pid, amounts.watch)
    return states


def _one_active(ours: Ours, pid: int, amounts: Amounts) -> Usage:
    with ours.run("burst", FILL) as terminal:
        terminal.send(b"x")
        terminal.skip(FILL)
        with _typing(terminal):
            return _watch(pid, amounts.watch)


def _many_idle(ours: Ours, pid: int, amounts: Amounts) -> Usage:
    """Shells at their prompts, and nobody attached."""
    time.sleep(SETTLE)
    before, _ = memory(pid)
    with Control.connect(ours.server.directory) as control:
        shells = [control.call("terminals.create", {"command": ["sh", "-i"]})["id"] for _ in range(amounts.idle)]
        try:
            while not all(control.call("terminals.get", {"id": shell})["offset"] for shell in shells):
                time.sleep(SAMPLE)
            time.sleep(SETTLE)
            usage = _watch(pid, amounts.watch)
        finally:
            control.call("terminals.batch", {"operations": [{"op": "close", "id": shell} for shell in shells]})
    return replace(usage, each=(usage.private - before) / len(shells))


@contextlib.contextmanager
def _typing(terminal: Terminal) -> Iterator[None]:
    over = threading.Event()

    def type_on() -> None:
        while not over.wait(TYPING):
            terminal.send(b"x")
            terminal.skip(1)

    thread = threading.Thread(target=type_on)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _during_inputs(ours: Ours, pid: int, amounts: Amounts) -> Usage:
    pieces, wanted, size = small_inputs(amounts.inputs)
    samples = [memory(pid)]
    over = threading.Event()

    def sample() -> None:
        while not over.wait(SAMPLE):
            samples.append(memory(pid))

    with ours.run("digest", size) as terminal:
        packed = terminal.pack(pieces)
        thread = threading.Thread(target=sample)
        thread.start()
        try:
            before, began = _spent(pid), time.monotonic()
            terminal.post(packed)
            terminal.expect_size(len(wanted))
            after, took = _spent(pid), time.monotonic() - began
        finally:
            over.set()
            thread.join()
    samples.append(memory(pid))
    private, resident = (max(column) for column in zip(*samples, strict=True))
    return Usage(private, resident, (after[0] - before[0]) / took, (after[1] - before[1]) / took)


def _watch(pid: int, seconds: float) -> Usage:
    before, began = _spent(pid), time.monotonic()
    time.sleep(seconds)
    after, took = _spent(pid), time.monotonic() - began
    return Usage(*memory(pid), (after[0] - before[0]) / took, (after[1] - before[1]) / took)


def memory(pid: int) -> tuple[int, int]:
    """Bytes that are the process' own, and all that it has resident."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        kib = {name: int(value) for name, value in re.findall(r"^(\w+):\s+(\d+) kB", file.read(), re.MULTILINE)}
    return (kib["Private_Clean"] + kib["Private_Dirty"]) * 1024, kib["Rss"] * 1024


def _spent(pid: int) -> tuple[float, int]:
    """Seconds of processor time, and voluntary context switches, of all its threads."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    seconds = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    switches = 0
    for path in glob.glob(f"/proc/{pid}/task/*/status"):
        with open(path, encoding="ascii") as file:
            switches += sum(int(n) for n in re.findall(r"^voluntary_ctxt_switches:\s+(\d+)", file.read(), re.MULTILINE))
    return seconds, switches
