"""The editor widget, in a real kernel."""

import pytest
from pycrdt import Doc, Text

from orchflow_jupyter.protocol.documents import StepOne, Update, decode, encode_step_one, encode_step_two, encode_update
from orchflow_jupyter.widgets.bundle import bundle, versioned
from tests.support.kernel import KernelError
from tests.support.waiting import eventually


@pytest.fixture
def shown(kernel, process):
    """The kernel in a directory of the engine's root, and the identity of an `Editor` in it."""
    work = process.root / "work"
    work.mkdir(exist_ok=True)
    (work / "a.txt").write_text("one\n")
    kernel.run(f"import os; os.chdir({str(work)!r})")
    kernel.run("from orchflow_jupyter import Editor")
    return kernel, *kernel.widget("e = Editor('a.txt', line=1, height=100, theme='dark'); e")


def test_the_page_gets_the_path_as_the_server_names_it(shown, process):
    kernel, _, comm = shown
    told = {name: comm.state[name] for name in ("path", "line", "readonly", "root", "theme", "height", "bundle")}
    assert told == {
        "path": "work/a.txt",
        "line": 1,
        "readonly": False,
        "root": str(process.root),
        "theme": "dark",
        "height": 100,
        "bundle": versioned("editor.js"),
    }
    assert comm.state["user"] == kernel.value("__import__('getpass').getuser()")


def test_a_link_leads_to_what_it_names(shown, process):
    kernel, *_ = shown
    (process.root / "work" / "link.txt").symlink_to("a.txt")
    _, comm = kernel.widget("Editor('link.txt')")
    assert comm.state["path"] == "work/a.txt"


def test_what_cannot_be_edited_is_said_at_once(shown):
    kernel, *_ = shown
    with pytest.raises(KernelError, match="there is no nothing"):
        kernel.run("Editor('nothing')")
    with pytest.raises(KernelError, match="is a directory"):
        kernel.run("Editor('.')")
    with pytest.raises(KernelError, match="outside of"):
        kernel.run("Editor('/etc/passwd')")
    for path in ("''", "5", "b'a.txt'", r"'a\0b'"):
        with pytest.raises(KernelError, match="path must be that of a file"):
            kernel.run(f"Editor({path})")


def test_a_new_file_is_made_empty_where_there_is_none_and_only_there(shown, process):
    kernel, *_ = shown
    work, outside = process.root / "work", process.root.parent / "outside.py"
    _, comm = kernel.widget("Editor('new.py', new=True)")
    assert (comm.state["path"], (work / "new.py").read_bytes()) == ("work/new.py", b"")
    kernel.widget("Editor('a.txt', new=True)")
    assert (work / "a.txt").read_text() == "one\n"
    for path, refusal in (
        ("nowhere/new.py", "there is no directory"),
        ("new.ipynb", "a new notebook is made in Jupyter"),
        (str(outside), "outside of"),
        (".", "is a directory"),
    ):
        with pytest.raises(KernelError, match=refusal):
            kernel.run(f"Editor({path!r}, new=True)")
    assert not (work / "new.ipynb").exists()
    assert not outside.exists()


def test_its_program_travels_by_the_kernel_as_one_file(shown):
    kernel, identity, _ = shown
    content, buffers = kernel.ask(identity, {"kind": "bundle"}, "bundle")
    assert (content, buffers) == ({"kind": "bundle"}, [bundle("editorWidget.js")])


class Page:
    """The page's end of a document through the kernel."""

    def __init__(self, kernel, identity, room, name, **parameters):
        self.kernel = kernel
        self.identity = identity
        self.name = name
        self.doc = Doc()
        self.text = self.doc.get("source", type=Text)
        self.synced = False
        self.closed = None
        self._seen = len(kernel.comms[identity].messages)
        self.say({"kind": "open", "room": room, "mode": "rw"} | parameters)

    def say(self, content, buffers=()):
        self.kernel.send(self.identity, content | {"stream": self.name}, buffers)

    def send(self, message):
        self.say({"kind": "data"}, [message])

    def until(self, check, what):
        def checked():
            for content, buffers in self.kernel.comms[self.identity].messages[self._seen :]:
                self._seen += 1
                if content.get("stream") == self.name:
                    self.closed = content if content["kind"] == "closed" else self.closed
                    for buffer in buffers:
                        self._take(decode(buffer))
            return check()

        return self.kernel.until(checked, what)

    def _take(self, message):
        match message:
            case StepOne(state):
                self.send(encode_step_two(self.doc.get_update(state)))
                self.send(encode_step_one(self.doc.get_state()))
            case Update(update, answers):
                self.doc.apply_update(update)
                self.synced = self.synced or answers


def opened(kernel, identity, **params):
    content, _ = kernel.ask(identity, {"kind": "call", "call": 1, "method": "open", "params": params}, "result")
    return content["result"]["room"] if "result" in content else content["error"]


@pytest.mark.parametrize("readonly", [False, True])
def test_a_page_has_a_missing_file_made_where_it_may_edit(shown, process, readonly):
    kernel, *_ = shown
    path = process.root / "work" / f"gone-{readonly}.txt"
    path.write_text("")
    identity, _ = kernel.widget(f"Editor({path.name!r}, readonly={readonly})")
    path.unlink()
    assert "gone" in opened(kernel, identity)
    room = opened(kernel, identity, new=True)
    assert path.exists() is not readonly
    assert (" " in room) is readonly


def test_a_page_without_a_server_edits_through_the_kernel(shown, process):
    kernel, identity, _ = shown
    page = Page(kernel, identity, opened(kernel, identity), "s1")
    page.until(lambda: page.synced, "the document")
    assert str(page.text) == "one\n"
    updates = []
    with_subscription = page.doc.observe(lambda event: updates.append(event.update))
    page.text.insert(0, "zero\n")
    page.doc.unobserve(with_subscription)
    page.send(encode_update(updates[-1]))
    other = Page(kernel, identity, opened(kernel, identity), "s2")
    other.until(lambda: other.synced and str(other.text) == "zero\none\n", "the edit")


def test_a_page_opens_nothing_else_than_its_widget_does(shown, process):
    kernel, identity, _ = shown
    (process.root / "other.txt").write_text("secret")
    room = process.call("documents.open", {"path": "other.txt"})["room"]
    page = Page(kernel, identity, room, "s1")
    page.until(lambda: page.closed, "the refusal")
    assert page.closed["code"] == 4403


def test_one_that_is_to_look_edits_nothing_whatever_its_page_says(shown, process):
    kernel, *_ = shown
    identity, _ = kernel.widget("Editor('a.txt', readonly=True)")
    page = Page(kernel, identity, opened(kernel, identity), "s1", mode="rw")
    page.until(lambda: page.synced, "the document")
    updates = []
    page.doc.observe(lambda event: updates.append(event.update))
    page.text.insert(0, "never")
    page.send(encode_update(updates[-1]))
    page.send(encode_step_one(Doc().get_state()))
    fresh = Page(kernel, identity, opened(kernel, identity), "s2")
    fresh.until(lambda: fresh.synced, "the document")
    assert "never" not in str(fresh.text)


def test_it_goes_to_a_line_again_and_again(shown):
    kernel, _, comm = shown
    kernel.run("e.go_to(7)")
    eventually(lambda: comm.state["line"] == 7, "the line")
