"""Programs that fill their input and never read, and two clients that type at once."""

import pytest

from orchflow_jupyter.protocol.terminal import Op
from tests.support.engine import raw
from tests.support.processes import alive

MIB = 1024 * 1024
PASTE = 10 * MIB
WINDOW = 64 * 1024
PIECE = 16 * 1024


class Paster:
    """Pastes as docs/protocol.md asks clients to: at most 64 KiB that are not acknowledged."""

    def __init__(self, stream, size=PASTE, piece=b"x" * PIECE):
        self.stream = stream
        self._piece = piece
        self._left = size // len(piece)
        stream.greet()

    def go_on(self):
        """Send as much as may be sent now."""
        acks = self.stream.of(Op.INPUT_ACK)
        taken = acks[-1].sequence if acks else 0
        while self._left and (self.stream.number - taken) * len(self._piece) < WINDOW:
            self.stream.type(self._piece, wait=False)
            self._left -= 1
        return not self._left and taken == self.stream.number

    def until_stuck(self):
        """Paste until no more is taken."""
        self.go_on()
        while self.stream.step(0.3):
            assert not self.go_on(), "the program reads nothing, so the paste cannot end"


ENDINGS = {
    "a signal of its client": lambda engine, stream: stream.send(Op.SIGNAL, 0, "INT"),
    "a control call": lambda engine, stream: engine.call(
        "terminals.signal", {"id": stream.hello["id"], "signal": "KILL"}
    ),
    "its closing": lambda engine, stream: engine.delete(stream.hello["id"]),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_program_that_never_reads_a_paste_is_ended_by(engine, ending):
    stream, sibling = engine.run(raw("exec sleep 1000")), engine.run(raw("exec cat"))
    stream.text(b"ready;")
    sibling.text(b"ready;")
    before = engine.status()["memory"]["private"]
    Paster(stream).until_stuck()
    for number in range(50):
        sibling.type(b"%d;" % number)
        sibling.text(b"%d;" % number)
    assert engine.status()["memory"]["private"] - before < 2 * MIB
    ENDINGS[ending](engine, stream)
    assert stream.rest() == 1000
    assert not alive(stream.hello["pid"])


@pytest.mark.parametrize(("mode", "piece"), [("-icanon -echo", b"x" * PIECE), ("-echo", b"a line of it\r" * 1000)])
def test_ctrl_c_reaches_a_program_that_reads_nothing(engine, mode, piece):
    stream = engine.run(["sh", "-c", f"stty {mode}; printf 'ready;'; exec sleep 1000"])
    stream.text(b"ready;")
    Paster(stream, piece=piece).until_stuck()
    stream.type(b"\x03")
    assert stream.rest() == 1000
    assert stream.exit == {"code": None, "signal": "INT"}


def test_to_a_program_in_raw_mode_ctrl_c_is_a_byte_that_waits_for_its_turn(engine):
    stream = engine.run(raw("while ! [ -e read ]; do sleep 0.02; done; exec head -c 65537 >got"))
    stream.text(b"ready;")
    Paster(stream, WINDOW).go_on()
    stream.type(b"\x03")
    (engine.root / "read").touch()
    stream.rest()
    assert (engine.root / "got").read_bytes() == b"x" * WINDOW + b"\x03"


def test_what_a_program_reads_late_is_whole(engine):
    stream = engine.run(raw(f"while ! [ -e late ]; do sleep 0.02; done; exec head -c {2 * MIB} >got"))
    stream.text(b"ready;")
    paster = Paster(stream, 2 * MIB)
    paster.until_stuck()
    (engine.root / "late").touch()
    while not paster.go_on() and not stream.eof:
        stream.step(5)
    stream.rest()
    assert (engine.root / "got").read_bytes() == b"x" * 2 * MIB


def test_two_who_type_at_once_lose_nothing_and_each_ones_order_is_kept(engine, chance):
    count = 4000
    size = 0
    typed = {}
    for who in (b"a", b"b"):
        typed[who] = [who + b"%d;" % number for number in range(count)]
        size += sum(map(len, typed[who]))
    first = engine.run(raw(f"exec head -c {size} >both"))
    first.text(b"ready;")
    streams = {b"a": first, b"b": engine.attach(first.hello["id"])}
    left = {who: list(reversed(typed[who])) for who in typed}
    while any(left.values()):
        who = chance.choice([who for who in left if left[who]])
        for _ in range(chance.randint(1, 20)):
            if left[who]:
                streams[who].type(left[who].pop(), wait=False)
        if chance.random() < 0.3:
            streams[chance.choice([b"a", b"b"])].step(0)
    for stream in streams.values():
        stream.put(b"")  # all that was typed is on its way, or the first would wait for the second for ever
    for stream in streams.values():
        stream.rest()
    got = [piece + b";" for piece in (engine.root / "both").read_bytes().split(b";")[:-1]]
    assert [piece for piece in got if piece[:1] == b"a"] == typed[b"a"]
    assert [piece for piece in got if piece[:1] == b"b"] == typed[b"b"]
