"""The state of an attachment, with an engine that says what the test wants."""

import pytest

from orchflow_jupyter.client.attachment import ACK_EVERY, INPUT_WINDOW, KEEP, PIECE
from orchflow_jupyter.errors import (
    EngineUnavailableError,
    InvalidRequestError,
    NotAllowedError,
    NotFoundError,
    OrchflowError,
    TakenOverError,
)
from orchflow_jupyter.protocol.terminal import Op
from tests.support.attached import Engine


def test_output_is_acknowledged_when_it_is_read_and_not_before():
    engine = Engine()
    engine.say(Op.OUTPUT, 0, b"x" * ACK_EVERY)
    assert engine.heard(Op.ACK) == []
    assert engine.state.take(1) == b"x"
    assert engine.heard(Op.ACK) == []
    assert len(engine.state.take()) == ACK_EVERY - 1
    assert [ack.sequence for ack in engine.heard(Op.ACK)] == [ACK_EVERY]
    assert engine.state.take() == b""
    assert engine.heard(Op.ACK) == []


def test_a_part_is_acknowledged_as_soon_as_enough_of_it_was_read():
    engine = Engine()
    engine.say(Op.OUTPUT, 0, b"x" * 3 * ACK_EVERY)
    engine.state.take(ACK_EVERY + 1)
    assert [ack.sequence for ack in engine.heard(Op.ACK)] == [ACK_EVERY + 1]


def test_output_may_begin_anywhere():
    engine = Engine()
    engine.say(Op.HELLO, 1000, {"writable": True, "input": 0})
    engine.say(Op.OUTPUT, 1000, b"abc")
    assert engine.state.take() == b"abc"
    assert [ack.sequence for ack in engine.heard(Op.ACK)] == [1003]


def test_a_gap_is_counted_and_acknowledgements_go_on_behind_it():
    engine = Engine()
    engine.say(Op.OUTPUT, 0, b"abc")
    engine.say(Op.GAP, 5000)
    engine.say(Op.OUTPUT, 5000, b"def")
    assert engine.state.gaps == 1
    assert engine.state.take() == b"abcdef"
    assert [ack.sequence for ack in engine.heard(Op.ACK)] == [5003]


def test_a_position_is_told_on_both_sides_of_gaps():
    engine = Engine()
    engine.say(Op.OUTPUT, 0, b"abc")
    engine.say(Op.GAP, 5000)
    engine.say(Op.GAP, 6000)
    engine.say(Op.OUTPUT, 6000, b"de")
    engine.say(Op.GAP, 9000)
    engine.say(Op.OUTPUT, 9000, b"f")
    seen = []
    for _ in range(6):
        seen.append(engine.state.position)
        engine.state.take(1)
    assert seen == [0, 1, 2, 6000, 6001, 9000]
    assert engine.state.position == 9001


def test_letting_go_keeps_the_newest_and_acknowledges_all():
    engine = Engine()
    for start in range(0, KEEP + PIECE, PIECE):
        engine.say(Op.OUTPUT, start, bytes([start // PIECE]) * PIECE)
    engine.state.forget()
    assert len(engine.state.unread) == KEEP
    assert [ack.sequence for ack in engine.heard(Op.ACK)] == [KEEP + PIECE]
    assert engine.state.take()[:1] == b"\x01"
    assert engine.heard(Op.ACK) == []


def test_room_is_made_up_to_a_limit():
    engine = Engine()
    engine.say(Op.OUTPUT, 0, b"x" * ACK_EVERY)
    engine.state.make_room(ACK_EVERY)
    assert engine.heard(Op.ACK) == []
    engine.state.make_room(ACK_EVERY + 1)
    assert [ack.sequence for ack in engine.heard(Op.ACK)] == [ACK_EVERY]
    assert len(engine.state.take()) == ACK_EVERY


def test_input_is_cut_and_numbered():
    engine = Engine()
    engine.state.type(b"a" * PIECE + b"b")
    engine.state.type(b"c")
    assert [(m.sequence, m.value[:1], len(m.value)) for m in engine.heard(Op.INPUT)] == [
        (1, b"a", PIECE),
        (2, b"b", 1),
        (3, b"c", 1),
    ]
    engine.say(Op.INPUT_ACK, 3)
    engine.say(Op.INPUT_ACK, 2)
    assert engine.state.taken == engine.state.sent == 3


def test_no_more_input_is_under_way_than_the_window_and_the_rest_follows():
    engine = Engine()
    typed = bytes(range(256)) * (3 * INPUT_WINDOW // 256)
    engine.state.type(typed)
    heard = []
    while inputs := engine.heard(Op.INPUT):
        assert sum(len(message.value) for message in inputs) == INPUT_WINDOW
        heard += inputs
        engine.say(Op.INPUT_ACK, inputs[-1].sequence)
    assert b"".join(message.value for message in heard) == typed
    assert [message.sequence for message in heard] == list(range(1, engine.state.sent + 1))


def test_typing_nothing_says_nothing():
    engine = Engine()
    engine.state.type(b"")
    assert engine.state.sent == engine.state.taken == 0
    assert engine.heard(Op.INPUT) == []


def test_numbers_go_on_where_the_attachment_was():
    engine = Engine(input=7)
    engine.state.type(b"a")
    assert [message.sequence for message in engine.heard(Op.INPUT)] == [8]
    assert engine.state.taken == 7


def test_size_and_exit_are_kept():
    engine = Engine()
    assert (engine.state.size, engine.state.exit, engine.state.over) == (None, None, False)
    engine.say(Op.RESIZED, 0, (100, 30))
    engine.say(Op.EXIT, 0, {"code": 3, "signal": None})
    assert (engine.state.size, engine.state.exit, engine.state.over) == ((100, 30), {"code": 3, "signal": None}, True)
    engine.state.check()


def test_a_refusal_is_raised_once_and_the_stream_goes_on():
    engine = Engine()
    engine.say(Op.ERROR, 0, {"code": "not_allowed", "message": "not you"})
    with pytest.raises(NotAllowedError, match="not you"):
        engine.state.check()
    engine.state.check()


def test_who_may_only_watch_says_nothing_more():
    engine = Engine(writable=False)
    for do in (lambda s: s.type(b"x"), lambda s: s.resize(80, 24), lambda s: s.signal("INT")):
        with pytest.raises(NotAllowedError, match="you may watch this terminal"):
            do(engine.state)
    assert engine.state.data_to_send() == b""


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (4400, InvalidRequestError),
        (4403, NotAllowedError),
        (4404, NotFoundError),
        (4408, TakenOverError),
        (4499, OrchflowError),
        (1012, EngineUnavailableError),
        (1000, EngineUnavailableError),
    ],
)
def test_a_close_without_an_exit_is_raised_as_what_it_was(code, kind):
    engine = Engine()
    engine.close(code, "the words of the engine")
    assert engine.state.closed == (code, "the words of the engine")
    with pytest.raises(kind, match="the words of the engine"):
        engine.state.check()


def test_a_close_without_words_is_told_by_its_code():
    engine = Engine()
    engine.close(1012)
    with pytest.raises(EngineUnavailableError, match="1012"):
        engine.state.check()


def test_after_the_exit_and_the_close_nothing_is_taken():
    engine = Engine()
    engine.say(Op.EXIT, 0, {"code": 0, "signal": None})
    engine.close(1000)
    with pytest.raises(NotFoundError, match="has ended"):
        engine.state.check()


def test_what_no_terminal_can_be_is_refused_before_it_is_said():
    engine = Engine()
    for size in ((0, 24), (80, 0), (1001, 24), (80, 65535)):
        with pytest.raises(InvalidRequestError):
            engine.state.resize(*size)
    with pytest.raises(InvalidRequestError, match="'SEGV' is not"):
        engine.state.signal("SEGV")
    assert engine.state.data_to_send() == b""


def test_state_that_comes_in_the_place_of_output_is_handed_on():
    engine = Engine(cols=80, rows=24)
    assert engine.state.snapshot is None
    engine.say(Op.SNAPSHOT, 500, b"painted")
    engine.say(Op.OUTPUT, 500, b"and more")
    assert engine.state.snapshot == (500, (80, 24), b"painted")
    assert engine.state.take() == b"and more"


def test_state_after_a_gap_replaces_the_one_before_and_has_the_size_of_then():
    engine = Engine(cols=80, rows=24)
    engine.say(Op.SNAPSHOT, 500, b"painted")
    engine.say(Op.GAP, 9000)
    engine.say(Op.RESIZED, 9000, (100, 30))
    engine.say(Op.SNAPSHOT, 9000, b"anew")
    assert engine.state.snapshot == (9000, (100, 30), b"anew")
