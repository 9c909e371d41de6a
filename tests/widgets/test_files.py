"""The widget that shows file events, in a real kernel."""

import json

import pytest

from orchflow_jupyter.widgets.bundle import bundle, versioned
from tests.support.kernel import KernelError


@pytest.fixture
def shown(kernel, process):
    """The kernel in a directory of the engine's root, and the identity of a `FileEvents` in it."""
    work = process.root / "work" / "src"
    work.mkdir(parents=True, exist_ok=True)
    kernel.run(f"import os; os.chdir({str(work.parent)!r})")
    kernel.run("from orchflow_jupyter import FileEvents")
    return kernel, *kernel.widget("FileEvents('src', ignore=['*.log'], theme='dark', height=100)")


def test_the_page_gets_what_is_to_be_watched_as_the_server_names_it(shown, process):
    _, _, comm = shown
    told = {name: comm.state[name] for name in ("path", "ignore", "recursive", "root", "theme", "height", "bundle")}
    assert told == {
        "path": "work/src",
        "ignore": ["*.log"],
        "recursive": True,
        "root": str(process.root),
        "theme": "dark",
        "height": 100,
        "bundle": versioned("files.js"),
    }
    assert comm.state["rerun"] is None


def test_what_is_not_there_and_what_is_outside_of_the_root_is_said_at_once(shown):
    kernel, *_ = shown
    with pytest.raises(KernelError, match="there is no nothing"):
        kernel.run("FileEvents('nothing')")
    with pytest.raises(KernelError, match="outside of"):
        kernel.run("FileEvents('/')")
    for path in ("''", "5", "b'src'", r"'a\0b'"):
        with pytest.raises(KernelError, match="path must be that of a file"):
            kernel.run(f"FileEvents({path})")
    with pytest.raises(KernelError, match="ignore must be patterns"):
        kernel.run("FileEvents('src', ignore=5)")
    _, comm = kernel.widget("FileEvents('src', also='src', ignore='*.log')")
    assert (comm.state["also"], comm.state["ignore"]) == (["work/src"], ["*.log"])


def test_its_program_travels_by_the_kernel_where_no_server_answers_and_the_terminals_too(shown):
    kernel, identity, _ = shown
    content, buffers = kernel.ask(identity, {"kind": "bundle"}, "bundle")
    assert (content, buffers) == ({"kind": "bundle"}, [bundle("files.js")])
    _, buffers = kernel.ask(identity, {"kind": "bundle", "terminal": "t"}, "bundle")
    assert buffers == [bundle("terminal.js")]


class Events:
    """The page's end of a stream through the kernel."""

    def __init__(self, kernel, identity, name, **parameters):
        self.kernel = kernel
        self.identity = identity
        self.name = name
        self._seen = len(kernel.comms[identity].messages)
        self.messages = []
        self.closed = None
        self.say({"kind": "open"} | parameters)

    def say(self, content, buffers=()):
        self.kernel.send(self.identity, content | {"stream": self.name}, buffers)

    def until(self, check, what):
        def checked():
            for content, buffers in self.kernel.comms[self.identity].messages[self._seen :]:
                self._seen += 1
                if content.get("stream") == self.name:
                    self.messages += [json.loads(buffer) for buffer in buffers]
                    self.closed = content if content["kind"] == "closed" else self.closed
            return check()

        return self.kernel.until(checked, f"{what}: {self.messages[-5:]} {self.closed}")

    def of(self, kind):
        return [message for message in self.messages if message["type"] == kind]

    def changes(self):
        return [event["path"] for batch in self.of("batch") for event in batch["events"]]


def test_a_page_without_a_server_gets_the_events_through_the_kernel(shown, process):
    kernel, identity, _ = shown
    events = Events(kernel, identity, "s1", path="work/src")
    events.until(lambda: events.of("hello"), "hello")
    (process.root / "work" / "src" / "a.txt").write_text("x")
    (process.root / "work" / "src" / "b.log").write_text("x")
    events.until(lambda: "work/src/a.txt" in events.changes(), "the change")
    events.say({"kind": "data"}, [b'{"type":"ping"}'])
    events.until(lambda: events.of("pong"), "pong")
    assert "work/src/b.log" not in events.changes()
    events.say({"kind": "close"})


def test_a_page_that_comes_back_is_told_what_happened_meanwhile(shown, process):
    kernel, identity, _ = shown
    first = Events(kernel, identity, "s1")
    clock = first.until(lambda: first.of("hello"), "hello")[0]["clock"]
    other = Events(kernel, identity, "s2")
    other.until(lambda: other.of("hello"), "hello")
    first.say({"kind": "close"})
    (process.root / "work" / "src" / "meanwhile").write_text("x")
    other.until(lambda: "work/src/meanwhile" in other.changes(), "the change")
    again = Events(kernel, identity, "s3", since=clock)
    again.until(lambda: "work/src/meanwhile" in again.changes(), "what happened meanwhile")


def test_a_page_watches_nothing_else_than_its_widget_does(shown):
    kernel, identity, _ = shown
    events = Events(kernel, identity, "s1", path=".")
    events.until(lambda: events.closed, "the refusal")
    assert events.closed["code"] == 4403
