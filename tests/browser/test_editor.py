"""The editor in a notebook, as its users see it, with the real engine."""

import contextlib
import json
import os
import signal

import pytest

from orchflow_jupyter import Document
from orchflow_jupyter.client import Engine
from tests.support.browser import browsable, notebook_of
from tests.support.editor import FIND, Line, View
from tests.support.waiting import eventually
from tests.support.yjs import HAS_YJS, Yjs

pytestmark = pytest.mark.browser


@pytest.fixture
def editors(refill, lab):
    """`editors(name, text, count)`: a new file, and a notebook with that many editors of it; each is a client."""

    def begin(name, text, count=1):
        path = lab.root / name
        path.write_text(text)
        notebook = refill(*[f"from orchflow_jupyter import Editor\nEditor({name!r})"] * count)
        notebook.run_all()
        return path, *(View(notebook.page, index).is_in("live") for index in range(count))

    return begin


def test_what_is_typed_in_one_editor_appears_in_another_and_in_the_file(editors):
    path, one, two = editors("both.py", "a = 1\n", 2)
    assert one.attribute("transport") == "websocket"
    one.type("b = 2\n")
    two.shows("a = 1\nb = 2\n")
    two.type("c = 3\n")
    one.shows("a = 1\nb = 2\nc = 3\n")
    eventually(lambda: path.read_text() == "a = 1\nb = 2\nc = 3\n", "the file")
    one.is_saved()
    # Python's colours come from beside the widget's program.
    eventually(lambda: one.host.locator(".cm-line span").count() > 0, "colours")
    assert "Python" in one.host.locator("> header").inner_text()


RECORD = """() => {
  globalThis.placeOf = (element) => {
    const range = document.createRange();
    range.selectNodeContents(element);
    const { x, y, width } = range.getBoundingClientRect();
    const { y: top } = element.closest(".orchflow-editor").getBoundingClientRect();
    return [element.textContent, ...[x, y - top, width].map(Math.round)];
  };
  new MutationObserver((_, observer) => {
    const lines = [...document.querySelectorAll(".orchflow-editor .lines > div")];
    if (lines.length === 0) return;
    observer.disconnect();
    globalThis.firstLines = lines.slice(0, 5).map(placeOf);
  }).observe(document.body, { childList: true, subtree: true });
}"""


def test_its_first_lines_are_shown_at_once_where_they_lie_later(refill, one_notebook, lab):
    text = "\n".join(["one", "\ttwo", "", "3 " * 200, *map(str, range(20_000))])
    (lab.root / "places.txt").write_text(text)
    one_notebook.page.evaluate(RECORD)
    refill("from orchflow_jupyter import Editor\nEditor('places.txt')").run_all()
    one = View(one_notebook.page).is_in("live")
    eventually(lambda: one.host.locator(".lines").count() == 0, "the editor")
    shown = one.page.evaluate("[...document.querySelectorAll('.orchflow-editor .cm-line')].slice(0, 5).map(placeOf)")
    first = one.page.evaluate("firstLines")
    assert [line[0] for line in first] == text.split("\n")[:5]
    for lines in (first, shown):
        del lines[2]  # nothing is in it that has a place; the ones after it have theirs
    assert first == shown


PRESS = """() => new MutationObserver((_, observer) => {
  const line = document.querySelectorAll(".orchflow-editor .lines > div")[1];
  if (line === undefined) return;
  observer.disconnect();
  const range = document.createRange();
  range.setStart(line.firstChild, 3);
  const { x, y } = range.getBoundingClientRect();
  line.dispatchEvent(new PointerEvent("pointerdown", { clientX: x, clientY: y + 5, bubbles: true }));
}).observe(document.body, { childList: true, subtree: true })"""


def test_where_its_first_lines_are_pressed_one_types_when_it_is_there(refill, one_notebook, lab):
    (lab.root / "pressed.txt").write_text("one\ntwo three\n")
    one_notebook.page.evaluate(PRESS)
    refill("from orchflow_jupyter import Editor\nEditor('pressed.txt')").run_all()
    one = View(one_notebook.page).is_in("live")
    eventually(lambda: one.host.locator(".cm-editor.cm-focused").count() == 1, "the keyboard")
    one.page.keyboard.type("+")
    one.shows("one\ntwo+ three\n")


def test_its_first_lines_are_there_before_the_rest_and_are_edited_only_then(refill, one_notebook, lab):
    text = "".join(f"line {number}\n" for number in range(5000))
    (lab.root / "long.txt").write_text(text)
    line = Line(one_notebook.page)
    line.hold()
    refill("from orchflow_jupyter import Editor\nEditor('long.txt')").run_all()
    one = View(one_notebook.page)
    first = one.host.locator(".cm-line").first
    eventually(lambda: first.inner_text() == "line 0", "the first line")
    first.click(position={"x": 1, "y": 5})
    one.page.keyboard.type("x")
    assert (first.inner_text(), one.attribute("state")) == ("line 0", "connecting")
    line.let_go()
    one.is_in("live").shows(text)
    one.page.keyboard.type("first ")
    one.shows(f"first {text}")


def test_ctrl_s_saves_the_file_and_not_the_notebook(editors, lab):
    path, one = editors("key.txt", "one\n")
    one.type("two")
    one.press("Control+s")
    eventually(lambda: path.read_text() == "one\ntwo", "the file")
    assert one.page.evaluate("() => window.jupyterapp.shell.currentWidget.context.model.dirty")


def test_others_are_seen_where_they_are_and_undo_takes_back_ones_own(editors):
    _, one, two = editors("undo.txt", "x\n", 2)
    one.type("mine ", at="")
    two.shows("mine x\n")
    caret = two.host.locator(".cm-other")
    caret.wait_for()
    eventually(lambda: len(two.people()) == 1, "who is here")
    name = two.people()[0]
    assert caret.text_content().strip("\u2060") == name
    two.type("theirs\n")
    one.shows("mine x\ntheirs\n")
    one.press("Control+z")
    one.shows("x\ntheirs\n")
    two.shows("x\ntheirs\n")
    one.press("Control+y")
    two.shows("mine x\ntheirs\n")
    two.page.evaluate("() => window.jupyterapp.commands.execute('notebook:clear-cell-output')")
    caret.wait_for(state="detached")
    eventually(lambda: two.people() == [], "nobody")


def test_a_name_at_the_right_edge_is_not_cut_and_makes_the_text_no_wider(editors):
    _, one, two = editors("edge.txt", "m " * 200 + "\n", 2)
    one.host.evaluate(
        f"""host => {{
            const {{ view }} = ({FIND})(host);
            const {{ right, top }} = view.contentDOM.getBoundingClientRect();
            view.focus();
            view.dispatch({{ selection: {{ anchor: view.posAtCoords({{ x: right - 60, y: top + 15 }}, false) }} }});
        }}"""
    )
    two.host.locator(".cm-other.turned").wait_for()
    assert two.host.locator(".cm-scroller").evaluate("text => text.scrollWidth <= text.clientWidth")


@pytest.mark.skipif(not HAS_YJS, reason="needs Node.js and js/node_modules")
def test_offline_one_edits_on_and_all_is_merged_on_return(editors, one_notebook, lab):
    line = Line(one_notebook.page)
    path, one = editors("offline.txt", "one\ntwo\n")
    room = lab.request("POST", "orchflow/api/documents", {"path": "offline.txt"}).json["room"]
    with Yjs(lab, room) as other:
        line.cut()
        one.is_in("reconnecting")
        assert "kept here" in one.strip
        one.type("zero\n", at="")
        other.do("insert", len("one\ntwo\n"), "three\n")
        other.sees("one\ntwo\nthree\n")
        assert one.text == "zero\none\ntwo\n"
        assert "not saved" in one.host.locator("> header").inner_text()
        line.mend()
        one.shows("zero\none\ntwo\nthree\n")
        other.sees("zero\none\ntwo\nthree\n")
    eventually(lambda: path.read_text() == "zero\none\ntwo\nthree\n", "the file")
    one.is_saved()


def test_what_was_typed_offline_is_seen_again_when_its_cell_is_run_again(editors, one_notebook):
    line = Line(one_notebook.page)
    path, one = editors("rerun.txt", "one\n")
    line.cut()
    one.is_in("reconnecting").type("two\n")
    one.shows("one\ntwo\n")
    one.host.evaluate("host => { host.dataset.before = 'yes'; }")
    one_notebook.run_all()
    one.page.locator("[data-before]").wait_for(state="detached")
    again = View(one.page).is_in("reconnecting")
    again.shows("one\ntwo\n")
    again.type("three\n")
    line.mend()
    again.is_in("live").is_saved()
    assert path.read_text() == again.text == "one\ntwo\nthree\n"


def test_what_was_typed_offline_reaches_the_file_though_its_editor_is_gone(editors, one_notebook):
    line = Line(one_notebook.page)
    path, one = editors("cleared.txt", "one\n")
    line.cut()
    one.is_in("reconnecting").type("two\n")
    one.shows("one\ntwo\n")
    one_notebook.command("notebook:clear-cell-output")
    one.host.wait_for(state="detached")
    asks = "() => !window.dispatchEvent(new Event('beforeunload', { cancelable: true }))"
    assert one.page.evaluate(asks)
    line.mend()
    eventually(lambda: not one.page.evaluate(asks), "that nothing is lost any more")
    eventually(lambda: path.read_text() == "one\ntwo\n", "the file")


def test_what_changes_in_the_file_appears_and_the_cursor_stays_in_its_place(editors):
    path, one = editors("outside.txt", "one\ntwo\nthree\n")
    one.type("!", at="three")
    one.is_saved()
    path.write_text("zero\none\ntwo\nthree!\n")
    one.shows("zero\none\ntwo\nthree!\n")
    one.page.keyboard.type("?")
    one.shows("zero\none\ntwo\nthree!?\n")


def test_what_was_changed_twice_is_shown_side_by_side_and_one_chooses(editors):
    path, one = editors("conflict.toml", "lr = 0.1\nepochs = 20\n")
    shown = one.host.locator(".decision")

    def clashed():
        # Whoever saves first wins, and there is no conflict: so it takes a try or two.
        one.type("1", at="lr = 0.1")
        path.write_text(path.read_text().replace("0.1", "0.9"))
        return eventually(lambda: shown.count() or one.attribute("save") == "saved", "either") and shown.count() > 0

    eventually(clashed, "a conflict")
    assert "lr = 0.9" in shown.inner_text()
    assert "until you choose" in one.strip
    one.type("", at="epochs = 20")
    shown.get_by_role("button", name="line 1").click()
    assert one.line == 1
    one.choose("Take the file's")
    shown.wait_for(state="detached")
    eventually(lambda: one.text.startswith("lr = 0.9"), f"the file's, not {one.text!r}")
    one.is_saved()
    assert path.read_text() == one.text


@pytest.mark.parametrize(
    ("name", "text", "keys", "then"),
    [
        ("Makefile", "all:\n\techo 1", ["Enter", "2"], "all:\n\techo 1\n\t2"),
        ("table.tsv", "a\tb\n\t1", ["Tab", "2", "Enter", "3"], "a\tb\n\t1\t2\n3"),
        ("two.py", "if a:\n  if b:", ["Enter", "c"], "if a:\n  if b:\n    c"),
    ],
)
def test_keys_indent_as_the_file_does(editors, name, text, keys, then):
    _, one = editors(name, text)
    eventually(lambda: name != "two.py" or one.host.locator(".cm-line span").count(), "its language")
    one.type("")
    for key in keys:
        one.page.keyboard.press(key)
    one.shows(then)


def test_half_a_character_is_seen_as_it_is_saved(editors):
    path, one = editors("half.txt", "one\n")
    # Playwright types whole ones only.
    one.host.evaluate(f"host => ({FIND})(host).view.dispatch({{ changes: {{ from: 0, insert: 'a\\ud83d ' }} }})")
    one.shows("a\ufffd one\n")
    one.is_saved()
    assert path.read_text(encoding="utf-8") == one.text


def test_an_expression_that_is_not_valid_is_told_from_one_that_finds_nothing(editors):
    _, one = editors("expression.txt", "a = (1)\n")
    one.press("Control+f")
    one.page.keyboard.type("(")
    found = one.host.locator("search [role=status]")
    eventually(lambda: found.inner_text() == "1", "one of them")
    one.host.get_by_role("button", name="Regular expression").click()
    eventually(lambda: found.inner_text() == "not a valid expression", "that it is none")
    one.host.get_by_label("Find in the text").fill("(2)")
    eventually(lambda: found.inner_text() == "none", "that there is none")


def test_text_is_found_and_replaced_and_a_line_is_gone_to(editors):
    _, one = editors("find.txt", "a = 1\nb = a\n")
    one.press("Control+f")
    one.page.keyboard.type("a")
    found = one.host.locator("search [role=status]")
    eventually(lambda: found.inner_text() == "2", "two of them")
    one.press("Control+h")
    replace = one.host.get_by_label("Replace by")
    eventually(lambda: replace.evaluate("field => field === document.activeElement"), "the keyboard in it")
    one.page.keyboard.type("c")
    one.page.keyboard.press("Control+Enter")
    one.shows("c = 1\nb = c\n")
    one.page.keyboard.press("Escape")
    found.wait_for(state="detached")
    one.press("Control+g")
    one.page.keyboard.type("2")
    one.page.keyboard.press("Enter")
    eventually(lambda: one.line == 2, "line 2")


ASKED = """host => {
  const asked = host.querySelector(".cm-asked .cm-activeLine");
  const top = host.querySelector(".cm-scroller").getBoundingClientRect().top;
  const cut = [...host.querySelectorAll(".cm-line")].some((line) => {
    const box = line.getBoundingClientRect();
    return box.top < top - 1 && box.bottom > top + 1;
  });
  const seen = asked && getComputedStyle(asked).backgroundColor !== "rgba(0, 0, 0, 0)";
  return { asked: asked?.textContent, seen, cut };
}"""


def test_the_line_that_was_asked_for_is_seen_until_one_does_something(refill, lab):
    (lab.root / "asked.txt").write_text("".join(f"line {n}\n" for n in range(1, 101)))
    notebook = refill("%load_ext orchflow_jupyter\n%orchflow edit asked.txt:30 --height 300")
    notebook.run_all()
    one = View(notebook.page).is_in("live")
    shown = {"asked": "line 30", "seen": True, "cut": False}
    eventually(lambda: one.host.evaluate(ASKED) == shown, f"it, not {one.host.evaluate(ASKED)}")
    one.host.locator(".cm-activeLine").click()
    assert one.host.locator(".cm-asked").count() == 0


def test_a_narrow_one_keeps_its_name_and_the_rest_is_in_its_menu(editors):
    _, one, two = editors("a_name_of_some_length.py", "x\n", 2)
    two.type("y", at="x")
    eventually(lambda: len(one.people()) == 1, "who is here")
    name = one.people()[0]
    one.host.evaluate("host => { host.style.width = '360px'; }")
    bar = one.host.locator("> header")
    eventually(lambda: bar.evaluate("bar => bar.clientWidth < 400"), "little room")
    assert bar.locator("b").evaluate("b => b.scrollWidth <= b.clientWidth")
    bar.get_by_label("More").click()
    menu = one.host.get_by_role("menu").inner_text()
    assert "saved" in menu
    assert name in menu


def test_escape_then_tab_leaves_the_text_which_says_so(editors):
    _, one = editors("left.txt", "one\n")
    text = one.host.get_by_role("textbox", name="Text of left.txt")
    hint = one.page.locator(f"#{text.get_attribute('aria-describedby')}")
    assert hint.text_content() == "Tab indents; Escape, then Tab leaves the text."
    text.focus()
    one.page.keyboard.press("Tab")
    one.shows("    one\n")
    one.page.keyboard.press("Escape")
    one.page.keyboard.press("Tab")
    assert text.evaluate("text => !text.contains(document.activeElement)")
    assert one.page.evaluate("() => document.activeElement !== document.body")
    one.shows("    one\n")


def test_a_file_that_is_deleted_can_be_made_again(editors):
    path, one = editors("deleted.txt", "one\n")
    path.unlink()
    eventually(lambda: one.host.locator("> .strip").count(), "a word of it")
    one.choose("Make it again")
    eventually(lambda: path.exists() and path.read_text() == "one\n", "the file")
    eventually(lambda: one.host.locator("> .strip").count() == 0, "no word of it")


def test_a_file_that_is_missing_can_be_made(refill, one_notebook, lab):
    made = "import os\nfrom orchflow_jupyter import Editor\nopened = Editor('missing.txt', new=True)"
    refill(f"{made}\nos.unlink('missing.txt')\nopened").run_all()
    one = View(one_notebook.page).is_in("gone")
    assert one.strip == "There is no missing.txt."
    one.choose("Make it")
    one.is_in("live").type("first")
    one.is_saved()
    eventually(lambda: (lab.root / "missing.txt").read_text() == "first", "the file")


def test_when_the_engine_is_killed_nothing_is_lost(editors, lab):
    path, one = editors("killed.txt", "one\n")
    one.type("two\n")
    eventually(lambda: one.attribute("safe") == "true", "that it is safe")
    os.kill(lab.engine_pid, signal.SIGKILL)
    one.type("three\n")
    one.is_in("live").is_saved()
    assert one.text == "one\ntwo\nthree\n"
    assert path.read_text() == "one\ntwo\nthree\n"


def test_without_a_way_to_the_server_one_edits_through_the_kernel(open_notebook, lab):
    path = lab.root / "kernel.py"
    path.write_text("a = 1\n")
    notebook = open_notebook(lab, "from orchflow_jupyter import Editor\nEditor('kernel.py', readonly=False)")
    notebook.page.route("**/orchflow/**", lambda route: route.abort())
    notebook.page.route_web_socket("**/orchflow/ws/**", lambda socket: socket.close())
    notebook.run_cell(0)
    view = View(notebook.page).is_in("live")
    assert view.attribute("transport") == "comm"
    view.type("b = 2\n")
    eventually(lambda: path.read_text() == "a = 1\nb = 2\n", "the file")
    eventually(lambda: view.host.locator(".cm-line span").count() > 0, "colours")


def test_a_place_that_a_terminal_shows_opens_in_an_editor_below_it(refill, lab):
    (lab.root / "src").mkdir(exist_ok=True)
    (lab.root / "src" / "train.py").write_text("".join(f"line_{n} = {n}\n" for n in range(1, 101)))
    notebook = refill("from orchflow_jupyter import Terminal\nTerminal(['cat'], rows=6)")
    notebook.run_cell(0)
    terminal = notebook.terminal().wait_for_state("live")
    terminal.evaluate("view.term.focus();")
    notebook.page.keyboard.type("src/train.py:42: error\n")
    terminal.wait_for_text("src/train.py:42")
    where = terminal.evaluate(
        "const box = host.querySelector('.xterm-screen').getBoundingClientRect(); const { cols, rows } = view.term;"
        "return { x: box.left + (5 * box.width) / cols, y: box.top + (0.5 * box.height) / rows };"
    )
    linked = terminal.host.locator(".xterm-cursor-pointer")

    def near():
        notebook.page.mouse.move(where["x"] + 30, where["y"])
        notebook.page.mouse.move(where["x"], where["y"])
        return linked.count()

    eventually(near, "a link")
    notebook.page.mouse.click(where["x"], where["y"])
    view = View(notebook.page).is_in("live")
    eventually(lambda: view.line == 42, "line 42")
    view.host.get_by_role("button", name="Close").click()
    view.host.wait_for(state="detached")


def test_a_saved_notebook_shows_its_editor_again(editors, one_notebook):
    _, one = editors("again.txt", "one\n")
    one_notebook.reopen()
    again = View(one.page).is_in("live")
    again.shows("one\n")


def test_what_cannot_be_edited_says_why_and_a_notebook_opens_in_jupyter(refill, lab):
    (lab.root / "no.bin").write_bytes(b"\0\1\2\xff" * 9)
    (lab.root / "other.ipynb").write_text(json.dumps(notebook_of(["1"])))
    cells = [f"from orchflow_jupyter import Editor\nEditor({name!r})" for name in ("no.bin", "other.ipynb")]
    notebook = refill(*cells)
    notebook.run_all()
    refused = View(notebook.page, 0).is_in("error")
    assert "is no text" in refused.strip
    view = View(notebook.page, 1).is_in("notebook")
    view.choose("Open in Jupyter")
    notebook.page.wait_for_function("() => window.jupyterapp.shell.currentWidget?.context?.path === 'other.ipynb'")


@pytest.mark.skipif(not HAS_YJS, reason="needs Node.js and js/node_modules")
def test_a_client_of_yjs_alone_edits_with_us(editors, lab):
    _, one = editors("yjs.txt", "one\n")
    room = lab.request("POST", "orchflow/api/documents", {"path": "yjs.txt"}).json["room"]
    with Yjs(lab, room) as other:
        one.type("two\n")
        other.sees("one\ntwo\n")
        other.do("insert", 0, "zero\n")
        one.shows("zero\none\ntwo\n")


@contextlib.contextmanager
def in_their_room(open_notebook, tmp_path, delay):
    """A server, a file of its, and that in an editor, in a room of jupyter-collaboration that saves after a delay."""
    pytest.importorskip("jupyter_server_ydoc")
    with browsable(tmp_path, foreign=True, args=[f"--YDocExtension.document_save_delay={delay}"]) as server:
        path = server.root / "a.txt"
        path.write_text("one\n")
        notebook = open_notebook(server, "from orchflow_jupyter import Editor\nEditor('a.txt')")
        notebook.run_all()
        yield server, path, View(notebook.page).is_in("live")


@pytest.mark.long
def test_in_a_room_of_jupyter_collaboration_it_edits_and_says_when_that_has_saved(open_notebook, tmp_path):
    with in_their_room(open_notebook, tmp_path, 2) as (server, path, view):
        with Engine.open(server.engine_dir, str(server.root)) as engine, Document(path, engine=engine) as document:
            view.type("two\n")
            eventually(lambda: view.attribute("save") == "unsaved", "that it is not saved yet")
            eventually(lambda: document.text == "one\ntwo\n", "what was typed")
            document.insert(0, "zero\n")
            view.shows("zero\none\ntwo\n")
            view.is_saved()
            assert path.read_text() == "zero\none\ntwo\n"
        assert server.request("GET", "orchflow/api/metrics").json["documents"] is None


def test_ctrl_s_has_a_room_of_jupyter_collaboration_write_its_file(open_notebook, tmp_path):
    with in_their_room(open_notebook, tmp_path, None) as (_, path, view):
        view.type("two\n")
        eventually(lambda: view.attribute("save") == "unsaved", "that it is not saved yet")
        view.press("Control+s")
        view.is_saved()
        assert path.read_text() == "one\ntwo\n"
