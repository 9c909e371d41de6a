"""Flow control from end to end: windows, clients that do not keep up, programs that do not read."""

import random

import pytest
from websockets.frames import Frame, Opcode

from orchflow_jupyter.protocol.terminal import Message, Op, encode
from tests.support.engine import EngineProcess, raw
from tests.support.waiting import eventually

KIB = 1024
MIB = 1024 * KIB
WINDOW = 64 * KIB
SMALL = {"ring_bytes": 256 * KIB, "window": WINDOW, "slow_resume": WINDOW}
DATA = random.Random(1).randbytes(4 * MIB)


@pytest.fixture(scope="module")
def small_engine(tmp_path_factory):
    with EngineProcess(tmp_path_factory.mktemp("small"), terminal=SMALL | {"kill_after": 0.2}) as engine:
        (engine.root / "data").write_bytes(DATA)
        yield engine


@pytest.fixture
def engine(small_engine):
    yield small_engine
    small_engine.clear()


def pieces_match(stream):
    """Whether all output that came, gaps or not, is the program's at its offsets."""
    whole = b"ready;" + DATA
    outputs = stream.of(Op.OUTPUT)
    return bool(outputs) and all(whole[m.sequence : m.sequence + len(m.value)] == m.value for m in outputs)


def test_client_that_acknowledges_gets_everything(engine):
    stream = engine.run(raw("head -c 1 >/dev/null; exec cat data"))  # nothing before somebody is there for it
    stream.type(b"x")
    assert stream.rest() == 1000
    assert bytes(stream.output) == b"ready;" + DATA


def test_client_that_never_acknowledges_gets_a_window_and_no_more_and_stops_the_program(engine):
    stream = engine.run(["yes"], acknowledges=False)
    stream.until(lambda: stream.full, "a window of output")
    stream.quiet(0.2)
    assert stream.full
    assert stream.hello["window"] == WINDOW
    offset = engine.model(stream.hello["id"])["offset"]
    stream.quiet(0.2)
    assert engine.model(stream.hello["id"])["offset"] == offset < stream.start + SMALL["ring_bytes"]
    stream.ack(stream.start + 1000)
    stream.until(lambda: stream.end == stream.start + WINDOW + 1000, "as much as was acknowledged")
    stream.quiet(0.1)
    assert stream.end == stream.start + WINDOW + 1000


def test_client_may_not_acknowledge_what_it_was_not_sent(engine):
    stream = engine.run(["yes"], acknowledges=False)
    stream.until(lambda: stream.full, "a window of output")
    stream.ack(10**15)
    stream.until(lambda: stream.end == stream.start + 2 * WINDOW, "another window")
    stream.quiet(0.2)
    assert stream.end == stream.start + 2 * WINDOW


def test_client_that_never_acknowledges_slows_nobody_down_and_goes_on_after_a_gap(engine):
    terminal = engine.create(raw("while ! [ -e go ]; do sleep 0.02; done; rm go; cat data; exec sleep 1000"))
    slow = engine.attach(terminal, acknowledges=False)
    fast = engine.attach(terminal)
    slow.text(b"ready;")
    (engine.root / "go").touch()
    fast.until(lambda: fast.end == len(DATA) + 6, "all of it")
    slow.quiet(0.1)
    assert bytes(fast.output) == b"ready;" + DATA
    assert slow.end == WINDOW
    slow.acknowledges = True
    slow.ack(slow.end)
    slow.until(lambda: slow.end == len(DATA) + 6, "the end, after a gap")
    assert len(slow.of(Op.GAP)) == 1
    assert slow.start >= len(DATA) - SMALL["ring_bytes"]
    assert pieces_match(slow)
    assert engine.status()["counters"]["gaps"] >= 1


def test_client_that_never_reads_costs_no_memory_and_slows_nobody_down(engine):
    terminal = engine.create(raw("while ! [ -e go ]; do sleep 0.02; done; rm go; cat data data; exec sleep 9"))
    deaf = engine.attach(terminal, reads=False)
    fast = engine.attach(terminal)
    fast.text(b"ready;")
    before = engine.status()["memory"]["private"]
    (engine.root / "go").touch()
    fast.until(lambda: fast.end == 2 * len(DATA) + 6, "all of it")
    assert engine.status()["memory"]["private"] - before < 4 * MIB
    deaf.reads = True
    deaf.until(lambda: deaf.end == fast.end, "the end, after a gap")
    assert len(deaf.of(Op.GAP)) >= 1
    assert fast.output.endswith(bytes(deaf.output))


def test_clients_at_every_pace_get_exact_output_or_an_honest_gap(engine):
    chance = random.Random(9)
    terminal = engine.create(raw("while ! [ -e go ]; do sleep 0.02; done; rm go; cat data; exec sleep 1000"))
    streams = [engine.attach(terminal, acknowledges=n == 0) for n in range(5)]
    for stream in streams:
        stream.text(b"ready;")
    (engine.root / "go").touch()
    fast, *others = streams
    lags = [1000, 20_000, 63_000, 65_535]  # what each leaves unacknowledged, as long as it is less than the window
    while fast.end < len(DATA) + 6:
        fast.step(1)
        for stream, lag in zip(others, lags, strict=True):
            if chance.random() < 0.2:
                stream.step(0)
            if chance.random() < 0.1 and stream.end - lag > stream.acked:
                stream.acked = stream.end - lag
                stream.ack(stream.acked)
    for stream in others:
        stream.acknowledges = True
        stream.ack(stream.end)
        stream.until(lambda stream=stream: stream.end == len(DATA) + 6, "the end")
        assert pieces_match(stream)
    assert pieces_match(fast)


def test_output_goes_into_the_ring_while_nobody_is_attached(engine):
    terminal = engine.create(raw("exec cat data"))
    eventually(lambda: engine.model(terminal)["state"] == "exited", "the end of a program that nobody watches")
    assert engine.model(terminal)["offset"] == len(DATA) + 6


def test_program_that_never_reads_holds_back_its_sender_and_nobody_else(tmp_path):
    with EngineProcess(tmp_path) as engine:
        stream = engine.run(raw("while ! [ -e go ]; do sleep 0.02; done; exec tee seen"))
        terminal = stream.hello["id"] if stream.text(b"ready;") else None
        other = engine.run(raw("exec cat"))
        other.text(b"ready;")
        before = engine.status()["memory"]["private"]
        chance, typed = random.Random(3), []
        for _ in range(64):
            typed.append(chance.randbytes(16 * KIB))
            stream.type(typed[-1], wait=False)
        stream.quiet(0.3)
        assert stream.unsent > 0
        assert not stream.of(Op.INPUT_ACK) or stream.of(Op.INPUT_ACK)[-1].sequence < 16
        for number in range(100):
            other.type(b"%d," % number)
            other.text(b"%d," % number)
        assert engine.status()["memory"]["private"] - before < 4 * MIB
        watcher = engine.attach(terminal, mode="ro")
        (engine.root / "go").touch()
        whole = b"".join(typed)
        stream.until(lambda: stream.end == len(whole) + 6, "the echo of everything")
        assert bytes(stream.output) == b"ready;" + whole
        eventually(lambda: (engine.root / "seen").read_bytes() == whole, "the rest in the file, which tee writes last")
        watcher.until(lambda: watcher.end == stream.end, "the same for a watcher")
        stream.until(lambda: stream.of(Op.INPUT_ACK)[-1].sequence == 64, "the last acknowledgement")


def assert_left(engine, stream, most):
    """What it still has to send makes the engine no larger, and the connection ends."""
    while stream.unsent and not stream.eof:
        stream.step(1)
    assert engine.status()["memory"]["private"] < most
    stream.reads = True
    stream.quiet(0.5)
    assert stream.close_code in (4429, None)  # None where it was too late to hear it


def test_client_that_pings_and_never_reads_costs_no_memory(engine):
    stream = engine.run(raw("exec cat"), reads=False)
    before = engine.status()["memory"]["private"]
    ping = encode(Message(Op.PING, 1, 1, bytes(MIB - 100)))
    for _ in range(40):
        stream.frame(ping, wait=False)
    assert_left(engine, stream, before + 16 * MIB)


def test_client_that_sends_pings_of_the_websocket_and_never_reads_is_left(engine):
    terminal = engine.create(raw("exec cat"))
    stream = engine.attach(terminal, reads=False)
    before = engine.status()["memory"]["private"]
    pings = Frame(Opcode.PING, bytes(125)).serialize(mask=True) * 1000
    for _ in range(400):
        stream.put(pings, wait=False)
        stream.step(0)
        if stream.eof:
            break
    assert_left(engine, stream, before + 8 * MIB)
    assert engine.model(terminal)["clients"] == 0


def test_client_that_pings_with_much_and_reads_is_echoed(engine):
    stream = engine.run(raw("exec cat"))
    for number in range(40):
        stream.send(Op.PING, number, bytes([number]) * (MIB - 100), wait=False)
        stream.next(Op.PONG, number + 1)
    assert [set(message.value) for message in stream.of(Op.PONG)] == [{number} for number in range(40)]


def test_sender_that_is_held_back_can_still_be_taken_over(engine):
    stream = engine.run(raw("exec sleep 1000"), attachment="mine")
    stream.text(b"ready;")
    for _ in range(64):
        stream.type(bytes(16 * KIB), wait=False)
    stream.quiet(0.2)
    assert stream.unsent > 0
    again = engine.attach(stream.hello["id"], attachment="mine")
    assert stream.rest() == 4408
    assert 0 < again.greet()["input"] < 64


def test_terminal_whose_sender_is_held_back_can_be_closed(engine):
    stream = engine.run(raw("exec sleep 1000"))
    stream.text(b"ready;")
    for _ in range(64):
        stream.type(bytes(16 * KIB), wait=False)
    stream.quiet(0.2)
    engine.delete(stream.hello["id"])
    assert stream.rest() == 1000
    assert stream.exit["signal"] == "HUP"
