"""Streams through a comm, without the comm: this test is the page, and calls from several threads."""

import threading
from collections import defaultdict

import pytest

from orchflow_jupyter.client import Engine
from orchflow_jupyter.protocol.terminal import Message, Op, decode, encode
from orchflow_jupyter.widgets import relay as module
from orchflow_jupyter.widgets.relay import Relay
from tests.support.engine import EngineProcess, raw
from tests.support.waiting import GENEROUS, eventually


class Page:
    """The other end of a relay: gathers what it sends, by stream, and acknowledges output as a browser does."""

    def __init__(self, acknowledges=True):
        self.relay = Relay(self._take)
        self.kinds = defaultdict(list)
        self.output = defaultdict(bytes)
        self.closed = {}
        self._acknowledges = acknowledges

    def type(self, stream, number, data):
        self.say(stream, Op.INPUT, number, data)

    def say(self, stream, op, sequence=0, value=None):
        self.relay.data({"stream": stream}, [memoryview(encode(Message(op, sequence, 1, value)))])

    def wait(self, stream, wanted):
        eventually(lambda: wanted in self.output[stream], f"{wanted!r} after {self.output[stream][-100:]!r}")

    def _take(self, content, buffers):
        stream = content["stream"]
        self.kinds[stream].append(content["kind"])
        if content["kind"] == "closed":
            self.closed[stream] = (content["code"], content["reason"])
        for buffer in buffers:
            message = decode(buffer)
            if message.op is Op.OUTPUT:
                self.output[stream] += message.value
                if self._acknowledges:
                    self.say(stream, Op.ACK, message.sequence + len(message.value))


@pytest.fixture
def engine(process, monkeypatch):
    """A client of the engine, that relays take for this process' own."""
    with Engine.open(process.directory, str(process.root)) as opened:
        monkeypatch.setattr(module, "current_engine", lambda: opened)
        yield opened


@pytest.fixture
def page(engine):
    made = Page()
    yield made
    made.relay.close_all()


def test_messages_go_both_ways_and_the_end_is_told(page, engine):
    identity = engine.create(raw("read x; exit 3"))["id"]
    page.relay.open(identity, {"stream": "s", "attachment": "a"})
    page.wait("s", b"ready;")
    page.type("s", 1, b"\n")
    eventually(lambda: page.closed, "the end")
    assert page.closed["s"] == (1000, "the program has ended")
    assert page.kinds["s"][0] == "opened"
    assert page.kinds["s"].count("opened") == page.kinds["s"].count("closed") == 1


def test_threads_drive_streams_of_their_own(page, engine):
    def drive(name):
        page.relay.open(engine.create(raw("cat"))["id"], {"stream": name})
        page.wait(name, b"ready;")
        for number in range(1, 101):
            page.type(name, number, f"{name}-{number};".encode())
        page.wait(name, f"{name}-100;".encode())

    names = [f"s{number}" for number in range(6)]
    threads = [threading.Thread(target=drive, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(GENEROUS)
    for name in names:
        assert page.output[name] == b"ready;" + "".join(f"{name}-{n};" for n in range(1, 101)).encode()


def test_threads_that_type_into_one_stream_do_not_mix_their_frames(page, engine):
    page.relay.open(engine.create(raw("cat"))["id"], {"stream": "s"})
    page.wait("s", b"ready;")
    turn = threading.Lock()
    number = 0

    def drive(letter):
        nonlocal number
        for _ in range(50):
            with turn:  # numbers must rise; what is between them may come from anywhere
                number += 1
                page.type("s", number, letter * 1000)
            page.say("s", Op.PING, 0, b"x")

    threads = [threading.Thread(target=drive, args=(letter,)) for letter in (b"a", b"b", b"c")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(GENEROUS)
    eventually(lambda: len(page.output["s"]) == 150_006, "the echo")
    assert {letter: page.output["s"][6:].count(letter) for letter in (b"a", b"b", b"c")} == dict.fromkeys(
        (b"a", b"b", b"c"), 50_000
    )


def test_a_page_that_acknowledges_nothing_is_sent_no_more_than_the_window(engine):
    page = Page(acknowledges=False)
    page.relay.open(engine.create(["sh", "-c", "head -c 4000000 /dev/zero; sleep 1000"])["id"], {"stream": "s"})
    eventually(lambda: len(page.output["s"]) == 512 * 1024, "a full window")
    threading.Event().wait(0.1)
    assert len(page.output["s"]) == 512 * 1024
    page.relay.close_all()


def test_a_page_that_is_gone_without_a_word_does_not_hold_up_the_program(engine, monkeypatch):
    monkeypatch.setattr(module, "SILENT", 1)
    gone, there = Page(acknowledges=False), Page()
    identity = engine.create(["cat"])["id"]
    for page, stream in ((gone, "gone"), (there, "there")):
        page.relay.open(identity, {"stream": stream})
    there.type("there", 1, b"hello\n")
    eventually(lambda: "gone" in gone.closed, "the end of the stream")
    assert engine.get(identity)["clients"] == 1
    there.type("there", 2, b"still there\n")
    there.wait("there", b"still there")
    there.relay.close_all()


@pytest.mark.parametrize(
    ("identity", "more", "code", "words"),
    [
        ("t-0", {}, 4404, "no terminal"),
        (None, {"since": 1.5}, 4400, "since"),
        (None, {"mode": "sideways"}, 4400, "mode"),
        (None, {"attachment": "two\nlines"}, 4400, "attachment"),
    ],
)
def test_what_cannot_be_had_is_told_as_a_close(page, engine, identity, more, code, words):
    if identity is None:
        identity = engine.create(["cat"])["id"]
    page.relay.open(identity, {"stream": "s"} | more)
    eventually(lambda: page.closed, "the refusal")
    assert page.closed["s"][0] == code
    assert words in page.closed["s"][1]


def test_a_stream_that_the_page_closed_is_detached_and_heard_of_no_more(page, engine):
    identity = engine.create(raw("cat"))["id"]
    page.relay.open(identity, {"stream": "s"})
    page.wait("s", b"ready;")
    page.relay.close({"stream": "s"})
    eventually(lambda: engine.get(identity)["clients"] == 0, "the detachment")
    page.type("s", 1, b"late")
    page.relay.close({"stream": "s"})
    assert "closed" not in page.kinds["s"]


def test_a_name_that_comes_again_replaces_the_stream(page, engine):
    identity = engine.create(raw("cat"))["id"]
    for _ in range(2):
        page.relay.open(identity, {"stream": "s"})
    page.wait("s", b"ready;")
    eventually(lambda: engine.get(identity)["clients"] == 1, "the first one's detachment")
    page.type("s", 1, b"typed")
    page.wait("s", b"typed")
    assert "closed" not in page.kinds["s"]


def test_input_that_no_program_takes_is_given_up_and_the_page_is_told(page, engine, monkeypatch):
    monkeypatch.setattr(module, "STUCK", 1)
    page.relay.open(engine.create(raw("sleep 1000"))["id"], {"stream": "s"})
    page.wait("s", b"ready;")
    for number in range(1, 40):
        page.type("s", number, b"x" * 65536)
        if page.closed:
            break
    eventually(lambda: page.closed, "the end")
    assert page.closed["s"] == (1006, "the connection to the engine was lost")


def test_no_threads_are_left(page, engine):
    before = threading.active_count()
    identity = engine.create(["cat"])["id"]
    for number in range(5):
        page.relay.open(identity, {"stream": str(number)})
    assert threading.active_count() == before + 5
    page.relay.close_all()
    eventually(lambda: threading.active_count() == before, "the threads' end")


def test_an_engine_that_is_gone_is_told_as_one_that_restarts(tmp_path, monkeypatch):
    with EngineProcess(tmp_path) as process, Engine.open(process.directory, str(process.root)) as engine:
        monkeypatch.setattr(module, "current_engine", lambda: engine)
        page = Page()
        page.relay.open(engine.create(["cat"])["id"], {"stream": "before"})
        process.process.kill()
        eventually(lambda: page.closed, "the loss")
        page.relay.open("t-1", {"stream": "after"})
        eventually(lambda: "after" in page.closed, "the refusal")
        assert page.closed["before"][0] == 1006
        assert page.closed["after"][0] == 1012
