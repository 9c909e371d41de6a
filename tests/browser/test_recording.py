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


def test_a_narrow_one_can_be_read_and_is_scrolled_and_its_controls_stay(recording):
    _, host = recording
    assert host.get_attribute("role") == "group"
    assert host.get_attribute("aria-label") == "Recording demo.cast"
    host.evaluate("host => { host.style.width = '300px'; }")
    text = host.locator(".ap-term-text")
    wide = "e => e.parentElement.getBoundingClientRect().width"
    eventually(lambda: 300 < text.evaluate(wide) < 450, "that it is narrower, and wider than its place")
    assert text.evaluate("text => parseFloat(getComputedStyle(text).fontSize)") > 9
    host.locator(".orchflow-recording-ground").evaluate("ground => ground.scrollBy(60, 0)")
    for button in ("Play", "Toggle fullscreen mode"):
        place = host.get_by_role("button", name=button, exact=True).bounding_box()
        assert 0 <= place["x"] - host.bounding_box()["x"] <= 300 - place["width"]
    assert not host.locator(".ap-kbd-button").is_visible()


def test_what_has_the_keyboard_has_a_ring(recording):
    notebook, host = recording
    host.get_by_label("Speed").focus()
    for selector in (".ap-term-text", ".ap-playback-button", ".ap-fullscreen-button"):
        notebook.page.keyboard.press("Tab")
        one = host.locator(selector)
        assert one.evaluate("e => e === document.activeElement")
        assert one.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"


HEAD = '{"version": 3, "term": {"cols": 60, "rows": 12}}\n'


def test_one_in_which_nothing_happened_is_empty(refill, lab):
    (lab.root / "empty.cast").write_text(HEAD)
    notebook = refill("from orchflow_jupyter import Recording\nRecording('empty.cast')")
    notebook.run_cell(0)
    host = notebook.page.locator(".orchflow-recording")
    host.locator(".ap-player").wait_for(state="attached")
    host.evaluate(f"host => ({PLAYER})(host).play().catch(() => null)")
    eventually(lambda: host.get_attribute("data-state") == "ended", "its end")
    assert host.get_by_role("alert").count() == 0
    assert "💥" not in host.inner_text()


def test_damaged_lines_are_left_out_and_the_page_lives(refill, lab):
    events = [
        '[0.1, "o", "begun "]',
        '["x", "o", "txt"]',  # the player goes round for ever
        '[0.1, "o", null]',
        '[0.1, "r", "x"]',
        '[0.1, "r", "70000x70000"]',
        "what is this?",
        '[0.1, "o", "ended"]\n',
    ]
    (lab.root / "bad.cast").write_text(HEAD + "\n".join(events))
    notebook = refill("from orchflow_jupyter import Recording\nRecording('bad.cast')")
    notebook.run_cell(0)
    host = notebook.page.locator(".orchflow-recording")
    host.locator(".ap-player").wait_for(state="attached")
    host.evaluate(f"host => ({PLAYER})(host).play()")
    eventually(lambda: host.get_attribute("data-state") == "ended", "its end")
    eventually(lambda: "begun ended" in host.inner_text(), "the last line, which is painted in the next frame")
    assert "5 lines, from 3 on, are no events: left out." in host.inner_text()


@pytest.mark.parametrize("size", [(1000, 1000), (1000, 1), (1, 1000)])
def test_the_largest_are_painted(refill, lab, size):
    cols, rows = size
    head = f'{{"version": 3, "term": {{"cols": {cols}, "rows": {rows}}}}}\n'
    (lab.root / "large.cast").write_text(head + '[0.1, "o", "x"]\n')
    notebook = refill("from orchflow_jupyter import Recording\nRecording('large.cast')")
    notebook.run_cell(0)
    host = notebook.page.locator(".orchflow-recording")
    canvas = host.locator("canvas").first
    canvas.wait_for(state="attached")
    host.evaluate(f"host => ({PLAYER})(host).play()")
    eventually(lambda: host.get_attribute("data-state") == "ended", "its end")
    assert canvas.evaluate("canvas => [...canvas.getContext('2d').getImageData(1, 1, 1, 1).data]")


@pytest.mark.parametrize("keys", ["dd", "00", "x", "m"])
def test_keys_are_the_players_own(recording, keys):
    notebook, host = recording
    host.locator(".ap-player").click()
    eventually(lambda: host.get_attribute("data-state") != "ready", "that it has begun")
    for key in keys:
        notebook.page.keyboard.press(key)
    host.get_by_label("Speed").focus()
    for key in keys:
        notebook.page.keyboard.press(key)
    assert notebook.page.locator(".jp-Dialog").count() == 0
    assert host.count() == 1
    assert notebook.page.locator(".jp-CodeCell").count() == 1


def test_its_ground_is_that_of_the_page(recording):
    notebook, host = recording
    notebook.theme("JupyterLab Dark")
    try:
        eventually(lambda: host.get_attribute("data-scheme") == "dark", "the dark colours")
        wanted = notebook.page.evaluate("""() => {
            const probe = document.createElement("div");
            probe.style.background = "var(--jp-layout-color0)";
            document.body.append(probe);
            const { backgroundColor } = getComputedStyle(probe);
            probe.remove();
            return backgroundColor;
        }""")
        assert host.locator(".ap-player").evaluate("e => getComputedStyle(e).backgroundColor") == wanted
    finally:
        notebook.theme("JupyterLab Light")


def test_a_saved_notebook_says_that_its_recording_is_not_in_it(open_notebook, lab):
    (lab.root / "kept.cast").write_text(CAST)
    notebook = open_notebook(lab, "from orchflow_jupyter import Recording\nRecording('kept.cast')")
    notebook.run_cell(0)
    notebook.page.locator(".orchflow-recording .ap-player").wait_for()
    notebook.save()
    notebook.restart_kernel()
    notebook.open()
    host = notebook.shown(".orchflow-recording")
    assert "run the cell to play it" in host.inner_text()
    assert host.locator(".ap-player").count() == 0
    assert "first" not in (lab.root / notebook.path).read_text().replace("kept.cast", "")


def test_a_terminal_shows_that_it_is_recorded_and_whether_what_is_typed_is_too(refill, lab):
    notebook = refill("from orchflow_jupyter import Terminal\nt = Terminal(['cat'], name='taped')\nt")
    notebook.run_cell(0)
    terminal = notebook.terminal().wait_for_state("live")
    mark = terminal.host.locator(".recorded")
    assert mark.count() == 0
    for keys, words in ((False, "rec"), (True, "rec + keys")):
        path = f"orchflow/api/terminals/{terminal.host.get_attribute('data-terminal')}/recording"
        lab.request("POST", path, {"path": "taped.cast", "overwrite": True, "input": keys})
        mark.wait_for()
        assert mark.inner_text() == words
        assert mark.get_attribute("title").endswith("taped.cast, with" + ("" if keys else "out") + " what is typed")
        lab.request("DELETE", path)
        mark.wait_for(state="detached")


def test_pauses_are_left_whatever_the_file_says_of_them_unless_they_are_to_be_cut(refill, lab):
    for name, limit in ("own", "1"), ("none", "null"):
        head = CAST.partition("\n")[0][:-1] + f', "idle_time_limit": {limit}}}'
        (lab.root / f"{name}.cast").write_text(head + "\n" + CAST.partition("\n")[2])
    for call, seconds in ("'own.cast'", 7.5), ("'none.cast'", 7.5), ("'own.cast', idle_limit=3", 4.5):
        notebook = refill(f"from orchflow_jupyter import Recording\nRecording({call})")
        notebook.run_cell(0)
        host = notebook.page.locator(".orchflow-recording")
        host.locator(".ap-player").wait_for()
        found = eventually(lambda host=host: host.evaluate(f"host => ({PLAYER})(host).getDuration()"), "how long it is")
        assert found == pytest.approx(seconds)
