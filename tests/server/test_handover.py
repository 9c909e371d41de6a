"""Streams through a real server: the same in each of the ways to the engine."""

import hashlib
import json
import os
import socket

import pytest
from websockets.client import ClientProtocol
from websockets.exceptions import InvalidStatus
from websockets.frames import Frame, Opcode
from websockets.uri import parse_uri

from orchflow_jupyter.protocol.terminal import SUBPROTOCOL, Message, Op, encode
from tests.server.test_access import closed_with
from tests.support.jupyter import JupyterServer
from tests.support.stream import TerminalStream, open_socket
from tests.support.waiting import GENEROUS, eventually

REMOTE = {"X-Forwarded-For": "203.0.113.7"}


def program(*words):
    return ["sh", "-c", " ".join(words)]


def test_a_key_comes_back(server, terminal):
    with TerminalStream(server, terminal["id"]) as stream:
        number = stream.type(b"hello\n")
        stream.read_until(b"hello\r\nhello\r\n")
        while not any(message.op is Op.INPUT_ACK and message.sequence == number for message in stream.messages):
            stream.next()


def test_hello_says_who_the_terminal_is(server, terminal):
    with TerminalStream(server, terminal["id"], attachment="mine") as stream:
        assert stream.hello["id"] == terminal["id"]
        assert stream.hello["attachment"] == "mine"
        assert stream.hello["writable"] is True


def test_much_output_comes_whole_and_then_the_exit(server):
    model = server.create(command=program("seq 1 200000; exit 3"))
    with TerminalStream(server, model["id"]) as stream:
        assert stream.read_to_the_end() == 1000
        assert stream.exit == {"code": 3, "signal": None}
    # The ring holds the last 2 MiB for those who were not there from the start.
    expected = "".join(f"{n}\r\n" for n in range(1, 200_001)).encode()
    assert stream.output == expected[stream.start :]


def test_a_large_paste_arrives_whole(server):
    size = 1024 * 1024
    model = server.create(command=program(f"stty raw -echo; echo ready; head -c {size} | sha256sum"))
    data = bytes(range(256)) * (size // 256)
    with TerminalStream(server, model["id"]) as stream:
        stream.read_until(b"ready")
        for start in range(0, size, 65536):
            stream.type(data[start : start + 65536])
        stream.read_until(hashlib.sha256(data).hexdigest().encode())


def test_a_change_of_size_reaches_the_program(server):
    model = server.create(command=program("trap 'stty size' WINCH; echo ready; while :; do sleep 0.01; done"))
    with TerminalStream(server, model["id"]) as stream:
        stream.read_until(b"ready")
        stream.send(Op.RESIZE, 0, (111, 44))
        stream.read_until(b"44 111")
    server.request("DELETE", f"orchflow/api/terminals/{model['id']}")


def test_a_terminal_that_is_deleted_ends_its_streams(server):
    model = server.create(command=["cat"])
    with TerminalStream(server, model["id"]) as stream:
        assert server.request("DELETE", f"orchflow/api/terminals/{model['id']}").status == 204
        assert stream.read_to_the_end() in (1000, 4404)


def test_what_was_missed_follows_a_reconnect(server, terminal):
    with TerminalStream(server, terminal["id"]) as stream:
        stream.type(b"one\n")
        stream.read_until(b"one\r\none\r\n")
    with TerminalStream(server, terminal["id"]) as other:
        other.type(b"two\n")
        other.read_until(b"two\r\ntwo\r\n")
    with TerminalStream(server, terminal["id"], since=stream.end) as again:
        assert again.start == stream.end
        assert again.read_until(b"two\r\ntwo\r\n").startswith(b"two")


def test_who_only_reads_cannot_type(server, terminal):
    with TerminalStream(server, terminal["id"], mode="ro") as reader, TerminalStream(server, terminal["id"]) as writer:
        assert reader.hello["writable"] is False
        assert writer.hello["writable"] is True
        reader.type(b"not me\n")
        writer.type(b"me\n")
        assert b"not me" not in writer.read_until(b"me\r\nme\r\n")


def test_an_unknown_terminal_closes_with_4404(server):
    assert closed_with(open_socket(server, "no-such-terminal")) == 4404


@pytest.mark.parametrize(
    "query",
    [
        {"since": "-1"},
        {"since": "x"},
        {"since": ""},
        {"since": "1.5"},
        {"since": " 1"},
        {"since": "٣"},
        {"since": str(2**64)},
        {"attachment": ""},
        {"attachment": "a" * 129},
        {"attachment": "a\nb"},
        {"attachment": "ä"},
        {"mode": "rx"},
        {"mode": ""},
    ],
    ids=repr,
)
def test_a_parameter_that_makes_no_sense_closes_with_4400(server, terminal, query):
    assert closed_with(open_socket(server, terminal["id"], **query)) == 4400


def test_a_query_that_is_no_text_closes_with_4400(server, terminal):
    assert closed_with(open_socket(server, terminal["id"], attachment=b"\xff")) == 4400


@pytest.mark.parametrize("offered", [("other.v1",), ()], ids=["other", "none"])
def test_another_subprotocol_is_refused(server, terminal, offered):
    with pytest.raises(InvalidStatus) as refused, open_socket(server, terminal["id"], subprotocols=offered):
        pass
    assert refused.value.response.status_code == 400


def test_ours_is_chosen_among_several_subprotocols(server, terminal):
    with open_socket(server, terminal["id"], subprotocols=("other.v1", SUBPROTOCOL)) as opened:
        assert opened.subprotocol == SUBPROTOCOL


@pytest.mark.parametrize(
    ("headers", "deflated"),
    [({}, False), ({"X-Forwarded-For": "127.0.0.1"}, False), (REMOTE, True), ({"X-Real-IP": "2001:db8::1"}, True)],
    ids=["local", "local proxy", "remote", "remote v6"],
)
def test_only_what_crosses_a_network_is_compressed(server, headers, deflated):
    model = server.create(command=program("seq 1 5000"))
    with TerminalStream(server, model["id"], compression="deflate", headers=headers) as stream:
        extensions = stream.socket.response.headers.get("Sec-WebSocket-Extensions", "")
        assert ("permessage-deflate" in extensions) == deflated
        assert stream.read_to_the_end() == 1000
        assert stream.output.endswith(b"\r\n4999\r\n5000\r\n")


def test_compression_can_be_switched_off(guarded):
    with open_socket(guarded, "none", mode="ro", compression="deflate", headers=REMOTE) as opened:
        assert "Sec-WebSocket-Extensions" not in opened.response.headers


def test_the_token_stays_in_the_server(server, terminal):
    with open_socket(server, terminal["id"], known_by="", token=server.token):
        pass
    log = server.runtime_dir / "orchflow"
    assert all(server.token not in file.read_text() for file in log.rglob("engine.log"))


def raw_upgrade(server, terminal_id):
    """The bytes of a handshake, and the protocol that goes on from there."""
    protocol = ClientProtocol(parse_uri(server.stream_url(terminal_id)), subprotocols=[SUBPROTOCOL])
    request = protocol.connect()
    request.headers["Authorization"] = f"token {server.token}"
    protocol.send_request(request)
    return protocol, b"".join(protocol.data_to_send())


def test_what_is_sent_before_the_handshake_is_answered_is_not_lost(server, terminal):
    protocol, upgrade = raw_upgrade(server, terminal["id"])
    early = Frame(Opcode.BINARY, encode(Message(Op.INPUT, 1, 1, b"early\n"))).serialize(mask=True)
    with socket.create_connection(("127.0.0.1", server.port), timeout=GENEROUS) as client:
        client.sendall(upgrade + early)
        seen = b""
        while seen.count(b"early") < 2:
            protocol.receive_data(client.recv(65536))
            for event in protocol.events_received():
                seen += bytes(event.data) if isinstance(event, Frame) else b""


def test_a_connection_that_is_cut_leaves_the_terminal(server, terminal):
    _, upgrade = raw_upgrade(server, terminal["id"])
    half = Frame(Opcode.BINARY, encode(Message(Op.INPUT, 1, 1, b"x" * 1000))).serialize(mask=True)[:500]
    with socket.create_connection(("127.0.0.1", server.port), timeout=GENEROUS) as client:
        client.sendall(upgrade)
        assert client.recv(65536).startswith(b"HTTP/1.1 101")
        client.sendall(half)
    here = f"orchflow/api/terminals/{terminal['id']}"
    eventually(lambda: server.request("GET", here).json["clients"] == 0, "the client to be gone")
    with TerminalStream(server, terminal["id"]) as stream:
        stream.type(b"still here\n")
        assert b"xxx" not in stream.read_until(b"still here\r\nstill here")


def test_a_client_that_ends_its_half_is_let_go(server, terminal):
    _, upgrade = raw_upgrade(server, terminal["id"])
    with socket.create_connection(("127.0.0.1", server.port), timeout=GENEROUS) as client:
        client.sendall(upgrade)
        client.shutdown(socket.SHUT_WR)
        while client.recv(65536):
            pass
    here = f"orchflow/api/terminals/{terminal['id']}"
    eventually(lambda: server.request("GET", here).json["clients"] == 0, "the client to be gone")


def test_many_streams_leave_no_descriptor_behind(server, terminal):
    def descriptors():
        return sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in {server.process.pid, server.engine_pid})

    def cycle():
        for _ in range(10):
            with TerminalStream(server, terminal["id"]):
                pass
            assert closed_with(open_socket(server, "none")) == 4404
            assert closed_with(open_socket(server, "none", known_by="")) == 4401

    cycle()
    here = f"orchflow/api/terminals/{terminal['id']}"
    eventually(lambda: server.request("GET", here).json["clients"] == 0, "the clients to be gone")
    before = eventually(descriptors, "a count")
    cycle()
    eventually(lambda: descriptors() <= before, f"{before} descriptors or fewer")


def test_the_engine_that_is_gone_is_said_to_be_gone(tmp_path):
    instance = JupyterServer(tmp_path)
    (instance.runtime_dir / "orchflow").write_text("in the way")
    with instance as server:
        answer = server.request("GET", "orchflow/api/status")
        assert answer.status == 503
        assert answer.json["reason"] == "engine_unavailable"
        assert "orchflow" in answer.json["message"]
        with pytest.raises(InvalidStatus) as refused, open_socket(server, "any"):
            pass
        assert refused.value.response.status_code == 503
        assert json.loads(refused.value.response.body)["reason"] == "engine_unavailable"
