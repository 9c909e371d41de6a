"""A page that was away: a laptop that slept, a network that was gone for an hour, a page that is loaded anew.

Playwright's clock lets an hour pass in the page: timers that are due go off once, as they do when a lid is opened.
"""

import pytest

from tests.support.browser import FIND
from tests.support.proxy import Proxied
from tests.support.waiting import eventually

pytestmark = pytest.mark.browser

SHELL = 'from orchflow_jupyter import Terminal\nt = Terminal(["bash", "--norc"], rows=12)\nt'
HOUR = 3_600_000
SEEN = (
    """
() => {
    window.seen = [];
    const look = () => {
        const host = document.querySelector(".orchflow-terminal");
        const view = host && ("""
    + FIND
    + """)(host);
        if (!view?.term) return requestAnimationFrame(look);
        view.term.onRender(() => {
            const { active } = view.term.buffer;
            const rows = Array.from({ length: view.term.rows },
                (_, y) => active.getLine(active.viewportY + y)?.translateToString(true) ?? "");
            const numbers = rows.filter(row => /^\\d+$/.test(row)).map(Number);
            if (numbers.length > 1) window.seen.push(numbers.at(-2));
        });
    };
    look();
}
"""
)
"""Notes the last number but one that the view shows, each time it is drawn: of the last one the half may be missing."""


@pytest.fixture
def proxied(lab):
    with Proxied(lab) as proxied:
        yield proxied


def counted(notebook, last):
    """A terminal that shows 1 to `last`, from the notebook's first cell."""
    notebook.run_cell(0)
    terminal = notebook.terminal().wait_for_state("live")
    terminal.run(f"seq {last}")
    terminal.wait_for_text(f"\n{last}\n")
    return terminal


def away(open_notebook, proxied):
    """A terminal that shows 1 to 1000, in a page whose hours pass when the test says so."""
    notebook = open_notebook(proxied)
    notebook.page.clock.install()
    notebook.open()
    notebook.fill(SHELL)
    terminal = counted(notebook, 1000)
    notebook.page.evaluate(SEEN)
    return notebook, terminal


def printed(lab, terminal, least):
    """Wait until the terminal's program has printed `least` bytes and rests; how many."""
    path = f"orchflow/api/terminals/{terminal.attribute('terminal')}"

    def rests():
        model = lab.request("GET", path).json
        return not model["busy"] and model["offset"] > least and model["offset"]

    return eventually(rests, "the output")


def assert_it_shows_what_the_engine_has(lab, terminal):
    truth = lab.request("GET", f"orchflow/api/terminals/{terminal.attribute('terminal')}/screen").json
    shown = (
        "const { active } = view.term.buffer; return [active.cursorX, active.cursorY, ...Array.from("
        "{ length: view.term.rows }, (_, y) => active.getLine(active.baseY + y).translateToString(true).trimEnd())];"
    )
    rows = ["".join("".join(run[0]) for run in line).rstrip() for line in truth["lines"]]
    expected = [truth["cursor"]["x"], truth["cursor"]["y"], *rows]
    assert eventually(lambda: terminal.evaluate(shown), "a screen") == expected


def assert_nothing_old_was_seen(page, last):
    seen = page.evaluate("window.seen")
    assert seen == sorted(seen)
    assert seen[-1] == last - 1


@pytest.mark.long
@pytest.mark.parametrize("last", [2000, 1_500_000], ids=["a-little", "more-than-is-kept"])
def test_a_laptop_that_slept_shows_what_came_meanwhile_and_nothing_old(open_notebook, lab, proxied, last):
    notebook, terminal = away(open_notebook, proxied)
    before = printed(lab, terminal, 1000)
    terminal.run(f"sleep 1; seq 1001 {last}")
    proxied.mute()  # nobody says that the connection is gone
    cdp = notebook.page.context.new_cdp_session(notebook.page)
    cdp.send("Page.setWebLifecycleState", {"state": "frozen"})
    printed(lab, terminal, before + 5 * (last - 1000))
    cdp.send("Page.setWebLifecycleState", {"state": "active"})
    notebook.page.clock.fast_forward(HOUR)
    terminal.wait_for_text(f"\n{last}\n")
    terminal.wait_for_state("live")
    assert_nothing_old_was_seen(notebook.page, last)
    assert_it_shows_what_the_engine_has(lab, terminal)


def test_a_network_that_is_gone_for_an_hour_loses_nothing_in_either_direction(open_notebook, lab, proxied):
    notebook, terminal = away(open_notebook, proxied)
    before = printed(lab, terminal, 1000)
    terminal.run("sleep 1; seq 1001 100000; cat > typed.txt")
    terminal.wait_for_text("typed.txt")
    proxied.refuse(True)
    proxied.cut()
    terminal.wait_for_state("reconnecting")
    path = f"orchflow/api/terminals/{terminal.attribute('terminal')}"
    eventually(lambda: lab.request("GET", path).json["offset"] > before + 500_000, "the output")
    terminal.type("while it was away")
    for _ in range(6):
        notebook.page.clock.fast_forward(HOUR // 6)
        assert terminal.state == "reconnecting"
        assert "17 keys are waiting" in terminal.host.inner_text()
    proxied.refuse(False)
    notebook.page.evaluate("window.dispatchEvent(new Event('online'))")
    terminal.wait_for_state("live")
    terminal.type(", and after")
    notebook.page.keyboard.press("Enter")
    notebook.page.keyboard.press("Control+D")
    terminal.wait_for_text("\n100000\nwhile it was away, and after\n")
    assert_nothing_old_was_seen(notebook.page, 100_000)
    eventually(lambda: not lab.request("GET", path).json["busy"], "the end")
    assert (lab.root / "typed.txt").read_text() == "while it was away, and after\n"
    assert_it_shows_what_the_engine_has(lab, terminal)


def test_a_reloaded_page_shows_nothing_old_on_its_way(open_notebook, lab):
    notebook = open_notebook(lab, SHELL)
    counted(notebook, 200_000)
    notebook.save()
    notebook.page.add_init_script(f"({SEEN})()")
    notebook.open()
    terminal = notebook.terminal().wait_for_state("live")
    terminal.wait_for_text("\n200000\n")
    assert_nothing_old_was_seen(notebook.page, 200_000)
    assert set(notebook.page.evaluate("window.seen")) == {199_999}
    assert_it_shows_what_the_engine_has(lab, terminal)


@pytest.mark.long
def test_a_terminal_moves_from_a_notebook_to_a_panel(open_notebook, lab):
    notebook = open_notebook(lab, SHELL)
    counted(notebook, 1000)
    notebook.page.evaluate(f"({SEEN})()")
    notebook.command("notebook:create-output-view")
    eventually(lambda: notebook.page.locator(".orchflow-terminal").count() == 2, "the panel")
    eventually(lambda: all(each.state == "live" for each in notebook.terminals()), "both to be live")
    for each in notebook.terminals():
        each.wait_for_text("\n1000\n")
        assert_it_shows_what_the_engine_has(lab, each)
