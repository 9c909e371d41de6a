"""How long a key takes to come back, alone and beside other work; and a program's write to its client."""

import tempfile
import time

from benchmarks.background import flooded, notebook_read
from benchmarks.figures import Amounts, Figures, percentiles
from benchmarks.servers import Bare, Jupyters, JupyterServer, Ours, Place, Relayed
from benchmarks.terminals import Terminal

__all__ = [
    "echo",
    "echo_back_to_back",
    "echo_beside_flood",
    "echo_beside_recorded_flood",
    "echo_in_jupyters",
    "echo_twice",
    "echo_while_busy",
    "one_way",
]

SPACE = 0.003
"""Seconds between an echo and the next key."""
WARM = 20
"""Keys before those that count."""
RECORD = 20
"""Bytes of one of the writes of `programs.clock`."""
CLOCK_US = 3000
ON_ENGINE = "--TerminalsExtensionApp.terminal_manager_class=orchflow_jupyter.server.terminals.EngineTerminalManager"


def _keys(terminal: Terminal, count: int, answer: int, space: float) -> list[float]:
    """Milliseconds from a key to the last of the `answer` bytes that answer it."""
    took = []
    for number in range(WARM + count):
        began = time.perf_counter_ns()
        terminal.send(b"x")
        terminal.skip(answer)
        if number >= WARM:
            took.append((time.perf_counter_ns() - began) / 1e6)
        if space:
            time.sleep(space)
    return took


def echo(place: Place, amounts: Amounts) -> Figures:
    """Keys one at a time, some way apart, as typing is."""
    return _echo(place, amounts.keys, SPACE)


def echo_back_to_back(place: Place, amounts: Amounts) -> Figures:
    """Each key as soon as the last one is back."""
    return _echo(place, 2 * amounts.keys, 0)


def _echo(place: Place, count: int, space: float) -> Figures:
    """And beside a bare PTY one with a relay before it: no process between can be faster than that."""
    with place.run("echo") as terminal:
        figures = percentiles(_keys(terminal, count, 1, space))
    if isinstance(place, Bare) and not isinstance(place, Relayed):
        relayed = _echo(Relayed(), count, space)
        figures |= {f"through a relay, {name}": took for name, took in relayed.items()}
    return figures


def echo_in_jupyters(place: Place, amounts: Amounts) -> Figures:
    """Keys in Jupyter's own terminals, as their pages send them; ours are those that run on the engine."""
    if isinstance(place, Bare):
        return {}
    if isinstance(place, Jupyters):
        return echo(place, amounts)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, JupyterServer(folder, ON_ENGINE) as server:
        return echo(Jupyters(server), amounts)


def echo_twice(place: Place, amounts: Amounts) -> Figures:
    """A program that writes twice per key; Jupyter's terminals take 44 ms for one, so they get fewer."""
    count = amounts.slow_keys if isinstance(place, Jupyters) else amounts.keys
    with place.run("twice") as terminal:
        return percentiles(_keys(terminal, count, 2, SPACE))


def echo_while_busy(place: Place, amounts: Amounts) -> Figures:
    """Keys while the Jupyter server reads a large notebook for another client."""
    if not isinstance(place, Ours | Jupyters):
        return {}
    done: dict[str, float] = {}
    with place.run("echo") as terminal, notebook_read(place.server, done):
        figures = percentiles(_keys(terminal, amounts.busy_keys, 1, SPACE))
    return figures | {"reads/s": done["reads"] / done["seconds"]}


def echo_beside_flood(place: Place, amounts: Amounts) -> Figures:
    """Keys while a sibling's program never stops writing, and somebody reads that."""
    done: dict[str, float] = {}
    with place.run("echo") as terminal, flooded(place, done):
        figures = percentiles(_keys(terminal, amounts.keys, 1, SPACE))
    return figures | done


def echo_beside_recorded_flood(place: Place, amounts: Amounts) -> Figures:
    """The same, while that flood is recorded into a file, too."""
    if not isinstance(place, Ours):
        return {}
    done: dict[str, float] = {}
    with place.run("echo") as terminal, flooded(place, done, recorded=True):
        figures = percentiles(_keys(terminal, amounts.keys, 1, SPACE))
    return figures | done


def one_way(place: Place, amounts: Amounts) -> Figures:
    """From a program's write, unasked, to its client; both read the machine's monotonic clock."""
    took: list[float] = []
    with place.run("clock", amounts.keys + WARM, CLOCK_US) as terminal:
        terminal.send(b"x")
        came = b""
        while len(took) < amounts.keys + WARM:
            came += terminal.receive()
            now = time.monotonic_ns()
            while len(came) >= RECORD:
                took.append((now - int(came[: RECORD - 1])) / 1e6)
                came = came[RECORD:]
    return percentiles(took[WARM:])
