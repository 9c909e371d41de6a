"""The rows of the table: what is measured, which of its figures are shown, and what they must reach."""

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks import measures_batch as many
from benchmarks import measures_bulk as bulk
from benchmarks import measures_documents as documents
from benchmarks import measures_editor as editor
from benchmarks import measures_files as files
from benchmarks import measures_keys as keys
from benchmarks import measures_page as page
from benchmarks import measures_screen as screens
from benchmarks import measures_storm as storm
from benchmarks.figures import Amounts, Figures
from benchmarks.servers import Place

__all__ = ["ROWS", "TARGETS", "Row", "Target"]

Measure = Callable[[Place, Amounts], Figures]


@dataclass(frozen=True)
class Row:
    """A measurement, what to call it, and the unit of each figure that it gives."""

    title: str
    measure: Measure
    shown: dict[str, str]

    @property
    def name(self) -> str:
        """What the row is asked for by."""
        return self.measure.__name__


@dataclass(frozen=True)
class Target:
    """A limit on our figure divided by another place's, or on the figure itself."""

    title: str
    row: str
    figure: str
    limit: float
    at_most: bool
    against: str = ""
    """The place whose figure it is divided by."""
    beside: str = ""
    """The row of our own whose figure it is divided by."""


TIMES = {"p50": "ms", "p99": "ms"}
RELAYED = {f"through a relay, {name}": unit for name, unit in TIMES.items()}

ROWS = [
    Row("keystroke to echo, 3 ms apart", keys.echo, TIMES | RELAYED),
    Row("keystroke to echo, back to back", keys.echo_back_to_back, TIMES | RELAYED),
    Row("keystroke to echo, Jupyter's own terminals on the engine", keys.echo_in_jupyters, TIMES),
    Row("program writes twice per key, 0.5 ms between", keys.echo_twice, TIMES),
    Row("keystroke to echo, server reads a 5 MB notebook in a loop", keys.echo_while_busy, TIMES | {"reads/s": ""}),
    Row("keystroke to echo, a sibling terminal floods", keys.echo_beside_flood, TIMES | {"flood": "MiB/s"}),
    Row("the same, and the flood is recorded", keys.echo_beside_recorded_flood, TIMES | {"flood": "MiB/s"}),
    Row("a program's write to its client", keys.one_way, TIMES),
    Row("output", bulk.output, {"rate": "MiB/s"}),
    Row("1 MiB typed in, until the program has it", bulk.paste, {"p50": "ms"}),
    Row("inputs of 1 to 3 bytes, each a message", bulk.inputs, {"rate": "a second", "in order": "of rounds"}),
    Row("1,000 operations on 10 terminals in one call", many.batch, {"engine": "ms", "call": "ms", "REST": "ms"}),
    Row(
        "snapshot of 120 by 40, in the engine",
        screens.snapshot,
        {"1,000 lines above": "ms", "10,000 lines above": "ms"},
    ),
    Row("screen() 256 KiB behind, in the engine", screens.screen, {"log": "ms", "full screen": "ms"}),
    Row(
        "200 by 50 cells with a colour each, in the engine",
        screens.colours,
        {"snapshot": "ms", "screen(), longest turn": "ms"},
    ),
    Row("the last 1 MiB to a client that comes back", bulk.reconnect, {"p50": "ms", "from open, p50": "ms"}),
    Row("a reloaded page, from its socket's opening to the painted screen", page.page_reload, {"p50": "ms"}),
    Row(
        "Ctrl-C in a flood in a page, until the prompt is painted",
        page.interrupt,
        {"yes, p50": "ms", "random, p50": "ms"},
    ),
]

ROWS += [
    Row(
        "a write to a file, after quiet, until a client has it",
        files.file_write,
        TIMES
        | {"watchdog alone, p50": "ms", "watchdog alone, p99": "ms", "watchfiles, p50": "ms", "watchfiles, p99": "ms"},
    ),
    Row("a new directory, from its window's end until a client has it", files.file_window, TIMES),
    Row("200 small writes to a file", files.file_writes, {"events": "", "watchdog alone": ""}),
    Row(
        "start of a watch on 10,000 directories",
        files.watch_start,
        {
            "time": "ms",
            "watchdog alone": "ms",
            "times watchdog alone": "",
            "with as many ignored": "ms",
            "ignored but watched": "",
        },
    ),
    Row(
        "20,000 files unpacked, 5,000 written anew, all removed",
        storm.file_storm,
        {
            "told": "of rounds",
            "late": "s",
            "engine": "MB",
            "keystroke p99, times quiet": "",
            "the same without a watch": "",
        },
    ),
    Row(
        "git checkout over 5,000 files",
        storm.git_checkout,
        {"told": "of rounds", "late": "s", "batches": ""},
    ),
]

ROWS += [
    Row("an update of a text of 10 KB, to one of nine others", documents.small_update, TIMES),
    Row("the same of 1 MB", documents.large_update, TIMES),
    Row("edits that two send in turn", documents.sequential_trace, {"rate": "a second", "exact": "of rounds"}),
    Row("edits that two send at once", documents.concurrent_trace, {"rate": "a second", "exact": "of rounds"}),
    Row(
        "a room of 1 MB and 100,000 edits",
        documents.document_memory,
        {"memory": "MB", "journal": "times the text"},
    ),
    Row(
        "a file of 1 MiB in the editor, from asking for it to its first painted lines",
        editor.editor_open,
        {"p50": "ms", "all of it, p50": "ms"},
    ),
    Row("a key in a file of 10 MiB in the editor, until it is painted", editor.editor_keys, {"p50": "ms", "p99": "ms"}),
]

TARGETS = [
    Target("keystroke to echo, p50, against the bare PTY", "echo", "p50", 2.2, True, "bare PTY"),
    Target("keystroke to echo, p99, against the bare PTY", "echo", "p99", 2.0, True, "bare PTY"),
    Target("keystroke, a sibling floods, p50, against without", "echo_beside_flood", "p50", 1.5, True, beside="echo"),
    Target("keystroke, a sibling floods, p99, against without", "echo_beside_flood", "p99", 2.0, True, beside="echo"),
    Target("keystroke to echo, p50, against Jupyter's", "echo", "p50", 0.6, True, "Jupyter"),
    Target("keystroke back to back, p50, against Jupyter's", "echo_back_to_back", "p50", 0.6, True, "Jupyter"),
    Target("program writes twice per key, p50, against Jupyter's", "echo_twice", "p50", 0.05, True, "Jupyter"),
    Target("keystroke, server busy, p50, against Jupyter's", "echo_while_busy", "p50", 0.03, True, "Jupyter"),
    Target("keystroke, server busy, p99, against Jupyter's", "echo_while_busy", "p99", 0.1, True, "Jupyter"),
    Target("output, against the bare PTY", "output", "rate", 0.8, False, "bare PTY"),
    Target("1 MiB in, against the bare PTY", "paste", "p50", 1.7, True, "bare PTY"),
    Target("100,000 inputs, a second", "inputs", "rate", 200_000, False),
    Target("a write after quiet, p50, ms", "file_write", "p50", 3.0, True),
    Target("a write after quiet, p99, ms", "file_write", "p99", 10.0, True),
    Target("200 small writes, events", "file_writes", "events", 2.0, True),
    Target("after the end of a window, p99, ms", "file_window", "p99", 5.0, True),
    Target("start of a watch, times watchdog alone", "watch_start", "times watchdog alone", 1.2, True),
    Target("ignored directories that are watched", "watch_start", "ignored but watched", 0.0, True),
    Target("git checkout of 5,000 files, every change told, of rounds", "git_checkout", "told", 1.0, False),
    Target("the same, from the end to the last batch, s", "git_checkout", "late", 0.5, True),
    Target("20,000 files unpacked and removed, every change told, of rounds", "file_storm", "told", 1.0, False),
    Target("the same, from the end to the last batch, s", "file_storm", "late", 0.5, True),
    Target("the same, the engine's private memory, MB", "file_storm", "engine", 60.0, True),
    Target("the same, keystroke p99, times quiet", "file_storm", "keystroke p99, times quiet", 3.0, True),
    Target("1,000 operations in one call, within the engine, ms", "batch", "engine", 10.0, True),
    Target("1 MiB from the ring to a client, p50, ms", "reconnect", "from open, p50", 2.1, True),
    Target("snapshot of 120 by 40 with 1,000 lines, ms", "snapshot", "1,000 lines above", 2.0, True),
    Target("screen() 256 KiB behind, after a log, ms", "screen", "log", 5.0, True),
    Target("screen() 256 KiB behind, after cursor moves, ms", "screen", "full screen", 5.0, True),
    Target("a reloaded page, socket's opening to painted screen, p50, ms", "page_reload", "p50", 100.0, True),
    Target("Ctrl-C in a flood of yes, until the painted prompt, p50, ms", "interrupt", "yes, p50", 100.0, True),
    Target("the same, of random text", "interrupt", "random, p50", 100.0, True),
    Target("a file of 1 MiB in the editor, to its first painted lines, p50, ms", "editor_open", "p50", 50.0, True),
    *(
        Target(f"an update of {size}, {figure}{told}", row, figure, limit, True, against)
        for size, row in (("10 KB", "small_update"), ("1 MB", "large_update"))
        for figure, told, limit, against in (
            ("p50", ", ms", 0.7, ""),
            ("p99", ", ms", 3.0, ""),
            ("p50", ", against jupyter-server-ydoc's", 1.0, "Jupyter"),
            ("p99", ", against jupyter-server-ydoc's", 1.0, "Jupyter"),
        )
    ),
    Target("edits that two send in turn, a second", "sequential_trace", "rate", 20_000, False),
    Target("edits that two send at once, a second", "concurrent_trace", "rate", 20_000, False),
    Target("the same, the text exact, of rounds", "sequential_trace", "exact", 1.0, False),
    Target("the same at once, the text exact, of rounds", "concurrent_trace", "exact", 1.0, False),
    Target("a room of 1 MB and 100,000 edits, MB", "document_memory", "memory", 15.0, True),
    Target("its journal, times the text", "document_memory", "journal", 4.0, True),
    Target("100,000 inputs, all there and in order, of rounds", "inputs", "in order", 1.0, False),
]
