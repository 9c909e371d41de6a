"""What a body says, as outputs of a widget; in a real kernel."""

import json

import pytest

from orchflow_jupyter.magics.capture import LIMIT

BEGIN = """
import json, sys
from types import SimpleNamespace
from orchflow_jupyter.magics.capture import Transcript, captured
shell, widget = get_ipython(), SimpleNamespace(outputs=())
transcript = Transcript(widget)
def run(code):
    transcript.clear(wait=True)
    with captured(shell, transcript):
        return shell.run_cell(code, store_history=False)
"""


@pytest.fixture
def run(magic):
    """`run(code)`: the outputs of a body, and that nothing of it went elsewhere."""
    magic.run(BEGIN)

    def capture(code):
        outcome = magic.run(f"result = run({code!r})")
        assert (outcome.text, outcome.shown) == ("", [])
        return json.loads(magic.value("json.dumps(widget.outputs)"))

    return capture


def test_text_results_and_displays_come_in_order(run):
    said = run("import sys\nprint('a'); print('b')\nprint('c', file=sys.stderr)\ndisplay(1)\n1 + 1")
    assert [(one["output_type"], one.get("text") or one["data"]["text/plain"]) for one in said] == [
        ("stream", "a\nb\n"),
        ("stream", "c\n"),
        ("display_data", "1"),
        ("execute_result", "2"),
    ]


def test_errors_are_outputs_and_no_errors_of_the_kernels(run):
    said = run("print('before')\n1 / 0")
    assert [one["output_type"] for one in said] == ["stream", "error"]
    assert (said[1]["ename"], said[1]["evalue"]) == ("ZeroDivisionError", "division by zero")
    assert run("this is no Python")[0]["ename"] == "SyntaxError"


def test_each_run_is_shown_anew_and_one_that_says_nothing_too(run):
    assert len(run("print('first')")) == 1
    assert run("pass") == []


def test_afterwards_all_is_as_it_was(run, magic):
    now = "sys.stdout, sys.stderr, sys.displayhook, shell.display_pub, shell._showtraceback"
    magic.run(f"before = {now}")
    run("1 / 0")
    assert magic.value(f"before == ({now})") == "True"


def test_text_is_bounded(run):
    (one,) = run(f"for _ in range(10): print('x' * {LIMIT // 4})")
    assert len(one["text"]) < LIMIT + 100
    assert one["text"].endswith("left out.)\n")


def test_a_body_may_clear_what_it_said(run):
    said = run("from IPython.display import clear_output\nprint('gone')\nclear_output()\nprint('stays')")
    assert [one["text"] for one in said] == ["stays\n"]
