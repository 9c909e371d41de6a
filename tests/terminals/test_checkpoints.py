"""Checkpoints: where they lie, what a client is sent with them, and that nothing is parsed before somebody needs it."""

import random

import pytest

from orchflow_jupyter.protocol.terminal import Op
from orchflow_jupyter.terminals.checkpoints import emulator
from orchflow_jupyter.terminals.screen import Screen
from tests.support.sessions import Played, pulled

KIB = 1024
SMALL = {
    "snapshots": True,
    "ring_bytes": 64 * KIB,
    "window": 16 * KIB,
    "checkpoint_back": 8 * KIB,
    "slice_bytes": 4 * KIB,
}


def lines(count, start=0):
    return b"".join(b"\x1b[3%dmline %d\x1b[0m\r\n" % (n % 8, n) for n in range(start, start + count))


def ops(messages):
    return [message.op for message in messages]


def painted(messages, size=(80, 24)):
    """What a client's emulator shows that does as it is told."""
    screen = Screen(*size, 10_000, 1 << 24)
    for message in messages:
        if message.op is Op.RESIZED:
            screen.resize(*message.value)
        elif message.op is Op.SNAPSHOT:
            screen.feed(b"\x1bc" + message.value)
        elif message.op is Op.OUTPUT:
            screen.feed(message.value)
    return last_lines(screen)


def last_lines(screen):
    return screen.snapshot().splitlines()[-1000:]  # how much lies above differs by the library's pages


def play(it, data):
    """The program writes `data`, read in many slices."""
    for at in range(0, len(data), 4 * KIB):
        it.say(data[at : at + 4 * KIB])


def direct(output, size=(80, 24)):
    screen = Screen(*size, 10_000, 1 << 24)
    screen.feed(output)
    return last_lines(screen)


def everything(it, listener):
    """All messages up to the end, acknowledged as they come."""
    messages = []
    while new := pulled(listener):
        messages += new
        listener.acknowledge(listener.offset)
    return messages


def test_new_client_gets_short_output_whole_and_nothing_is_parsed_for_it():
    with Played(**SMALL) as it:
        it.write(lines(100))
        assert ops(pulled(it.attach())) == [Op.HELLO, Op.OUTPUT]
        assert it.session.checkpoints.title == ""
        assert it.session.checkpoints._screen is None


@pytest.mark.parametrize("count", [1500, 20_000])
def test_new_client_gets_a_snapshot_from_a_while_back_and_then_the_bytes_since(count):
    with Played(**SMALL) as it:
        data = lines(count)
        play(it, data)
        messages = everything(it, it.attach())
        assert ops(messages)[:3] == [Op.HELLO, Op.SNAPSHOT, Op.OUTPUT]
        offset = messages[1].sequence
        assert len(data) - 9 * KIB <= offset <= len(data) - 7 * KIB
        assert {messages[0].sequence, messages[2].sequence} == {offset}
        assert data[offset - 1 : offset] == b"\n"
        assert b"".join(m.value for m in messages if m.op is Op.OUTPUT) == data[offset:]
        assert painted(messages) == direct(data)


def test_client_whose_offset_is_gone_gets_gap_and_snapshot_and_output():
    with Played(**SMALL) as it:
        data = lines(20_000)
        play(it, data)
        messages = everything(it, it.attach(since=5))
        assert ops(messages)[:4] == [Op.HELLO, Op.GAP, Op.SNAPSHOT, Op.OUTPUT]
        assert len({message.sequence for message in messages[:4]}) == 1
        assert painted(messages) == direct(data)


def test_slow_client_gets_gap_size_snapshot_and_output():
    with Played(**SMALL) as it:
        slow = it.attach()
        pulled(slow)
        it.resize(100, 30)
        quick = it.attach()
        data = lines(20_000)
        for at in range(0, len(data), 4 * KIB):
            it.say(data[at : at + 4 * KIB])
            everything(it, quick)
        messages = everything(it, slow)
        assert ops(messages)[:4] == [Op.GAP, Op.RESIZED, Op.SNAPSHOT, Op.OUTPUT]
        assert painted(messages) == direct(data, (100, 30))


def test_snapshot_holds_for_the_size_at_its_offset():
    with Played(**SMALL) as it:
        it.write(lines(2000)[: 30 * KIB])
        it.resize(60, 10)
        messages = everything(it, it.attach())
        assert ops(messages)[:3] == [Op.HELLO, Op.RESIZED, Op.SNAPSHOT]
        assert (messages[1].value, messages[1].sequence) == ((80, 24), messages[2].sequence)
        assert messages[-1].value == (60, 10)


def test_cut_is_never_within_a_sequence_or_a_character():
    chance = random.Random(3)
    pieces = [
        "\x1b[38;2;10;20;30m",
        "漢字",
        "\x1b]2;" + "t" * 50 + "\x07",
        "a" * 20,
        "👩‍👩‍👧",
        "\x1bP+q" + "4" * 40 + "\x1b\\",
    ]
    with Played(**SMALL) as it:
        data = b""
        for _ in range(60):
            more = "".join(chance.choices(pieces, k=60)).encode()
            data += more
            it.write(more)
            messages = everything(it, it.attach())
            if snapshots := [m for m in messages if m.op is Op.SNAPSHOT]:
                at = snapshots[0].sequence
                before, after = Screen(80, 24, 100, 1 << 20), data[at:].decode()
                before.feed(data[:at])
                assert before.ground
                assert after


def test_checkpoint_is_shared_by_those_who_come_together():
    with Played(**SMALL) as it:
        it.write(lines(2000))
        assert it.session.checkpoints.latest() is it.session.checkpoints.latest()


def test_parser_follows_in_idle_time_and_stays_behind():
    with Played(**SMALL) as it:
        play(it, lines(30_000))
        it.loop.pass_time(5.0)
        behind = it.session.ring.end - it.session.checkpoints._at
        assert 8 * KIB <= behind <= 32 * KIB
        assert it.loop.timers == []


def test_title_is_known_once_it_was_parsed():
    with Played(**SMALL) as it:
        it.write(b"\x1b]2;editing\x07" + lines(2000))
        assert it.session.model()["title"] == ""
        it.attach()
        assert it.session.model()["title"] == "editing"


def test_output_that_overran_the_parser_still_gives_a_state():
    with Played(**SMALL) as it:
        it.write(lines(2000))
        it.attach()
        it.write(lines(20_000))
        messages = everything(it, it.attach())
        assert ops(messages)[:3] == [Op.HELLO, Op.SNAPSHOT, Op.OUTPUT]


def test_emulator_that_does_not_load_is_said_and_replaced_by_a_replay(monkeypatch):
    monkeypatch.setattr(emulator, "there", False)
    with Played(**SMALL) as it:
        it.write(lines(2000))
        assert ops(pulled(it.attach()))[:2] == [Op.HELLO, Op.OUTPUT]
        assert emulator.name is None
