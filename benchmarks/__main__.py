"""`python -m benchmarks [--quick] [--rows NAME ...] [--rounds N] [--no-file]`: one server, all rows, one report."""

import argparse
import os
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

from benchmarks import figures, report
from benchmarks.background import write_notebook
from benchmarks.figures import Amounts, Summary
from benchmarks.measures_process import early_states, late_states
from benchmarks.rows import ROWS, Row
from benchmarks.servers import Bare, Jupyters, JupyterServer, Ours, Place

RESULTS = Path(__file__).with_name("RESULTS.md")
CLOSED_SOON = "--OrchFlow.documents_keep=1"
"""No row measures the memory of another's documents, which stay open for a minute otherwise."""
SCALES = {"full": figures.FULL, "quick": figures.QUICK, "tiny": figures.TINY}


def main() -> None:
    """Measure, print, and keep the report."""
    given = _arguments()
    amounts: Amounts = SCALES[given.scale]
    if given.rounds:
        amounts = replace(amounts, rounds=given.rounds)
    rows = [row for row in ROWS if not given.rows or row.name in given.rows]
    load = f"{os.getloadavg()[0]:.2f}"
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, JupyterServer(folder, CLOSED_SOON) as server:
        write_notebook(server)
        ours = Ours(server)
        states = early_states(ours, amounts) if given.engine else {}
        results = measure(rows, [Bare(), ours, Jupyters(server)], amounts)
        states |= late_states(ours, amounts) if given.engine else {}
    command = " ".join(["python -m benchmarks", *sys.argv[1:]])
    text = report.render(results, states, amounts, command, load)
    print(text)
    if given.file:
        RESULTS.write_text(text)


def measure(rows: list[Row], places: list[Place], amounts: Amounts) -> report.Results:
    """All rows in all places, the places in turns, and another one first each time."""
    got: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for number in range(amounts.rounds):
        for row in rows:
            began = time.monotonic()
            for place in places[number % len(places) :] + places[: number % len(places)]:
                for figure, value in row.measure(place, amounts).items():
                    got[row.name, figure, place.title].append(value)
            said = f"round {number + 1} of {amounts.rounds}: {row.title}, {time.monotonic() - began:.1f} s"
            print(said, file=sys.stderr, flush=True)
    return {key: Summary.of(values) for key, values in got.items()}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--quick", dest="scale", action="store_const", const="quick", default="full", help="in a minute"
    )
    parser.add_argument("--tiny", dest="scale", action="store_const", const="tiny", help="to see that it runs")
    parser.add_argument("--rounds", type=int, default=0, help="instead of the usual number")
    parser.add_argument("--rows", nargs="+", choices=[row.name for row in ROWS], help="only these")
    parser.add_argument("--no-engine", dest="engine", action="store_false", help="without the engine's states")
    parser.add_argument("--no-file", dest="file", action="store_false", help="do not write benchmarks/RESULTS.md")
    return parser.parse_args()


if __name__ == "__main__":
    main()
