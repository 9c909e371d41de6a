"""What the engine measured, as a table."""

import pytest

from orchflow_jupyter.magics.metrics import seconds, size, table
from tests.support.engine import raw


@pytest.mark.parametrize(
    ("value", "said"),
    [(None, "-"), (0.0000421, "0.0421 ms"), (0.00052, "0.52 ms"), (0.0123, "12.3 ms"), (2.5, "2.5 s")],
)
def test_times_are_said_in_milliseconds_and_seconds(value, said):
    assert seconds(value) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [(None, "not known here"), (0, "0 B"), (999, "999 B"), (1234, "1.23 kB"), (24_500_000, "24.5 MB")],
)
def test_sizes_are_said_with_three_figures(value, said):
    assert size(value) == said


def test_the_table_says_what_was_typed_and_how_long_it_took(process):
    assert "none yet" in repr(table(process.call("metrics")))
    stream = process.run(raw("exec cat"))
    stream.text(b"ready;")
    stream.type(b"x")
    stream.text(b"x")
    said = repr(table(process.call("metrics")))
    assert "of which 1 inputs" in said
    assert "1 running, 0 ended" in said
    assert "ms of 1" in said


def test_in_a_notebook_there_are_plots_and_in_a_console_a_table(magic, process):
    _, comm = magic.widget("%orchflow metrics")
    assert comm.state["root"] == str(process.root)
    magic.run("import orchflow_jupyter.magics.orchflow as m; m.get_ipython = lambda: None")
    assert "key to echo" in magic.value("repr(m.orchflow('metrics'))")
    magic.run("from IPython import get_ipython; m.get_ipython = get_ipython")
