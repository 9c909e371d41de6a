"""Many operations in one control call, carried out by a real engine."""

import base64

import pytest

from orchflow_jupyter.errors import InvalidRequestError, NotFoundError, TooLargeError
from orchflow_jupyter.terminals.batch import MAX_INPUT, MAX_OPERATIONS
from tests.support.engine import raw
from tests.support.waiting import eventually

CAT = raw("exec cat")


def identity(stream):
    """The id of the terminal that a stream shows."""
    return stream.greet()["id"]


def batch(engine, *operations):
    return engine.call("terminals.batch", {"operations": list(operations)})["results"]


def test_every_kind_is_carried_out_and_answered_in_the_order_asked(engine):
    first, second = engine.run(CAT), engine.create(CAT)
    first.text(b"ready;")
    typed = base64.b64encode(b"\xff\x00").decode()
    results = batch(
        engine,
        {"op": "create", "name": "made", "command": ["cat"], "cols": 70},
        {"op": "resize", "id": second, "cols": 90, "rows": 30},
        {"op": "input", "id": identity(first), "data": "äb"},
        {"op": "input", "id": identity(first), "data": typed, "encoding": "base64"},
        {"op": "signal", "id": identity(first), "signal": "WINCH"},
        {"op": "close", "id": second},
    )
    model = results[0].pop("result")
    assert results == [{"ok": True}] * 6
    assert (model["name"], model["cols"]) == ("made", 70)
    first.text("äb".encode() + b"\xff\x00")
    assert [one["id"] for one in engine.call("terminals.list")] == [identity(first), model["id"]]


def test_one_that_fails_says_why_and_stops_no_other(engine):
    stream = engine.run(CAT)
    stream.text(b"ready;")
    missing, typed = batch(
        engine, {"op": "close", "id": "t-none"}, {"op": "input", "id": identity(stream), "data": "still"}
    )
    assert (missing["ok"], missing["status"], missing["reason"]) == (False, 404, "not_found")
    assert "t-none" in missing["message"]
    assert typed == {"ok": True}
    stream.text(b"still")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"op": "explode", "id": "t-1"}, "operations[1].op"),
        ({"id": "t-1"}, "operations[1]"),
        ({"op": "close"}, "id"),
        ({"op": "close", "id": "t-1", "why": 1}, "why"),
        ({"op": "resize", "id": "t-1", "cols": 0, "rows": 1}, "operations[1].cols"),
        ({"op": "signal", "id": "t-1", "signal": "NONE"}, "operations[1]"),
        ({"op": "input", "id": "t-1", "data": 7}, "operations[1].data"),
        ({"op": "input", "id": "t-1", "data": "?", "encoding": "base64"}, "base64"),
        ({"op": "create", "command": "ls"}, "operations[1].command"),
        (7, "operations[1]"),
    ],
    ids=repr,
)
def test_a_batch_that_makes_no_sense_is_refused_as_a_whole_and_the_index_named(engine, wrong, says):
    terminal = engine.create(CAT)
    with pytest.raises(InvalidRequestError) as refused:
        batch(engine, {"op": "close", "id": terminal}, wrong)
    assert says in str(refused.value)
    assert "operations[1]" in str(refused.value)
    assert engine.model(terminal)["state"] == "running"


def test_there_are_limits_of_number_and_of_bytes(engine):
    with pytest.raises(InvalidRequestError, match="operations"):
        batch(engine, *[{"op": "close", "id": "x"}] * (MAX_OPERATIONS + 1))
    half = {"op": "input", "id": "x", "data": "a" * (MAX_INPUT // 2 + 1)}
    with pytest.raises(TooLargeError):
        batch(engine, half, half)
    assert len(batch(engine, *[{"op": "close", "id": "x"}] * MAX_OPERATIONS)) == MAX_OPERATIONS


def test_input_for_a_program_that_has_ended_or_does_not_read_is_refused(engine):
    ended = engine.create(["true"])
    eventually(lambda: engine.model(ended)["state"] == "exited", "its end")
    (result,) = batch(engine, {"op": "input", "id": ended, "data": "x"})
    assert (result["status"], result["reason"]) == (404, "not_found")
    deaf = engine.run(raw("exec sleep 1000"))
    deaf.text(b"ready;")
    piece = {"op": "input", "id": identity(deaf), "data": "x" * 100_000}
    results = batch(engine, *[piece] * 5)
    assert results[0] == {"ok": True}
    assert (results[-1]["status"], results[-1]["reason"]) == (429, "too_many")


def test_what_a_batch_made_counts_as_made(engine):
    before = engine.status()["counters"]["created"]
    made = batch(engine, *[{"op": "create", "command": ["cat"]}] * 3)
    assert engine.status()["counters"]["created"] == before + 3
    names = [one["result"]["name"] for one in made]
    assert len(set(names)) == 3


def test_input_that_would_be_cut_is_refused_and_not_typed(engine):
    stream = engine.run(["sh", "-c", "printf 'ready;'; cat"])
    stream.text(b"ready;")
    here = stream.hello["id"]
    operations = [{"op": "input", "id": here, "data": text + "\r"} for text in ("x" * 12_300, "short", "z" * 4095)]
    long, short, just = engine.call("terminals.batch", {"operations": operations})["results"]
    assert (long["status"], long["reason"], "8,205 bytes" in long["message"]) == (413, "too_large", True)
    assert short == just == {"ok": True}
    stream.until(lambda: stream.output.count(b"z") == 2 * 4095, "what was typed, and what the program said of it")
    assert b"x" not in stream.output


def test_an_ended_program_takes_no_signal_and_no_size(engine):
    stream = engine.run(["true"])
    ended = identity(stream)
    stream.rest()
    results = batch(
        engine,
        {"op": "signal", "id": ended, "signal": "INT"},
        {"op": "resize", "id": ended, "cols": 90, "rows": 30},
        {"op": "input", "id": ended, "data": "x"},
    )
    assert [(one["ok"], one["status"], "has ended" in one["message"]) for one in results] == [(False, 404, True)] * 3
    for method, more in (("signal", {"signal": "INT"}), ("update", {"cols": 90, "name": "other"})):
        with pytest.raises(NotFoundError, match="has ended"):
            engine.call(f"terminals.{method}", {"id": ended, **more})
    assert engine.model(ended)["name"] != "other"
    assert engine.call("terminals.update", {"id": ended, "name": "other"})["name"] == "other"


def test_what_is_refused_is_counted_by_its_reason(engine):
    before = engine.call("metrics", {"each": False})["errors"].get("not_found", 0)
    batch(engine, {"op": "close", "id": "t-none"}, {"op": "close", "id": "t-none"})
    assert engine.call("metrics", {"each": False})["errors"]["not_found"] == before + 2


def test_an_operation_that_does_not_exist_is_told_which_there_are(engine):
    with pytest.raises(
        InvalidRequestError, match="there are close, create, input, resize and signal, and no 'explode'"
    ):
        batch(engine, {"op": "explode", "id": "t"})
    with pytest.raises(InvalidRequestError, match="there are text and base64, and no 'hex'"):
        batch(engine, {"op": "input", "id": "t", "data": "", "encoding": "hex"})
