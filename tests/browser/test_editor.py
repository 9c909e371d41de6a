"""The editor in a notebook, as its users see it, with the real engine."""

import pytest

from tests.support.waiting import eventually
from tests.support.yjs import HAS_YJS, Yjs

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

FIND = """host => globalThis[Symbol.for("orchflow.editors")]?.get(host)"""


class View:
    """An editor in a page."""

    def __init__(self, page, index=0):
        self.page = page
        self.host = page.locator(".orchflow-editor").nth(index)
        self.host.wait_for()

    def attribute(self, name):
        return self.host.get_attribute(f"data-{name}")

    def is_in(self, state):
        eventually(lambda: self.attribute("state") == state, f"{state}, not {self.attribute('state')}")
        return self

    @property
    def text(self):
        return self.host.evaluate(f"host => ({FIND})(host)?.view.state.doc.toString()")

    def shows(self, text):
        eventually(lambda: self.text == text, f"{text!r}, not {self.text!r}")

    def type(self, text, *, at=None):
        """Type at the end, or after what stands there."""
        self.host.evaluate(
            f"""(host, at) => {{
                const {{ view }} = ({FIND})(host);
                const text = view.state.doc.toString();
                const head = at === null ? text.length : text.indexOf(at) + at.length;
                view.focus();
                view.dispatch({{ selection: {{ anchor: head }}, scrollIntoView: true }});
            }}""",
            at,
        )
        self.page.keyboard.type(text)

    def press(self, key):
        self.host.locator(".cm-content").press(key)

    def is_saved(self):
        eventually(
            lambda: self.attribute("save") == "saved" and self.attribute("safe") == "true",
            f"saved, not {self.attribute('save')}",
        )

    @property
    def strip(self):
        return self.host.locator("> .strip > .text").inner_text()

    def choose(self, button):
        self.host.locator("> .strip").get_by_role("button", name=button, exact=True).click()

    def people(self):
        return sorted(self.host.locator(".person").all_inner_texts())


class Line:
    """What connects a page with documents; it can be cut and mended."""

    def __init__(self, page):
        self._cut = False
        self._sockets = []
        page.route_web_socket("**/orchflow/ws/documents/**", self._opened)

    def cut(self):
        self._cut = True
        for socket in self._sockets:
            socket.close(code=3000)

    def mend(self):
        self._cut = False

    def _opened(self, socket):
        if self._cut:
            socket.close(code=3000)
        else:
            socket.connect_to_server()
            self._sockets.append(socket)


@pytest.fixture
def editors(open_notebook, lab):
    """`editors(name, text, count)`: that many notebooks with an editor of the same new file, and the file."""

    def begin(name, text, count=1, line=None):
        path = lab.root / name
        path.write_text(text)
        views = []
        for _ in range(count):
            notebook = open_notebook(lab, f"from orchflow_jupyter import Editor\nEditor({name!r}, line={line})")
            notebook.run_cell(0)
            views.append(View(notebook.page).is_in("live"))
        return path, *views

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


def test_ctrl_s_saves_the_file_and_not_the_notebook(editors, lab):
    path, one = editors("key.txt", "one\n")
    one.type("two")
    one.press("Control+s")
    eventually(lambda: path.read_text() == "one\ntwo", "the file")
    assert one.page.locator(".jp-mod-dirty").count() > 0


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
    one.page.close()
    caret.wait_for(state="detached")
    eventually(lambda: two.people() == [], "nobody")


def test_offline_one_edits_on_and_all_is_merged_on_return(open_notebook, editors, lab):
    path, two = editors("offline.txt", "one\ntwo\n")
    notebook = open_notebook(lab, "from orchflow_jupyter import Editor\nEditor('offline.txt')")
    line = Line(notebook.page)
    notebook.run_cell(0)
    one = View(notebook.page).is_in("live")
    line.cut()
    one.is_in("reconnecting")
    assert "kept here" in one.strip
    two.type("three\n")
    one.type("zero\n", at="")
    assert one.text == "zero\none\ntwo\n"
    assert "not saved" in one.host.locator("> header").inner_text()
    assert "zero" not in two.text
    line.mend()
    one.shows("zero\none\ntwo\nthree\n")
    two.shows("zero\none\ntwo\nthree\n")
    eventually(lambda: path.read_text() == "zero\none\ntwo\nthree\n", "the file")
    one.is_saved()


def test_what_changes_in_the_file_appears_and_the_cursor_stays_in_its_place(editors):
    path, one = editors("outside.txt", "one\ntwo\nthree\n")
    one.type("!", at="three")
    one.is_saved()
    path.write_text("zero\none\ntwo\nthree!\n")
    one.shows("zero\none\ntwo\nthree!\n")
    one.page.keyboard.type("?")
    one.shows("zero\none\ntwo\nthree!?\n")


@pytest.mark.skipif(not HAS_YJS, reason="needs Node.js and js/node_modules")
def test_a_client_of_yjs_alone_edits_with_us(editors, lab):
    _, one = editors("yjs.txt", "one\n")
    room = lab.request("POST", "orchflow/api/documents", {"path": "yjs.txt"}).json["room"]
    with Yjs(lab, room) as other:
        one.type("two\n")
        other.sees("one\ntwo\n")
        other.do("insert", 0, "zero\n")
        one.shows("zero\none\ntwo\n")
