"""What the messages of a stream do, and that a client which comes back misses and doubles nothing."""

import random
import time

import pytest
from websockets.frames import Frame, Opcode

from orchflow_jupyter.protocol.terminal import Message, Op, encode, head
from tests.support.engine import PYTHON, EngineProcess, raw
from tests.support.waiting import eventually

CAT = raw("exec cat")

SHOWS_SIZE = (
    "import os, signal\n"
    "show = lambda *_: os.write(1, b'%dx%d;' % tuple(os.get_terminal_size()))\n"
    "signal.signal(signal.SIGWINCH, show)\n"
    "show()\n"
    "while True: signal.pause()"
)


def started(engine, command=CAT, **parameters):
    stream = engine.run(command, **parameters)
    stream.text(b"ready;")
    return stream


# -- messages


def test_first_message_is_hello_with_the_terminal_and_the_attachment(engine):
    terminal = engine.create(CAT, name="first", cols=100, rows=30)
    hello = engine.attach(terminal, attachment="me").greet()
    model = engine.model(terminal)
    assert hello.keys() == model.keys() | {"attachment", "writable", "window", "input", "protocol"}
    assert hello["id"] == terminal
    assert (hello["cols"], hello["rows"], hello["name"]) == (100, 30, "first")
    assert (hello["attachment"], hello["writable"], hello["input"], hello["protocol"]) == ("me", True, 0, 1)


def test_attachment_without_a_name_gets_one_of_its_own(engine):
    terminal = engine.create(CAT)
    names = [engine.attach(terminal).greet()["attachment"] for _ in range(3)]
    assert len(set(names)) == 3
    assert engine.model(terminal)["clients"] == 3


def test_input_ack_covers_the_input_and_carries_its_timestamp(engine):
    stream = started(engine, raw("exec cat >/dev/null"))
    stream.send(Op.INPUT, 1, b"a", timestamp=111)
    assert (stream.next(Op.INPUT_ACK).sequence, stream.next(Op.INPUT_ACK).timestamp) == (1, 111)
    for number in range(2, 502):
        stream.send(Op.INPUT, number, b"b", timestamp=number * 1000)
    stream.until(lambda: stream.of(Op.INPUT_ACK)[-1].sequence == 501)
    acks = [(message.sequence, message.timestamp) for message in stream.of(Op.INPUT_ACK)]
    assert acks == sorted(set(acks))
    assert all(stamp == number * 1000 for number, stamp in acks[1:])


def test_repeated_input_is_acknowledged_with_the_time_of_the_last_that_was_taken(engine):
    stream = started(engine)
    stream.send(Op.INPUT, 10, b"a", timestamp=1000)
    stream.until(lambda: stream.of(Op.INPUT_ACK))
    stream.send(Op.INPUT, 3, b"b", timestamp=2000)
    assert (stream.next(Op.INPUT_ACK, 2).sequence, stream.next(Op.INPUT_ACK, 2).timestamp) == (10, 1000)


def test_bulk_input_is_acknowledged_at_once_and_a_key_when_there_is_output_to_travel_with(tmp_path):
    with EngineProcess(tmp_path, ack_wait=3600) as patient:
        stream = started(patient, raw("exec sleep 1000"))
        stream.send(Op.INPUT, 1, b"k")
        stream.quiet(0.1)
        assert stream.of(Op.INPUT_ACK) == []
        stream.send(Op.INPUT, 2, b"p" * 16 * 1024)
        stream.until(lambda: [ack.sequence for ack in stream.of(Op.INPUT_ACK)] == [2])


def test_ping_is_echoed_with_its_data_in_order(engine):
    stream = started(engine)
    for number in range(50):
        stream.send(Op.PING, number, b"data %d" % number, timestamp=number + 7)
    stream.next(Op.PONG, 50)
    assert stream.of(Op.PONG) == [Message(Op.PONG, n, n + 7, b"data %d" % n) for n in range(50)]


def test_exit_comes_after_the_last_output_and_then_the_close(engine):
    stream = engine.run(["sh", "-c", "echo last words; exit 3"])
    assert stream.rest() == 1000
    assert bytes(stream.output) == b"last words\r\n"
    assert stream.exit == {"code": 3, "signal": None}
    assert stream.messages[-1].op is Op.EXIT


def test_terminal_that_has_ended_can_still_be_read(engine):
    terminal = engine.create(["echo", "for those who come late"])
    eventually(lambda: engine.model(terminal)["state"] == "exited", "the end")
    for since in (None, 4):
        stream = engine.attach(terminal, **({"since": since} if since else {}))
        assert stream.rest() == 1000
        assert bytes(stream.output) == b"for those who come late\r\n"[since or 0 :]
        assert stream.exit == {"code": 0, "signal": None}


def test_signal_interrupts_what_runs_in_the_foreground(engine):
    stream = engine.run(["sleep", "1000"])
    stream.greet()
    stream.send(Op.SIGNAL, 0, "INT")
    assert stream.rest() == 1000
    assert stream.exit == {"code": None, "signal": "INT"}


def test_signal_by_control_call_does_the_same(engine):
    stream = engine.run(["sleep", "1000"])
    engine.call("terminals.signal", {"id": stream.greet()["id"], "signal": "KILL"})
    stream.rest()
    assert stream.exit == {"code": None, "signal": "KILL"}


# -- size


def test_new_size_reaches_the_program_and_is_told_in_the_order_of_the_output(engine):
    stream = engine.run([*PYTHON, SHOWS_SIZE])
    stream.text(b"80x24;")
    stream.send(Op.RESIZE, 0, (100, 30))
    stream.text(b"100x30;")
    resized = stream.next(Op.RESIZED)
    assert (resized.value, resized.sequence) == ((100, 30), 6)
    order = [message.op for message in stream.messages]
    assert order.index(Op.RESIZED) < len(order) - 1 - order[::-1].index(Op.OUTPUT)


def test_same_size_is_dropped(engine):
    stream = engine.run([*PYTHON, SHOWS_SIZE])
    stream.text(b"80x24;")
    stream.send(Op.RESIZE, 0, (80, 24))
    stream.send(Op.PING, 1, b"")
    stream.next(Op.PONG)
    stream.send(Op.RESIZE, 0, (81, 24))
    assert stream.text(b"81x24;") == b"80x24;81x24;"
    assert [message.value for message in stream.of(Op.RESIZED)] == [(81, 24)]


def test_storm_of_sizes_settles_to_the_last(engine):
    stream = engine.run([*PYTHON, SHOWS_SIZE])
    stream.text(b"80x24;")
    frames = [encode(Message(Op.RESIZE, 0, 1, (100 + n, 50))) for n in range(200)]
    for frame in frames:
        stream.frame(frame, wait=False)
    stream.text(b"299x50;")
    sizes = [message.value for message in stream.of(Op.RESIZED)]
    assert sizes[-1] == (299, 50)
    assert len(sizes) < 20
    assert (engine.model(stream.hello["id"])["cols"], stream.output.count(b"299x50;")) == (299, 1)


def test_everybody_is_told_a_new_size_and_latecomers_see_the_sizes_of_what_they_read(engine):
    first = engine.run([*PYTHON, SHOWS_SIZE])
    terminal = first.greet()["id"]
    first.text(b"80x24;")
    engine.call("terminals.update", {"id": terminal, "cols": 120, "rows": 40})
    first.text(b"120x40;")
    late = engine.attach(terminal)
    late.text(b"120x40;")
    assert [m.value for m in first.of(Op.RESIZED)] == [(120, 40)]
    assert [(m.sequence, m.value) for m in late.of(Op.RESIZED)] == [(0, (80, 24)), (6, (120, 40))]


def pair(engine, *sizes):
    """Two clients that said these sizes, in this order, to a program that shows each of its own."""
    first = engine.run([*PYTHON, SHOWS_SIZE])
    second = engine.attach(first.greet()["id"])
    for stream, size in zip((first, second), sizes, strict=True):
        stream.greet()
        stream.send(Op.RESIZE, 0, size)
        stream.send(Op.PING, 1, b"")
        stream.next(Op.PONG)
    first.text(b"%dx%d;" % sizes[0])
    return first, second


def test_size_goes_to_who_types_and_everybody_is_told(engine):
    first, second = pair(engine, (100, 30), (60, 20))
    assert second.of(Op.RESIZED)[-1].value == (100, 30)
    second.type(b"x")
    first.text(b"60x20;")
    assert first.of(Op.RESIZED)[-1].value == (60, 20)
    first.send(Op.RESIZE, 0, (111, 33))
    second.send(Op.RESIZE, 0, (61, 20))
    first.text(b"61x20;")
    assert b"111x33" not in first.output


def test_empty_input_takes_the_size_and_types_nothing(engine):
    first, second = pair(engine, (100, 30), (60, 20))
    second.type(b"")
    assert b"60x20;" in first.text(b"60x20;")
    second.text(b"60x20;")
    second.next(Op.INPUT_ACK)
    second.quiet(0.05)
    assert bytes(second.output).endswith(b"60x20;")


def test_size_of_a_client_that_has_gone_goes_to_who_is_there(engine):
    first, second = pair(engine, (100, 30), (60, 20))
    first.close()
    second.text(b"60x20;")


def test_two_typing_at_once_and_a_storm_of_sizes_do_no_harm(engine):
    first = started(engine)
    second = engine.attach(first.greet()["id"])
    clients = [first, second]
    second.greet()
    for n in range(1000):
        for stream in clients:
            size = (100 + n % 50, 30) if stream is first else (40, 10 + n % 20)
            stream.frame(encode(Message(Op.RESIZE, 0, 1, size)), wait=False)
            stream.type(b"ab"[stream is second :][:1], wait=False)
        if n % 20 == 0:
            for stream in clients:
                stream.quiet(0.01)
    for stream in clients:
        stream.type(b"!")
    first.until(lambda: first.output.count(b"!") == 2, "all that was typed")
    typed = bytes(first.output).removeprefix(b"ready;")
    assert (typed.count(b"a"), typed.count(b"b")) == (1000, 1000)
    first.quiet(1.5)
    second.quiet(0.1)
    model = engine.model(first.hello["id"])
    assert (model["cols"], model["rows"]) in [(149, 30), (40, 29)]
    assert first.of(Op.RESIZED)[-1].value == second.of(Op.RESIZED)[-1].value == (model["cols"], model["rows"])
    assert len(first.of(Op.RESIZED)) < 500


# -- who may


def test_reader_is_told_that_it_may_not_type_and_nothing_reaches_the_program(engine):
    writer = started(engine)
    reader = engine.attach(writer.hello["id"], mode="ro")
    assert reader.greet()["writable"] is False
    for number, (op, value) in enumerate([(Op.INPUT, b"x"), (Op.RESIZE, (90, 30)), (Op.SIGNAL, "KILL")], start=1):
        reader.send(op, 1 if op is Op.INPUT else 0, value)
        assert reader.next(Op.ERROR, number).value["code"] == "not_allowed"
    writer.type(b"from the writer")
    assert reader.text(b"from the writer") == b"ready;from the writer"
    assert reader.of(Op.INPUT_ACK) == reader.of(Op.RESIZED) == []
    assert engine.model(writer.hello["id"])["cols"] == 80


def test_refusals_are_told_whatever_else_is_under_way(engine):
    reader = engine.attach(started(engine).hello["id"], mode="ro")
    reader.greet()
    said = [
        (Op.PING, 7, b"?"),
        (Op.INPUT, 1, b"x"),
        (Op.RESIZE, 0, (90, 30)),
        (Op.SIGNAL, 0, "INT"),
        (Op.INPUT, 2, b"x"),
    ]
    reader.put(
        b"".join(Frame(Opcode.BINARY, encode(Message(*one[:2], 1, one[2]))).serialize(mask=True) for one in said)
    )
    reader.next(Op.ERROR, 3)
    told = reader.of(Op.ERROR)
    assert [error.value["message"].rpartition("not ")[2] for error in told] == [
        "type in it.",
        "resize it.",
        "send it signals.",
    ]
    assert all(abs(error.timestamp - time.time_ns() // 1000) < 3600_000_000 for error in told)
    assert reader.next(Op.PONG).sequence == 7


def test_same_attachment_takes_over_and_the_old_connection_is_told(engine):
    old = started(engine, attachment="mine")
    terminal = old.hello["id"]
    old.type(b"one;")
    old.text(b"one;")
    other = engine.attach(terminal, attachment="another")
    new = engine.attach(terminal, attachment="mine", since=old.end)
    assert old.rest() == 4408
    assert new.greet()["input"] == 1
    new.type(b"two;")
    assert new.text(b"two;") == b"two;"
    assert other.text(b"two;") == b"ready;one;two;"
    assert engine.model(terminal)["clients"] == 2


def test_client_that_floods_with_pings_is_too_fast(tmp_path):
    with EngineProcess(tmp_path, rate=50) as engine:
        stream = started(engine)
        for number in range(100):
            stream.send(Op.INPUT, number + 1, b".")
            stream.send(Op.ACK, stream.end)
        stream.text(b"." * 100)
        for number in range(5000):
            stream.send(Op.PING, number, b"", wait=False)
        assert stream.rest() == 4429


@pytest.mark.parametrize(
    "parameters",
    [
        {"since": -1},
        {"since": "1x"},
        {"since": 1.5},
        {"since": "9" * 30},
        {"since": "٣"},
        {"mode": "rwx"},
        {"mode": None},
        {"attachment": ""},
        {"attachment": "a\nb"},
        {"attachment": "a" * 1000},
        {"attachment": 7},
        {"colour": "red"},
    ],
    ids=str,
)
def test_parameters_that_make_no_sense_are_refused_with_4400(engine, parameters):
    stream = engine.attach(engine.create(CAT), **parameters)
    assert stream.rest() == 4400
    assert next(iter(parameters)) in stream.ws.close_rcvd.reason


def test_close_reason_is_cut_to_what_a_frame_can_carry(engine):
    stream = engine.attach(engine.create(CAT), **{"ü" * 500: 1})
    assert stream.rest() == 4400
    assert len(stream.ws.close_rcvd.reason.encode()) <= 123


# -- coming back


def test_reconnect_sends_only_what_was_missed(engine):
    stream = started(engine, attachment="mine")
    terminal = stream.hello["id"]
    stream.type(b"seen;")
    stream.text(b"seen;")
    stream.close()
    other = engine.attach(terminal)
    other.greet()
    other.type(b"missed;")
    other.text(b"missed;")
    again = engine.attach(terminal, attachment="mine", since=str(stream.end))
    assert again.text(b"missed;") == b"missed;"
    assert again.of(Op.HELLO)[0].sequence == stream.end


def test_input_that_was_sent_twice_is_taken_once(engine):
    stream = started(engine)
    for number in (1, 2, 1, 2, 3, 2):
        stream.send(Op.INPUT, number, b"%d;" % number, timestamp=number)
    stream.until(lambda: stream.of(Op.INPUT_ACK) and stream.of(Op.INPUT_ACK)[-1].sequence == 3)
    stream.text(b"3;")
    assert bytes(stream.output) == b"ready;1;2;3;"


def test_offset_beyond_the_end_is_taken_as_none(engine):
    stream = started(engine)
    late = engine.attach(stream.hello["id"], since=10**12)
    late.text(b"ready;")
    assert late.hello["offset"] == 6
    assert late.of(Op.HELLO)[0].sequence == 0
    assert late.of(Op.GAP) == []


@pytest.mark.parametrize("snapshots", [False, True])
def test_offset_that_is_gone_begins_with_a_gap_at_the_start_of_a_line(tmp_path, snapshots):
    with EngineProcess(tmp_path, terminal={"ring_bytes": 65536, "snapshots": snapshots}) as engine:
        text = b"".join(b"line %d\r\n" % n for n in range(20_000))
        (engine.root / "text").write_bytes(text)
        terminal = engine.create(raw("cat text; exec cat"))
        eventually(lambda: engine.model(terminal)["offset"] == len(text) + 6, "all of the output")
        for parameters in ({"since": 3}, {}):
            late = engine.attach(terminal, **parameters)
            late.text(text[-100:])
            assert [message.op for message in late.messages[:3]].count(Op.GAP) == len(parameters)
            assert late.output.startswith(b"line ")
            assert text.endswith(bytes(late.output))
            if not snapshots:
                assert late.of(Op.SNAPSHOT) == []
                continue
            assert late.of(Op.SNAPSHOT)[0].sequence == late.start
            assert text.replace(b"\r\n", b"").endswith(
                (late.of(Op.SNAPSHOT)[0].value.partition(b"\x1b[0m")[0] + bytes(late.output)).replace(b"\r\n", b"")
            )


def test_client_with_random_cuts_sees_and_types_what_one_without_would(engine):
    chance = random.Random(4)
    watcher = started(engine, raw("exec tee seen"), mode="ro")
    terminal = watcher.hello["id"]
    typed, output, number = {}, bytearray(), 0
    for life in range(60):
        stream = engine.attach(terminal, attachment="mine", since=len(output))
        taken = stream.greet()["input"]
        assert stream.of(Op.HELLO)[0].sequence == len(output)
        stream.number = number  # the client's own count; what the engine has not had is sent again, under its number
        for missing in range(taken + 1, number + 1):
            stream.send(Op.INPUT, missing, typed[missing], wait=False)
        for _ in range(chance.randrange(8)):
            number += 1
            typed[number] = b"<%d %s>" % (number, chance.randbytes(chance.choice([1, 20, 3000])).hex().encode())
            stream.type(typed[number], wait=False)
            if chance.random() < 0.3:
                stream.step(0.002)
        if life == 59:
            stream.text(b"<%d " % number)
            stream.text(typed[number][-9:])
        elif chance.random() < 0.5:
            stream.step(0.005)
            stream.put(encode(Message(Op.INPUT, number + 1, 1, b"never whole"))[: chance.randrange(1, 20)], wait=False)
            stream.step(0.001)
        output += stream.output
        if chance.random() < 0.7:
            stream.close()  # else the next connection takes over
    everything = b"".join(typed[n] for n in sorted(typed))
    watcher.until(lambda: watcher.end >= len(output), "the rest")
    assert bytes(output) == bytes(watcher.output) == b"ready;" + everything
    assert (engine.root / "seen").read_bytes() == everything


def test_attachments_are_forgotten_oldest_first(tmp_path):
    with EngineProcess(tmp_path, terminal={"attachments": 2}) as engine:
        terminal = engine.create(CAT)
        for name in ("a", "b", "c"):
            stream = engine.attach(terminal, attachment=name)
            stream.greet()
            stream.frame(head(Op.INPUT, 5, 1) + b"x")
            stream.next(Op.INPUT_ACK)
            stream.close()
        assert [engine.attach(terminal, attachment=name).greet()["input"] for name in ("c", "b", "a")] == [5, 5, 0]


# -- lines that are too long


def test_loss_of_a_line_that_is_too_long_is_told_before_the_input_is_acknowledged(engine):
    stream = engine.run(["sh", "-c", "printf 'ready;'; cat > /dev/null"])
    stream.text(b"ready;")
    assert engine.model(stream.hello["id"])["canonical"] is True
    stream.type(b"x" * 16_384)
    stream.next(Op.INPUT_ACK)
    ops = [message.op for message in stream.messages if message.op in (Op.ERROR, Op.INPUT_ACK)]
    assert ops == [Op.ERROR, Op.INPUT_ACK]
    error = stream.of(Op.ERROR)[0].value
    assert (error["code"], "12,289 bytes" in error["message"]) == ("line_too_long", True)


def test_all_that_is_lost_is_told_whatever_else_is_under_way(engine):
    stream = engine.run(["sh", "-c", "printf 'ready;'; cat > /dev/null"])
    stream.text(b"ready;")
    said = [(Op.INPUT, 1, b"x" * 5000), (Op.PING, 7, b"?"), (Op.INPUT, 2, b"x" * 5000)]
    stream.put(
        b"".join(Frame(Opcode.BINARY, encode(Message(*one[:2], 1, one[2]))).serialize(mask=True) for one in said)
    )
    stream.until(lambda: stream.of(Op.INPUT_ACK) and stream.of(Op.INPUT_ACK)[-1].sequence == 2)
    assert ["5,905 bytes" in error.value["message"] for error in stream.of(Op.ERROR)] == [True]
    ops = [message.op for message in stream.messages if message.op in (Op.ERROR, Op.INPUT_ACK)]
    assert ops.index(Op.ERROR) < ops.index(Op.INPUT_ACK)


def test_program_that_reads_key_by_key_is_told_nothing(engine):
    stream = started(engine)
    assert engine.model(stream.hello["id"])["canonical"] is False
    stream.type(b"x" * 16_384)
    stream.next(Op.INPUT_ACK)
    assert stream.of(Op.ERROR) == []


def test_an_offset_may_be_any_that_is_counted_and_one_beyond_the_end_is_as_none(engine):
    terminal = engine.create(["sh", "-c", "echo hello; exec cat"])
    engine.attach(terminal).text(b"hello")
    for since in (2**64 - 1, 10**20 - 1):
        engine.attach(terminal, since=since).text(b"hello")
    refused = engine.attach(terminal, since=10**20)
    assert refused.rest() == 4400
