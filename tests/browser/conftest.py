"""One JupyterLab and one Chromium for all browser tests; a test has a notebook of its own, or its module has one.

They end with this folder: while Playwright runs, no other event loop can run in the same thread.
"""

import itertools
import json

import pytest

from tests.support.browser import VIEWPORT, Notebook, browsable, chromium, notebook_of

numbers = itertools.count(1)
shared = set()
"""Paths of notebooks that outlast a test."""


def opened_in(browser, server, *cells):
    """A new notebook with these cells, open in a page."""
    name = f"test-{next(numbers)}.ipynb"
    (server.root / name).write_text(json.dumps(notebook_of(cells)))
    return Notebook(browser, server, name)


def tidy(server):
    """End what tests have started."""
    for session in server.request("GET", "api/sessions").json:
        if session["path"] not in shared:
            server.request("DELETE", f"api/sessions/{session['id']}")
    for terminal in server.request("GET", "orchflow/api/terminals").json:
        server.request("DELETE", f"orchflow/api/terminals/{terminal['id']}")


@pytest.fixture(scope="package")
def browser():
    with chromium() as context:
        yield context


@pytest.fixture(scope="package")
def lab(tmp_path_factory):
    with browsable(tmp_path_factory.mktemp("lab")) as server:
        yield server


@pytest.fixture
def open_notebook(browser):
    """`open_notebook(server, *cells)`: a new notebook with these cells, open in a page."""
    opened = []
    browser.complaints.clear()

    def open_one(server, *cells):
        opened.append(opened_in(browser, server, *cells))
        return opened[-1]

    yield open_one
    for notebook in opened:
        notebook.page.close()
    for server in {notebook.server for notebook in opened if notebook.server.process.poll() is None}:
        tidy(server)
    assert browser.complaints == []


@pytest.fixture(scope="module")
def one_notebook(browser, lab):
    """A notebook for all tests of a module, which `fill` it: to load a page takes longer than what most of them do."""
    notebook = opened_in(browser, lab)
    shared.add(notebook.path)
    yield notebook
    shared.remove(notebook.path)
    notebook.page.close()
    tidy(lab)


@pytest.fixture
def refill(one_notebook, browser):
    """`refill(*cells)`: the module's notebook with these cells, none of which has run."""
    browser.complaints.clear()
    yield lambda *cells: one_notebook.fill(*cells)
    one_notebook.page.set_viewport_size(VIEWPORT)
    one_notebook.fill()
    tidy(one_notebook.server)
    assert browser.complaints == []


@pytest.fixture(scope="package")
def notebook7(tmp_path_factory):
    with browsable(tmp_path_factory.mktemp("notebook7"), app="notebook") as server:
        yield server
