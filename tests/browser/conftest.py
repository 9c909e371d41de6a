"""One JupyterLab and one Chromium for all browser tests; every test has a notebook of its own.

They end with this folder: while Playwright runs, no other event loop can run in the same thread.
"""

import itertools
import json

import pytest

from tests.support.browser import Notebook, browsable, chromium, notebook_of

numbers = itertools.count(1)


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
        name = f"test-{next(numbers)}.ipynb"
        (server.root / name).write_text(json.dumps(notebook_of(cells)))
        notebook = Notebook(browser, server, name)
        opened.append(notebook)
        return notebook

    yield open_one
    for notebook in opened:
        notebook.page.close()
    for server in {notebook.server for notebook in opened if notebook.server.process.poll() is None}:
        for session in server.request("GET", "api/sessions").json:
            server.request("DELETE", f"api/sessions/{session['id']}")
        for terminal in server.request("GET", "orchflow/api/terminals").json:
            server.request("DELETE", f"orchflow/api/terminals/{terminal['id']}")
    assert browser.complaints == []


@pytest.fixture(scope="package")
def notebook7(tmp_path_factory):
    with browsable(tmp_path_factory.mktemp("notebook7"), app="notebook") as server:
        yield server
