"""A recording in a notebook, as its user plays it."""

import pytest

from tests.support.waiting import eventually

pytestmark = pytest.mark.browser

CAST = "\n".join(
    [
        '{"version": 3, "term": {"cols": 60, "rows": 12}}',
        r'[0.2, "o", "\u001b[32mfirst\u001b[m line\r\n"]',
        *[rf'[0.2, "o", "\u001b[3{n % 8}mline {n}\u001b[m äöü 日本\r\n"]' for n in range(6)],
        r'[6.0, "o", "the last line"]',
        '[0.1, "x", "0"]\n',
    ]
)
PLAYER = """host => globalThis[Symbol.for("orchflow.recordings")].get(host)"""


@pytest.fixture
def recording(refill, lab):
    (lab.root / "demo.cast").write_text(CAST)
    notebook = refill("from orchflow_jupyter import Recording\nRecording('demo.cast')")
    notebook.run_cell(0)
    host = notebook.page.locator(".orchflow-recording")
    host.locator(".ap-player").wait_for()
    return notebook, host


def test_it_plays_seeks_and_changes_its_speed(recording):
    _, host = recording
    host.evaluate(f"host => ({PLAYER})(host).play()")
    eventually(lambda: "line 2" in host.inner_text(), "what was recorded")
    assert host.get_attribute("data-state") == "playing"
    host.get_by_label("Speed").select_option("8")
    eventually(lambda: "the last line" in host.inner_text(), "the end, soon")
    eventually(lambda: host.get_attribute("data-state") == "ended", "the end to be told")
    host.evaluate(f"host => ({PLAYER})(host).seek(0.7)")
    eventually(lambda: "line 1" in host.inner_text() and "the last line" not in host.inner_text(), "the time sought")
    eventually(lambda: host.get_attribute("data-state") == "paused", "that it is no longer at its end")


def test_its_colours_are_those_of_the_page(recording):
    notebook, host = recording
    assert host.get_attribute("data-scheme") == "light"
    notebook.theme("JupyterLab Dark")
    eventually(lambda: host.get_attribute("data-scheme") == "dark", "the dark colours")
    assert host.locator(".asciinema-player-theme-orchflow-dark").count() == 1
    notebook.theme("JupyterLab Light")


HEAD = '{"version": 3, "term": {"cols": 60, "rows": 12}}\n'


@pytest.mark.parametrize(("events", "said"), [("", ""), ("what is this?\n", "This file cannot be played")])
def test_one_in_which_nothing_happened_is_empty_and_one_that_is_damaged_says_so(refill, lab, events, said):
    (lab.root / "bad.cast").write_text(HEAD + events)
    notebook = refill("from orchflow_jupyter import Recording\nRecording('bad.cast')")
    notebook.run_cell(0)
    host = notebook.page.locator(".orchflow-recording")
    host.locator(".ap-player").wait_for(state="attached")
    host.evaluate(f"host => ({PLAYER})(host).play().catch(() => null)")
    eventually(lambda: host.get_attribute("data-state") == ("broken" if said else "ended"), "that it is so")
    assert host.get_by_role("alert").count() == bool(said)
    assert said in host.inner_text()
    assert "💥" not in host.inner_text()
