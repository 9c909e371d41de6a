"""What an engine measures of itself, asked of a real one."""

import pytest

from orchflow_jupyter.errors import NotFoundError
from orchflow_jupyter.protocol.terminal import Op
from orchflow_jupyter.terminals.histogram import BOUNDS
from tests.support.engine import raw
from tests.support.waiting import eventually

CAT = raw("exec cat")
GROWING = ("operations", "inputs", "bytes_in", "bytes_out", "messages_in", "messages_out", "batched")


def since(before, after):
    """What the totals grew by."""
    return {name: after[name] - before[name] for name in GROWING}


def typed(engine, keys):
    """A stream of a terminal that echoed these, one after another."""
    stream = engine.run(CAT)
    stream.text(b"ready;")
    for key in keys:
        seen = stream.end
        stream.type(key)
        stream.until(lambda seen=seen: stream.end > seen, "the echo")
    return stream


def test_inputs_bytes_and_messages_are_counted(engine):
    before = engine.call("metrics")
    typed(engine, [b"a", b"bc", b"d"])
    grown = since(before, engine.call("metrics"))
    assert (grown["inputs"], grown["bytes_in"], grown["bytes_out"]) == (3, 4, 10)
    assert grown["operations"] == 3 + 3, "the inputs; metrics, create and adopt"
    assert grown["messages_in"] >= 3
    assert grown["messages_out"] >= 5, "HELLO, ready; and three echoes"


def test_each_key_that_is_echoed_is_timed_and_so_is_each_piece_of_output(engine):
    before = engine.call("metrics")
    typed(engine, [b"x"] * 20)
    after = engine.call("metrics")
    assert after["bounds"] == list(BOUNDS)
    echo = [now - then for now, then in zip(after["echo"]["buckets"], before["echo"]["buckets"], strict=True)]
    assert sum(echo) == after["echo"]["count"] - before["echo"]["count"] == 20
    assert after["output"]["count"] - before["output"]["count"] in (20, 21)
    for kind in ("echo", "output"):
        told = after[kind]
        assert len(told["buckets"]) == len(BOUNDS) + 1
        assert 0 < told["p50"] <= told["p95"] <= told["p99"]
        assert told["sum"] > before[kind]["sum"]


def held_up(engine):
    """A stream whose window is full, or None where its end was the end of what was read: then nothing waits."""
    terminal = engine.create(raw("head -c 2000000 /dev/zero; exec cat"))
    stream = engine.attach(terminal, acknowledges=False)
    stream.until(lambda: stream.full, "a full window")
    stream.quiet()
    if engine.model(terminal)["offset"] == stream.end:
        return None
    stream.quiet()
    return stream


def test_the_time_that_a_client_makes_output_wait_is_counted(engine):
    stream = eventually(lambda: held_up(engine), "output that was read and not sent")
    before = engine.call("metrics")["output"]
    stream.acknowledges = True
    stream.ack(stream.end)
    stream.until(lambda: stream.end >= 2_000_000, "the rest")
    after = engine.call("metrics")["output"]
    assert after["sum"] - before["sum"] > 0.1, "what was read when the window was full waited while it was quiet()"


def test_who_comes_late_to_old_output_makes_no_latency_of_its_age(engine):
    terminal = engine.create(raw("head -c 1900000 /dev/zero; exec cat"))
    eventually(lambda: engine.model(terminal)["offset"] >= 1_900_006, "the output")
    before = engine.call("metrics")["output"]
    late = engine.attach(terminal, since=0)
    late.until(lambda: late.end >= 1_900_006, "all of it")
    assert engine.call("metrics")["output"] == before


def test_what_a_terminal_did_is_told_of_it_and_stays_in_the_totals_when_it_is_gone(engine):
    before = engine.call("metrics")
    stream = typed(engine, [b"a", b"b"])
    told = engine.call("metrics")["each"]
    assert [one["state"] for one in told] == ["running"]
    one = told[0]
    assert one["id"] == stream.hello["id"]
    assert (one["inputs"], one["bytes_in"], one["bytes_out"], one["held"]) == (2, 2, 8, 8)
    assert (one["clients"], one["gaps"], one["waiting"], one["echo"]["count"]) == (1, 0, 0, 2)
    assert one["output"]["count"] in (2, 3)
    assert one["resident"] > 100_000
    assert one["cpu"] >= 0
    engine.clear()
    after = engine.call("metrics")
    assert after["each"] == []
    assert (since(before, after)["inputs"], since(before, after)["bytes_out"]) == (2, 8)
    assert after["echo"]["count"] - before["echo"]["count"] == 2
    assert after["terminals"]["created"] - before["terminals"]["created"] == 1


def test_connections_are_counted_by_how_they_ended(engine):
    before = engine.call("metrics")["connections"]
    terminal = engine.create(CAT)
    engine.attach(terminal).greet()
    engine.attach("t-none").rest()
    engine.attach(terminal, since=0).frame(b"nonsense")
    polite = engine.attach(terminal, attachment="me")
    polite.greet()
    engine.attach(terminal, attachment="me", since=0).greet()
    assert polite.rest() == 4408
    eventually(lambda: engine.call("metrics")["connections"]["closed"].get("4400", 0), "the end of the third")
    assert engine.call("metrics")["open"] == 2
    engine.clear()
    after = engine.call("metrics")
    told = after["connections"]
    assert told["opened"] - before["opened"] == 5
    assert told["resumed"] - before["resumed"] == 2
    grown = {code: count - before["closed"].get(code, 0) for code, count in told["closed"].items()}
    assert {code: count for code, count in grown.items() if count} == {"4404": 1, "4400": 1, "4408": 1, "1006": 2}
    assert told["dropped"] - before["dropped"] == 2


def test_a_handshake_that_fails_is_no_dropped_connection(engine):
    before = engine.call("metrics")["connections"]
    engine.upgrade(engine.create(CAT), headers=[("Sec-WebSocket-Version", "7")])
    eventually(lambda: engine.call("metrics")["connections"]["closed"].get("refused"), "the end of the connection")
    assert engine.call("metrics")["connections"]["dropped"] == before["dropped"]


def test_errors_are_counted_by_their_reason_and_calls_by_their_method(engine):
    before = engine.call("metrics")
    for _ in range(2):
        with pytest.raises(NotFoundError):
            engine.call("terminals.get", {"id": "t-none"})
    with pytest.raises(NotFoundError):
        engine.call("no.such.call")
    engine.attach("t-none").rest()
    eventually(lambda: engine.call("metrics")["open"] == 0, "the end of the stream")
    after = engine.call("metrics")
    assert after["errors"]["not_found"] - before["errors"].get("not_found", 0) == 4
    assert after["calls"]["terminals.get"]["count"] - before["calls"].get("terminals.get", {"count": 0})["count"] == 2
    assert after["calls"]["unknown"]["count"] >= 1
    assert "no.such.call" not in after["calls"]
    assert after["calls"]["terminals.get"]["p99"] > 0


def test_a_batch_counts_as_many_operations_as_it_has(engine):
    terminal = engine.create(CAT)
    before = engine.call("metrics")
    engine.call("terminals.batch", {"operations": [{"op": "input", "id": terminal, "data": "x"}] * 7})
    grown = since(before, engine.call("metrics"))
    assert (grown["batched"], grown["inputs"], grown["bytes_in"]) == (7, 7, 7)
    assert grown["operations"] == 7 + 2, "the batch itself and one of metrics, beside what is in the batch"


def test_gaps_are_counted_for_those_who_fell_behind_and_those_who_came_back_too_late(engine):
    terminal = engine.create(raw("head -c 6000000 /dev/zero; exec cat"))
    eventually(lambda: engine.model(terminal)["offset"] >= 6_000_006, "the output")
    before = engine.call("metrics")["gaps"]
    back = engine.attach(terminal, since=5)
    back.next(Op.GAP)
    assert engine.call("metrics")["gaps"] == before + 1


def test_figures_of_the_process_are_told(engine):
    told = engine.call("metrics", {"each": False})
    assert "each" not in told
    assert told["pid"] == engine.pid
    assert told["uptime"] > 0
    assert told["lag"] >= 0
    assert 0 < told["memory"]["private"] <= told["memory"]["resident"]
    assert told["cpu"]["user"] > 0
    assert told["attached"] == 1
    assert engine.control.refusal("metrics", {"each": "yes"}).status == 400
