"""The tables, as Markdown."""

import os
import platform
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version

from benchmarks.figures import Amounts, Summary
from benchmarks.measures_process import Usage
from benchmarks.rows import ROWS, TARGETS, Target

__all__ = ["Results", "render"]

Results = Mapping[tuple[str, str, str], Summary]
"""By row, figure, and place."""

PLACES = ["bare PTY", "OrchFlow", "Jupyter"]
OURS = "OrchFlow"
EVERY = {"exact", "in order", "told"}
"""Figures of which the lowest round counts."""
MB = 1_000_000
KB = 1000
LIMITS = {"idle": 16, "one active": 25}
"""Megabytes of private memory, by the start of a state's name."""
RESIDENT = 68
"""Megabytes of all memory during the 100,000 inputs."""
EACH = 150
"""Kilobytes of the engine's private memory for one idle terminal."""
PACKAGES = [
    "jupyter_server",
    "jupyter_server_terminals",
    "jupyter_server_ydoc",
    "pycrdt",
    "terminado",
    "tornado",
    "websockets",
    "uvloop",
]


def render(results: Results, states: Mapping[str, Usage], amounts: Amounts, command: str, load: str) -> str:
    """The whole report."""
    parts = [
        "# Measurements",
        _about(amounts, command, load),
        "## Our terminals, Jupyter's own, and a bare PTY",
        _figures(results),
        _notes(amounts),
        "## The engine's memory and processor",
        _states(states),
        "## What it must reach",
        _targets(results, states),
    ]
    return "\n\n".join(parts) + "\n"


def _about(amounts: Amounts, command: str, load: str) -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"Made by `{command}` on {datetime.now(UTC):%Y-%m-%d %H:%M} UTC: {amounts.rounds} rounds in\n"
        f"turns, medians, and in brackets the lowest and the highest round. Load average at the start: {load}.\n\n"
        f"Machine: {_processor()}, {os.cpu_count()} cores, Linux {platform.release()}. "
        f"Python {platform.python_version()}, {packages}."
    )


def _figures(results: Results) -> str:
    lines = [
        "| | | " + " | ".join(PLACES) + " | OrchFlow / Jupyter | OrchFlow / bare PTY |",
        "| --- | --- |" + " ---: |" * 5,
    ]
    for row in ROWS:
        title = row.title
        for figure, unit in row.shown.items():
            got = {place: results.get((row.name, figure, place)) for place in PLACES}
            if not any(got.values()):
                continue
            cells = [_spread(got[place]) for place in PLACES]
            ratios = [_ratio(got[OURS], got[place]) for place in ("Jupyter", "bare PTY")]
            label = f"{figure}, {unit}" if unit and figure != "rate" else unit or figure
            lines.append(f"| {title} | {label} | " + " | ".join(cells + ratios) + " |")
            title = ""
    return "\n".join(lines)


def _notes(amounts: Amounts) -> str:
    return f"""\
- One client for all: a blocking socket with `TCP_NODELAY` and a WebSocket of 100 lines (`wire.py`); for the bare PTY it
  holds the PTY itself. Programs run without a shell, in raw mode (`programs.py`).
- Keys are echoed by `cat`, so that a key goes through a program, not only through the kernel's own echo. The busy
  server's other client and the flood's reader are processes of their own; *flood* is what that reader got meanwhile,
  *reads/s* how often the notebook was read.
- *Through a relay* is the bare PTY behind a process that only passes bytes on between it and a socket (`relay.py`):
  what any process between costs on this machine, whatever it is written in.
- Jupyter's own terminals on the engine are those of another server (`EngineTerminalManager`), with the same client as
  Jupyter's.
- A program's write is unasked for, some 3 ms after the one before; both clocks are the machine's monotonic one.
- Output is plain letters, of which JSON escapes none: what suits Jupyter's terminals best. 1 MiB is typed in as 16
  messages. Inputs are {amounts.inputs:,}, in Jupyter's terminals {amounts.slow_inputs:,} (some 4,000 a second).
  Their frames are made beforehand and written 64 KiB at a time.
- *Told* is whether replaying the events on the tree as it was gives the tree as it is; the client of these rows is a
  process of its own. Keys are typed meanwhile, and for comparison while the same is done and nothing is watched.
- Snapshots and screens are made in the measuring process, by the engine's own code, of coloured text; *log* are such
  lines, *full screen* is a program that moves the cursor about, 120 by 40 cells full.
- The page is the widget alone in headless Chromium (*-* where there is none), and its terminal has printed 8 MB.
  It tells by itself when it is painted: to ask it by a script took 15 ms of what is measured.
- A flood in a page is of `yes`, and of `base64 /dev/urandom` (*random*), and a second old.
- A round has {amounts.keys} keys, {2 * amounts.keys} back to back, {amounts.busy_keys} while the server is busy,
  {amounts.slow_keys} in Jupyter's terminals where the program writes twice.
- Documents of *Jupyter* are jupyter-server-ydoc's rooms, in a server of their own. One of ten clients types, one of the
  other nine, drawn for each key, is waited for; a terminal of the same server prints 1 MB a second meanwhile, and 25
  keys apart somebody saves. The edits that two send are {amounts.inputs:,} of a typist from a seed, runs with
  corrections, jumps, pastes and cuts ({amounts.slow_inputs:,} in Jupyter's rooms); both sides apply all of them, and
  one who comes late must see the same text. A room's memory is what the engine has more of its own than with a small
  document open, while only who came last has it open."""


def _states(states: Mapping[str, Usage]) -> str:
    lines = ["| the engine | private, MB | resident, MB | of one processor | wake-ups a second |"]
    lines.append("| --- |" + " ---: |" * 4)
    for title, usage in states.items():
        lines.append(
            f"| {title} | {usage.private / MB:.1f} | {usage.resident / MB:.1f} "
            f"| {usage.cpu:.1%} | {usage.wakeups:,.1f} |"
        )
    lines.append("\n*Active*: a client, a full ring, 20 keys a second. *Idle terminals*: shells at their prompts.")
    lines.append("MB are 10⁶ bytes.")
    return "\n".join(lines)


def _targets(results: Results, states: Mapping[str, Usage]) -> str:
    lines = ["| | measured | limit | reached |", "| --- | ---: | ---: | --- |"]
    for target in TARGETS:
        measured = _measured(results, target)
        if measured is None:
            continue
        reached = measured <= target.limit if target.at_most else measured >= target.limit
        limit = f"{'≤' if target.at_most else '≥'} {_number(target.limit)}"
        lines.append(f"| {target.title} | {_number(measured)} | {limit} | {_word(reached)} |")
    for title, usage in states.items():
        for start, limit in LIMITS.items():
            if title.startswith(start):
                private = usage.private / MB
                lines.append(f"| private memory, MB: {title} | {private:.1f} | ≤ {limit} | {_word(private <= limit)} |")
        if title.startswith("during"):
            resident = usage.resident / MB
            lines.append(
                f"| resident memory, MB: {title} | {resident:.1f} | ≤ {RESIDENT} | {_word(resident <= RESIDENT)} |"
            )
        if usage.each:
            each = usage.each / KB
            lines.append(f"| private memory for each, KB: {title} | {each:.1f} | ≤ {EACH} | {_word(each <= EACH)} |")
        if "idle" in title:
            lines.append(f"| wake-ups a second: {title} | {usage.wakeups:.1f} | 0 | {_word(usage.wakeups == 0)} |")
    return "\n".join(lines)


def _measured(results: Results, target: Target) -> float | None:
    ours = results.get((target.row, target.figure, OURS))
    if target.beside:
        alone = results.get((target.beside, target.figure, OURS))
        return ours.median / alone.median if ours and alone else None
    if not target.against:
        return ours.low if ours and target.figure in EVERY else ours.median if ours else None
    other = results.get((target.row, target.figure, target.against))
    return ours.median / other.median if ours and other else None


def _spread(summary: Summary | None) -> str:
    if summary is None:
        return "-"
    if summary.low == summary.high:
        return _number(summary.median)
    return f"{_number(summary.median)} ({_number(summary.low)} to {_number(summary.high)})"


def _ratio(ours: Summary | None, other: Summary | None) -> str:
    return _number(ours.median / other.median) if ours and other else "-"


def _number(value: float) -> str:
    if value >= 1000:
        return f"{value:,.0f}"
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.3g}" if value else "0"


def _word(reached: bool) -> str:
    return "yes" if reached else "**no**"


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            found = re.search(r"^model name\s*:\s*(.+)$", file.read(), re.MULTILINE)
    except OSError:
        found = None
    return found[1] if found else platform.machine()
