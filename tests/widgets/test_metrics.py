"""The widget that shows metrics, in a real kernel."""

import pytest

from orchflow_jupyter.widgets.bundle import bundle, versioned


@pytest.fixture
def shown(kernel):
    """The kernel and the identity of a `Metrics` in it."""
    kernel.run("from orchflow_jupyter import Metrics")
    return kernel, *kernel.widget("Metrics(theme='dark')")


def test_the_page_gets_whose_figures_they_are_and_no_figures_to_save(shown, process):
    _, _, comm = shown
    told = {name: comm.state[name] for name in ("root", "theme", "bundle")}
    assert told == {"root": str(process.root), "theme": "dark", "bundle": versioned("metrics.js")}


def test_a_page_without_a_server_gets_the_figures_from_the_kernel(shown, process):
    kernel, identity, _ = shown
    terminal = process.create(["cat"])
    content, _ = kernel.ask(identity, {"kind": "call", "call": 7, "method": "metrics", "params": {}}, "result")
    assert content["call"] == 7
    assert content["result"]["pid"] == process.pid
    assert [one["id"] for one in content["result"]["each"]] == [terminal]


def test_other_calls_are_refused(shown):
    kernel, identity, _ = shown
    content, _ = kernel.ask(identity, {"kind": "call", "call": 1, "method": "delete", "params": {}}, "result")
    assert "delete" in content["error"]


def test_its_program_travels_by_the_kernel_where_no_server_answers(shown):
    kernel, identity, _ = shown
    content, buffers = kernel.ask(identity, {"kind": "bundle"}, "bundle")
    assert (content, buffers) == ({"kind": "bundle"}, [bundle("metrics.js")])
