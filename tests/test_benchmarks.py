"""The benchmarks run, and their client is right; how fast anything is, no test asks."""

import contextlib
import random

import pytest

from benchmarks import report
from benchmarks.__main__ import measure
from benchmarks.figures import TINY
from benchmarks.measures_process import early_states
from benchmarks.rows import ROWS
from benchmarks.servers import Bare, Jupyters, JupyterServer, Ours, Relayed


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with JupyterServer(tmp_path_factory.mktemp("bench") / "server") as started:
        yield started


@pytest.fixture(params=["bare", "relayed", "ours", "jupyters"])
def place(request, server):
    places = {"bare": Bare(), "relayed": Relayed(), "ours": Ours(server), "jupyters": Jupyters(server)}
    return places[request.param]


def test_what_is_sent_comes_back_unchanged_and_in_order(place):
    pieces = [bytes(random.choices(b"abcdefghij", k=n)) for n in (1, 125, 126, 127, 3000)]
    with place.run("echo") as terminal:
        for piece in pieces:
            terminal.send(piece)
            assert terminal.expect_size(len(piece)) == piece
        terminal.post(terminal.pack(pieces[:3]))
        assert terminal.expect_size(sum(map(len, pieces[:3]))) == b"".join(pieces[:3])


def test_counting_counts_what_came(place):
    size = 1_500_000  # beyond a window, so that it takes acknowledgements
    with place.run("burst", size) as terminal:
        terminal.send(b"x")
        terminal.skip(size)
        terminal.send(b"the end")
        assert terminal.expect(b"the end") == b"the end"


def test_a_client_that_comes_back_gets_what_it_lacks(server):
    ours = Ours(server)
    with ours.create("burst", 1000) as made:
        with contextlib.closing(ours.attach(made)) as terminal:
            terminal.expect(b"READY;")
            terminal.send(b"x")
            whole = terminal.expect_size(1000)
        with contextlib.closing(ours.attach(made, 6 + 400)) as terminal:
            assert terminal.expect_size(600) == whole[400:]


@pytest.mark.long
def test_a_round_gives_a_report_with_a_verdict_for_each_target(server):
    names = (
        "echo",
        "inputs",
        "echo_beside_flood",
        "echo_beside_recorded_flood",
        "page_reload",
        "interrupt",
        "echo_in_jupyters",
        "sequential_trace",
    )
    rows = [row for row in ROWS if row.name in names]
    ours = Ours(server)
    results = measure(rows, [Bare(), ours, Jupyters(server)], TINY)
    assert results["inputs", "in order", "OrchFlow"].low == 1
    assert [results["sequential_trace", "exact", of].low for of in ("OrchFlow", "Jupyter")] == [1, 1]
    text = report.render(results, early_states(ours, TINY), TINY, "a test", "0")
    assert results["page_reload", "p50", "OrchFlow"].low > 0
    assert results["interrupt", "random, p50", "OrchFlow"].low > 0
    assert "keystroke to echo, 3 ms apart" in text
    assert "| keystroke to echo, p50, against Jupyter's |" in text
    assert "| keystroke, a sibling floods, p50, against without |" in text
    assert "| private memory, MB: idle, fresh |" in text
    assert "| private memory for each, KB: 5 idle terminals |" in text
    assert str(server.folder) not in text
