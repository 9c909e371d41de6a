"""Checkpoints: where they lie, what a client is sent with them, and that nothing is parsed before somebody needs it."""

import random

import pytest

from orchflow_jupyter.protocol.terminal import Op
from orchflow_jupyter.terminals.emulator import emulator
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


@pytest.mark.parametrize("above", [100, 1000])
def test_snapshot_leaves_out_what_the_output_behind_it_scrolls_out_of_hold(above):
    with Played(**SMALL, scrollback=above) as it:
        data = lines(20_000)
        play(it, data)
        messages = everything(it, it.attach())
        client, whole = (Screen(80, 24, 10_000, 1 << 24) for _ in range(2))
        whole.feed(data)
        for message in messages[1:]:
            client.feed(message.value)
        assert client.shown(above)["lines"] == whole.shown(above)["lines"]
        assert len(client.shown(10_000)["lines"]) < above + 1000, "little more than that is sent"


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
        play(it, b"\x1b[2Aup" * 30_000)
        it.loop.pass_time(5.0)
        behind = it.session.ring.end - it.session.checkpoints._at
        assert 8 * KIB <= behind <= 32 * KIB
        assert it.loop.timers == []


def test_text_is_looked_through_in_idle_time_and_not_parsed():
    with Played(**SMALL) as it:
        play(it, lines(1000))
        it.loop.pass_time(5.0)
        behind = it.session.ring.end - it.session.checkpoints._plain
        assert 8 * KIB <= behind <= 32 * KIB
        assert it.session.checkpoints._screen is None
        assert it.loop.timers == []


def test_title_is_known_once_it_was_parsed():
    with Played(**SMALL) as it:
        it.write(b"\x1b]2;editing\x07" + lines(2000))
        assert it.session.model()["title"] == ""
        it.attach()
        assert it.session.model()["title"] == "editing"


@pytest.mark.parametrize("count", [0, 10, 1500, 20_000])
@pytest.mark.parametrize("snapshots", [True, False])
def test_fork_shows_all_output(count, snapshots):
    with Played(**SMALL | {"snapshots": snapshots}) as it:
        data = lines(count) + b"\x1b[35mthe end\x1b[2"
        play(it, data)
        told = Screen(80, 24, 10_000, 1 << 24)
        told.feed(data)
        assert it.session.checkpoints.fork().shown() == told.shown()


def test_fork_leaves_the_parser_behind_the_stream():
    with Played(**SMALL) as it:
        play(it, lines(2000))
        it.session.checkpoints.fork()
        at = it.session.checkpoints._at
        assert it.session.ring.end - at >= 8 * KIB
        it.say(b"more")
        it.session.checkpoints.fork()
        assert at <= it.session.checkpoints._at <= at + 4
        checkpoint = it.session.checkpoints.latest()
        assert it.session.ring.end - checkpoint.offset >= 7 * KIB


@pytest.mark.parametrize("line", [b"y\r\n", b"\x1b[32my\x1b[0m\r\n"])
def test_of_a_flood_no_more_is_parsed_than_can_still_be_seen(line, monkeypatch):
    fed, feed = [], Screen.feed
    monkeypatch.setattr(Screen, "feed", lambda screen, data: fed.append(len(data)) or feed(screen, data))
    with Played(**SMALL | {"scrollback": 100}) as it:
        for ask in (it.session.checkpoints.fork, it.session.checkpoints.latest):
            play(it, line * 50_000)
            fed.clear()
            assert ask() is not None
            assert sum(fed) < 4 * KIB  # the line under way included


@pytest.mark.parametrize("begin", [b"\x1b[4;6r\x1b[3;1H", b"\x1b[2;4r\x1b[9;1H", b"\x1b[1;20r\x1b[5;1H"])
def test_a_flood_within_margins_leaves_alone_what_lies_beside_them(begin):
    data = b"at the top\r\n" + begin + b"where it was" + lines(20_000)
    with Played(**SMALL) as it:
        play(it, data)
        told = Screen(80, 24, 10_000, 1 << 24)
        told.feed(data)
        assert it.session.checkpoints.fork().shown() == told.shown()
        assert painted(everything(it, it.attach())) == last_lines(told)


def test_fork_has_the_size_of_now():
    with Played(**SMALL) as it:
        play(it, lines(2000))
        it.resize(60, 10)
        play(it, b"x" * 100)
        told = Screen(80, 24, 10_000, 1 << 24)
        told.feed(lines(2000))
        told.resize(60, 10)
        told.feed(b"x" * 100)
        assert it.session.checkpoints.fork().shown() == told.shown()


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


def text(count, width=60):
    """Lines without an escape sequence, no two alike."""
    return b"".join(b"%08d " % n + b"x" * (width - 9) + b"\r\n" for n in range(count))


def shown(screen):
    """What a snapshot paints on the screen itself, its modes and its pen; not how much lies above."""
    screen.feed(b"\x1b[3J")
    return screen.snapshot()


def state(messages, size=(80, 24)):
    screen = Screen(*size, 10_000, 1 << 24)
    for message in messages:
        if message.op is Op.RESIZED:
            screen.resize(*message.value)
        elif message.op in (Op.SNAPSHOT, Op.OUTPUT):
            screen.feed(message.value)
    return shown(screen)


def straight(*output, size=(80, 24)):
    screen = Screen(*size, 10_000, 1 << 24)
    for data in output:
        screen.feed(data)
    return shown(screen)


BEFORE = {
    "nothing": b"",
    "modes": b"\x1b[?2004h\x1b[?1h\x1b]2;editing\x07",
    "a pen": b"\x1b[1;35mbold and magenta\r\n",
    "margins": b"\x1b[3;20r\x1b[5H",
    "the alternate screen": b"beneath\r\n\x1b[?1049h\x1b[2Jabove",
    "no wrapping": b"\x1b[?7l",
    "the middle of a line": b"half a line, and then ",
}


def coloured(count):
    """Lines with colours, of which some last beyond their line, and some of those a long while."""
    return b"".join(
        b"\x1b[01;31m\x1b[K%08d\x1b[m\x1b[K %s and \x1b[38;5;%dmon\r\n"
        % (n, b"\x1b[4m" if n % 997 == 1 else b"", n % 200)
        for n in range(count)
    )


FLOODS = {
    "short lines": text(80_000, 3),
    "lines": text(15_000, 60),
    "lines that wrap": text(200, 5000),
    "colours": lines(50_000),
    "colours that last": coloured(20_000),
    "one colour": b"\x1b[7;36m" + text(15_000),
    "beyond ASCII": "čárka — 東京 🙂\r\n".encode() * 30_000,
}


@pytest.mark.parametrize("before", BEFORE.values(), ids=BEFORE)
@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS)
def test_flood_of_text_is_not_parsed_and_leaves_the_same_screen(before, flood):
    if before == BEFORE["no wrapping"] and flood == FLOODS["lines that wrap"]:
        pytest.skip("a ring with fewer lines than the screen, and none of them wrapped, does not hold the screen")
    with Played(**SMALL) as it:
        play(it, before + lines(200) + before + flood)
        checkpoints = it.session.checkpoints
        assert checkpoints._at < 32 * KIB
        assert checkpoints._plain > len(flood) // 2
        messages = everything(it, it.attach())
        assert ops(messages)[:3] == [Op.HELLO, Op.SNAPSHOT, Op.OUTPUT]
        assert state(messages) == straight(before + lines(200) + before + flood)


def test_plain_text_from_birth_on_does_not_even_load_the_emulator():
    with Played(**SMALL) as it:
        play(it, text(20_000))
        assert it.session.checkpoints._screen is None
        assert state(everything(it, it.attach())) == straight(text(20_000))


def test_escape_sequences_after_a_flood_find_the_screen_that_it_left():
    with Played(**SMALL) as it:
        after = b"\x1b[H\x1b[2Lfirst\x1b[10;10Hmiddle\x1b[?1006h" + lines(500) + b"\x1b[5Aup"
        play(it, lines(100) + text(20_000) + after + text(30))
        assert state(everything(it, it.attach())) == straight(lines(100) + text(20_000) + after + text(30))


def test_change_of_size_within_a_flood_holds_for_what_came_after_it():
    with Played(**SMALL) as it:
        play(it, lines(100) + text(3_000, 100))
        it.resize(100, 30)
        play(it, text(3_000, 100))
        screen = Screen(80, 24, 10_000, 1 << 24)
        screen.feed(lines(100) + text(3_000, 100))
        screen.resize(100, 30)
        screen.feed(text(3_000, 100))
        assert state(everything(it, it.attach()), (100, 30)) == shown(screen)


def test_what_lies_above_a_flood_is_no_part_of_the_lines_before_it():
    with Played(**SMALL) as it:
        play(it, lines(100) + text(2_000, 5000))
        snapshot = next(m for m in everything(it, it.attach()) if m.op is Op.SNAPSHOT)
        assert b"line" not in snapshot.value


def test_emulator_of_now_leaves_a_checkpoint_behind_for_those_who_come_later():
    with Played(**SMALL) as it:
        play(it, lines(1_000))
        now = it.session.checkpoints.now()
        assert last_lines(now)[-1:] == direct(lines(1_000))[-1:]
        listener = it.attach()
        messages = everything(it, listener)
        it.session.detach(listener)
        assert ops(messages)[:3] == [Op.HELLO, Op.SNAPSHOT, Op.OUTPUT]
        assert messages[1].sequence < it.session.ring.end - 7 * KIB
        play(it, lines(1_000))
        it.session.checkpoints.now()
        assert painted(everything(it, it.attach())) == direct(lines(1_000) * 2)
