"""Frames to messages and back, with websockets' server side at the other end."""

import pytest
from websockets.frames import Frame, Opcode
from websockets.protocol import OPEN, Protocol, Side

from orchflow_jupyter.client.messages import LOST, Messages


@pytest.fixture
def engine():
    """The other end, as bytes."""
    return Protocol(Side.SERVER, state=OPEN)


def said(engine):
    return b"".join(engine.data_to_send())


def test_a_message_arrives_whole_however_its_bytes_are_cut(engine):
    messages = Messages()
    wanted = [b"", b"short", bytes(range(256)) * 300]
    for message in wanted:
        engine.send_binary(message)
    data = said(engine)
    found = [message for start in range(0, len(data), 1000) for message in messages.receive(data[start : start + 1000])]
    assert found == wanted


def test_fragments_are_one_message(engine):
    messages = Messages()
    for frame in (Frame(Opcode.BINARY, b"one ", False), Frame(Opcode.CONT, b"two ", False)):
        engine.send_frame(frame)
        assert messages.receive(said(engine)) == []
    engine.send_frame(Frame(Opcode.CONT, b"three"))
    assert messages.receive(said(engine)) == [b"one two three"]


def test_what_is_sent_is_masked_and_given_out_once(engine):
    messages = Messages()
    messages.send(b"typed")
    data = messages.data_to_send()
    assert b"typed" not in data
    assert messages.data_to_send() == b""
    engine.receive_data(data)
    assert [frame.data for frame in engine.events_received()] == [b"typed"]


def test_a_ping_is_answered(engine):
    messages = Messages()
    engine.send_ping(b"there?")
    assert messages.receive(said(engine)) == []
    engine.receive_data(messages.data_to_send())
    assert [(frame.opcode, frame.data) for frame in engine.events_received()] == [(Opcode.PONG, b"there?")]


def test_a_close_is_told_with_its_code_and_nothing_is_sent_after_it(engine):
    messages = Messages()
    engine.send_binary(b"last")
    engine.send_close(4404, "no such terminal")
    assert messages.receive(said(engine)) == [b"last"]
    assert messages.closed == (4404, "no such terminal")
    messages.data_to_send()
    messages.send(b"late")
    messages.close()
    assert messages.data_to_send() == b""
    assert messages.receive(b"") == []
    assert messages.closed == (4404, "no such terminal")


def test_an_end_without_a_word_is_a_loss(engine):
    messages = Messages()
    assert messages.closed is None
    engine.send_binary(b"cut in the middle")
    assert messages.receive(said(engine)[:-3]) == []
    assert messages.receive(b"") == []
    assert messages.closed == (LOST, "the connection to the engine was lost")
    assert messages.receive(b"") == []


def test_bytes_that_are_no_frames_end_the_stream(engine):
    messages = Messages()
    assert messages.receive(b"HTTP/1.1 400 Bad Request\r\n\r\n") == []
    messages.receive(b"")
    assert messages.closed is not None
    messages.send(b"late")


def test_goodbye_is_said_once(engine):
    messages = Messages()
    messages.close()
    messages.close()
    engine.receive_data(messages.data_to_send())
    assert engine.close_rcvd.code == 1000
    assert len(engine.events_received()) == 1
