"""File events in a notebook, as its user sees them, with the real engine."""

import os
import signal

import pytest

from tests.support.waiting import eventually

pytestmark = pytest.mark.browser


class View:
    """The widget in a page."""

    def __init__(self, page):
        self.host = page.locator(".orchflow-files")
        self.host.wait_for()

    def attribute(self, name):
        return self.host.get_attribute(f"data-{name}")

    def watches(self):
        eventually(lambda: self.attribute("state") == "live", f"a live widget, not {self.attribute('state')}")
        return self

    @property
    def rows(self):
        return [row.strip() for row in self.host.locator("[role=treeitem] .path").all_text_contents()]

    def shows(self, *rows):
        eventually(lambda: self.rows == list(rows), f"{rows}, not {self.rows}")

    def menu(self, item):
        self.host.locator("> header").get_by_label("More").click()
        self.host.page.get_by_role("menuitem", name=item).click()

    @property
    def strip(self):
        return self.host.locator("> .strip > .text").inner_text()


@pytest.fixture
def watched(refill, lab):
    """`watched(line)`: a notebook with this line in it, the widget that it shows, and the directory `src`."""

    def begin(line, *more):
        folder = lab.root / "src"
        folder.mkdir(exist_ok=True)
        notebook = refill(f"%load_ext orchflow_jupyter\n{line}", *more)
        notebook.run_cell(0)
        return notebook, View(notebook.page).watches(), folder

    return begin


def test_what_changes_is_shown_and_a_click_opens_it_in_jupyterlab(watched):
    notebook, view, folder = watched("%orchflow watch src")
    assert view.attribute("transport") == "websocket"
    (folder / "sub").mkdir(exist_ok=True)
    (folder / "sub" / "a.txt").write_text("one")
    eventually(lambda: "sub/a.txt" in view.rows, "the file")
    view.host.get_by_label("Show as tree").click()
    eventually(lambda: view.rows[:2] == ["sub/", "a.txt"], f"a tree, not {view.rows}")
    view.host.get_by_label("Pause").click()
    (folder / "b.txt").write_text("two")
    eventually(lambda: "since" in view.host.inner_text(), "what came meanwhile")
    assert "b.txt" not in view.rows
    view.host.get_by_label("Go on").click()
    eventually(lambda: "b.txt" in view.rows, "the other file")
    view.host.get_by_label("Filter").click()
    notebook.page.keyboard.type("A.TX")
    view.shows("sub/", "a.txt")
    notebook.page.keyboard.press("Escape")
    assert view.host.locator(".list").evaluate("list => list === document.activeElement")
    view.host.get_by_role("treeitem").filter(has_text="a.txt").click()
    notebook.page.wait_for_function("() => window.jupyterapp.shell.currentWidget?.context?.path === 'src/sub/a.txt'")
    assert len(notebook.page.context.pages) == 1


def test_a_command_runs_again_and_its_output_is_a_terminal(watched):
    notebook, view, folder = watched("%orchflow watch src --run cat src/in.txt; test ! -e src/bad")
    (folder / "in.txt").write_text("hello from the run\n")
    eventually(lambda: view.attribute("rerun") == "passed", "a pass")
    assert "passed in" in view.strip
    view.host.get_by_role("button", name="Output").click()
    notebook.terminal().wait_for_text("hello from the run")
    (folder / "in.txt").write_text("once more\n")
    notebook.terminal().wait_for_text("once more")
    (folder / "bad").write_text("x")
    eventually(lambda: view.attribute("rerun") == "failed", "a failure")
    assert "exit code 1" in view.strip
    assert view.host.locator("> .strip code").inner_text() == "cat src/in.txt; test ! -e src/bad"
    view.menu("Stop rerunning")
    eventually(lambda: view.attribute("rerun") == "stopped", "the stop")
    (folder / "bad").unlink()
    view.host.get_by_role("button", name="Start again").click()
    eventually(lambda: view.attribute("rerun") == "passed", "another pass")


@pytest.mark.long
def test_a_cell_runs_again_when_its_file_changes(open_notebook, lab):
    (lab.root / "data.txt").write_text("41")
    cell = "%%orchflow on-change data.txt\nanswer = int(open('data.txt').read())\nprint('it is', answer)"
    notebook = open_notebook(lab, "%load_ext orchflow_jupyter", cell, "print(answer)")
    notebook.run_all()
    view = View(notebook.page).watches()
    notebook.page.get_by_text("it is 41").wait_for()
    (lab.root / "data.txt").write_text("42")
    notebook.page.get_by_text("it is 42").wait_for()
    eventually(lambda: "The cell ran in" in view.strip, "how it ended")
    assert notebook.outputs(2)[0]["text"] == "41\n"


@pytest.mark.long
def test_without_a_way_to_the_server_the_events_come_through_the_kernel(open_notebook, lab):
    (lab.root / "quiet").mkdir()
    notebook = open_notebook(lab, "from orchflow_jupyter import FileEvents\nFileEvents('quiet')")
    notebook.page.route("**/orchflow/**", lambda route: route.abort())
    notebook.page.route_web_socket("**/orchflow/ws/**", lambda socket: socket.close())
    notebook.run_cell(0)
    view = View(notebook.page).watches()
    assert view.attribute("transport") == "comm"
    (lab.root / "quiet" / "a").write_text("x")
    view.shows("a")


@pytest.mark.long
def test_100000_events_leave_the_page_smooth_and_bounded(open_notebook, lab):
    (lab.root / "many").mkdir()
    make = "import os\nfor n in range(100_000): os.close(os.open(f'many/{n}', os.O_CREAT))"
    notebook = open_notebook(lab, "from orchflow_jupyter import FileEvents\nFileEvents('many')", make)
    notebook.run_cell(0)
    view = View(notebook.page).watches()
    notebook.run_cell(1)
    eventually(lambda: "99999" in view.rows, "the last file")
    assert view.host.locator("[role=treeitem]").count() < 40
    assert view.attribute("total") == "10000"
    assert "not kept" in view.host.inner_text()


def test_when_the_engine_is_killed_the_next_one_goes_on_and_what_may_be_missing_is_said(watched, lab):
    _, view, folder = watched("%orchflow watch src")
    (folder / "before").write_text("x")
    eventually(lambda: "before" in view.rows, "the first change")
    first = lab.engine_pid
    os.kill(first, signal.SIGKILL)
    eventually(lambda: (engine := lab.engine()) is not None and engine.pid != first, "another engine")
    eventually(lambda: "may be missing" in view.host.inner_text(), "the word that something may be missing")
    view.watches()
    assert "before" in view.rows
    (folder / "after").write_text("x")
    eventually(lambda: "after" in view.rows, "the next change")
    view.host.get_by_role("button", name="Dismiss").click()
    eventually(lambda: view.host.locator("> .strip").count() == 0, "no strip")


def test_a_saved_notebook_shows_them_again_and_nothing_that_would_run(open_notebook, lab):
    (lab.root / "src").mkdir(exist_ok=True)
    notebook = open_notebook(lab, "%load_ext orchflow_jupyter\n%orchflow watch src --run true")
    notebook.run_cell(0)
    view = View(notebook.page).watches()
    view.host.locator("> .strip").wait_for()
    notebook.save()
    notebook.restart_kernel()
    notebook.open()
    notebook.shown(".orchflow-files")
    view = View(notebook.page).watches()
    assert view.host.locator("> .strip").count() == 0
    (lab.root / "src" / "again.txt").write_text("x")
    eventually(lambda: "again.txt" in view.rows, "what changes")
