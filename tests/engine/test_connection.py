"""Adopted sockets: WebSocket frames and handshakes as they should be, and as they should not."""

import itertools
import json
import random
import socket
from pathlib import Path

import pytest
from websockets.client import ClientProtocol
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.frames import Frame, Opcode

from orchflow_jupyter.protocol.terminal import SUBPROTOCOL, Message, Op, encode, head
from tests.support.engine import ADDRESS, raw

NUMBERS = itertools.count()
"""Names for frames: their masks are random, and every process that runs tests must call them the same."""

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "terminal.json").read_text(encoding="utf-8"))
MIB = 1024 * 1024
CAT = raw("exec cat")


@pytest.fixture
def stream(engine):
    stream = engine.run(CAT)
    stream.text(b"ready;")
    return stream


def masked(*frames):
    return b"".join(frame.serialize(mask=True) for frame in frames)


def still_works(engine, stream):
    other = engine.attach(stream.hello["id"])
    other.greet()
    other.type(b"still here")
    other.text(b"still here")


# -- frames


def test_fragmented_message_is_one_message(stream):
    whole = encode(Message(Op.INPUT, 1, 5, b"in three pieces"))
    stream.frame(whole[:4], fin=False)
    stream.frame(whole[4:20], opcode=Opcode.CONT, fin=False)
    stream.frame(b"between", opcode=Opcode.PING)
    stream.frame(whole[20:], opcode=Opcode.CONT)
    stream.text(b"in three pieces")
    assert stream.next(Op.INPUT_ACK).sequence == 1


def test_many_messages_in_one_write_are_all_taken_in_order(stream):
    frames = [Frame(Opcode.BINARY, encode(Message(Op.INPUT, n, 1, b"%d," % n))) for n in range(1, 1001)]
    stream.put(masked(*frames))
    stream.text(b"".join(b"%d," % n for n in range(1, 1001)))


def test_message_in_single_bytes_is_taken(stream):
    for byte in masked(Frame(Opcode.BINARY, encode(Message(Op.INPUT, 1, 1, b"slowly")))):
        stream.put(bytes([byte]))
    stream.text(b"slowly")


def test_connection_cut_in_the_middle_of_a_frame_leaves_no_trace(engine, stream):
    terminal = stream.hello["id"]
    stream.put(masked(Frame(Opcode.BINARY, encode(Message(Op.INPUT, 1, 1, b"half a frame" * 100))))[:600])
    stream.close()
    engine.settled(terminals=1)
    other = engine.attach(terminal)
    other.greet()
    other.type(b"whole")
    assert other.text(b"whole") == b"ready;whole"


def test_message_of_the_largest_size_is_taken(engine):
    stream = engine.run(raw("exec sha256sum -b"))
    stream.text(b"ready;")
    stream.frame(encode(Message(Op.INPUT, 1, 1, b"x" * (MIB - 17))))
    assert stream.next(Op.INPUT_ACK).sequence == 1


@pytest.mark.parametrize("size", [MIB + 1, 8 * MIB])
def test_client_is_told_that_its_message_is_too_large(engine, stream, size):
    stream.put(masked(Frame(Opcode.BINARY, bytes(size))), wait=False)
    assert stream.rest() == 4413
    still_works(engine, stream)


def test_client_is_told_that_its_fragments_are_too_large_together(engine, stream):
    frames = [Frame(Opcode.BINARY, bytes(MIB // 2), fin=False), *[Frame(Opcode.CONT, bytes(MIB // 2), fin=False)] * 2]
    stream.put(masked(*frames), wait=False)
    assert stream.rest() == 4413
    still_works(engine, stream)


def test_client_learns_of_its_mistake_even_under_a_flood(engine):
    stream = engine.run(["yes"], acknowledges=False)
    stream.until(lambda: stream.full)
    stream.put(masked(Frame(Opcode.BINARY, head(Op.ACK, stream.end, 1))) + b"\xff\xff\xff")
    assert stream.rest() == 1002


def test_farewell_in_one_write_with_an_acknowledgement_is_answered(engine):
    stream = engine.run(["yes"], acknowledges=False)
    stream.until(lambda: stream.full)
    ack = Frame(Opcode.BINARY, head(Op.ACK, stream.end, 1))
    stream.put(masked(ack, Frame(Opcode.CLOSE, b"\x03\xe8")))
    assert stream.rest() == 1000


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (masked(Frame(Opcode.TEXT, b"hello")), 4400),
        (masked(Frame(Opcode.TEXT, b"hel", fin=False)), 4400),
        (masked(Frame(Opcode.BINARY, b"")), 4400),
        (masked(Frame(Opcode.BINARY, b"\x01" * 16)), 4400),
        (masked(Frame(Opcode.BINARY, head(0x06, 0, 0))), 4400),
        (masked(Frame(Opcode.BINARY, head(Op.OUTPUT, 0, 0) + b"not yours to send")), 4400),
        (masked(Frame(Opcode.BINARY, head(Op.INPUT, 0, 0) + b"inputs are numbered from 1")), 4400),
        (masked(Frame(Opcode.BINARY, head(Op.ACK, 0, 0) + b"data")), 4400),
        (masked(Frame(Opcode.BINARY, head(Op.SIGNAL, 0, 0) + b"SIGSEGV")), 4400),
        (masked(Frame(Opcode.BINARY, head(Op.RESIZE, 0, 0) + b"\x00\x00\x00\x18")), 4400),
        (masked(Frame(Opcode.BINARY, head(Op.RESIZE, 0, 0) + b"\xff\xff\xff\xff")), 4400),
        (masked(Frame(Opcode.BINARY, head(Op.RESIZE, 0, 0) + b"\x03\xe9\x00\x18")), 4400),
        (Frame(Opcode.BINARY, head(Op.INPUT, 1, 0) + b"no mask").serialize(mask=False), 1002),
        (masked(Frame(Opcode.CONT, b"of nothing")), 1002),
        (b"\xc2\x80\x00\x00\x00\x00", 1002),
        (masked(Frame(Opcode.BINARY, b"x", fin=False), Frame(Opcode.BINARY, b"y")), 1002),
        (b"\x83\x80\x00\x00\x00\x00", 1002),
        (b"\x89\xfe\x00\x80" + bytes(4 + 128), 1002),
    ],
    ids=lambda value: f"frame {next(NUMBERS)}" if isinstance(value, bytes) else str(value),
)
def test_bad_frame_is_answered_with_its_close_code_and_harms_nobody(engine, stream, frame, code):
    stream.put(frame)
    assert stream.rest() == code
    assert bytes(stream.output) == b"ready;"
    still_works(engine, stream)


@pytest.mark.parametrize(
    "case", [case for case in VECTORS["invalid"] if case["from"] == "client"], ids=lambda case: case["name"]
)
def test_invalid_vector_of_a_client_closes_with_4400(stream, case):
    stream.frame(bytes.fromhex(case["hex"]))
    assert stream.rest() == 4400


def test_garbage_is_refused_with_a_code_or_waited_out(engine, stream):
    chance = random.Random(17)
    codes = set()
    for _ in range(60):
        victim = engine.attach(stream.hello["id"])
        victim.greet()
        victim.put(chance.randbytes(chance.randrange(1, 300)), wait=False)
        victim.quiet(0.02)
        codes.add(victim.close_code)
        victim.close()
    assert codes <= {None, 1002, 4400, 4413}
    assert len(codes) > 1
    still_works(engine, stream)


def test_websocket_ping_is_answered(stream):
    pongs = []
    stream.ws.recv_frame, original = lambda frame: (pongs.append(frame), original(frame)), stream.ws.recv_frame
    stream.frame(b"are you there", opcode=Opcode.PING)
    stream.until(lambda: any(f.opcode is Opcode.PONG and bytes(f.data) == b"are you there" for f in pongs), "a pong")


def test_half_closed_connection_is_over(engine, stream):
    stream.socket.shutdown(1)
    stream.until(lambda: stream.eof, "the end")
    engine.settled(terminals=1)


# -- handshakes


def test_handed_over_upgrade_request_is_answered(engine):
    stream = engine.upgrade(engine.create(CAT))
    stream.text(b"ready;")
    assert stream.response.status_code == 101
    assert stream.response.headers["Sec-WebSocket-Protocol"] == SUBPROTOCOL
    assert "Sec-WebSocket-Extensions" not in stream.response.headers
    stream.type(b"over a handshake")
    stream.text(b"over a handshake")


@pytest.mark.parametrize("compress", [True, False])
def test_compression_is_negotiated_only_where_it_is_wanted(engine, compress):
    client = ClientProtocol(ADDRESS, subprotocols=[SUBPROTOCOL], extensions=[ClientPerMessageDeflateFactory()])
    stream = engine.upgrade(engine.create(CAT), client, compress=compress)
    stream.text(b"ready;")
    assert bool(client.extensions) is compress
    for number in range(20):
        stream.type(b"round %d " % number * 200)
        stream.text(b"round %d " % number * 200)


def test_message_that_unpacks_to_too_much_is_too_large(engine):
    client = ClientProtocol(ADDRESS, subprotocols=[SUBPROTOCOL], extensions=[ClientPerMessageDeflateFactory()])
    stream = engine.upgrade(engine.create(CAT), client, compress=True)
    stream.text(b"ready;")
    stream.frame(bytes(64 * MIB), wait=False)
    assert stream.rest() == 4413


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-WebSocket-Protocol": "chat"}, 400),
        ({"Sec-WebSocket-Protocol": None}, 400),
        ({"Sec-WebSocket-Key": "short"}, 400),
        ({"Sec-WebSocket-Key": None}, 400),
        ({"Sec-WebSocket-Version": "7"}, 400),
        ({"Upgrade": None}, 426),
        ({"Connection": "close"}, 426),
    ],
    ids=lambda value: str(value),
)
def test_upgrade_request_that_cannot_be_answered_gets_its_status(engine, headers, status):
    stream = engine.upgrade(engine.create(CAT), headers=headers)
    stream.rest()
    assert stream.response.status_code == status
    assert stream.messages == []


def test_one_of_several_subprotocols_is_chosen(engine):
    stream = engine.upgrade(engine.create(CAT), headers={"Sec-WebSocket-Protocol": f"chat, {SUBPROTOCOL}"})
    stream.text(b"ready;")
    assert stream.ws.subprotocol == SUBPROTOCOL


def test_terminal_that_is_not_there_is_told_by_a_close_code_after_the_handshake(engine):
    stream = engine.upgrade("t-none")
    assert stream.rest() == 4404
    assert stream.response.status_code == 101


def test_terminal_that_is_not_there_closes_an_open_socket(engine):
    stream = engine.attach("t-none")
    assert stream.rest() == 4404
    assert "t-none" in stream.ws.close_rcvd.reason


def test_no_socket_of_a_browser_waits_to_gather_what_is_to_be_sent(engine):
    with socket.create_server(("127.0.0.1", 0)) as listening, socket.create_connection(listening.getsockname()) as far:
        accepted = listening.accept()[0]
        with accepted:
            assert not accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            about = {"resource": f"terminals/{engine.create(CAT)}", "parameters": {}, "principal": "tests"}
            engine.call("adopt", about, [accepted.fileno()])
            # The engine's descriptor is another one of the same socket.
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            assert accepted.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert far.recv(1)
