"""A client's end of a watched directory, byte by byte, against a real engine."""

import json
import socket

import pytest
from websockets.frames import Frame, Opcode
from websockets.protocol import OPEN, Protocol, Side

from orchflow_jupyter.errors import InvalidRequestError
from tests.support.engine import EngineProcess
from tests.support.waiting import GENEROUS, eventually


class Client:
    """A stream of file events on a socket pair."""

    def __init__(self, engine, **parameters):
        self.socket, theirs = socket.socketpair()
        self.socket.settimeout(GENEROUS)
        self.ws = Protocol(Side.CLIENT, state=OPEN, max_size=None)
        self.parts = b""
        with theirs:
            params = {"resource": "files", "parameters": parameters, "principal": "tests"}
            engine.call("adopt", params, [theirs.fileno()])
        self.ready = []

    def next(self):
        """The next message; None at the end."""
        while not self.ready and self.ws.close_rcvd is None:
            data = self.socket.recv(1 << 16)
            self.ws.receive_data(data) if data else self.ws.receive_eof()
            for frame in self.ws.events_received():
                if frame.opcode in (Opcode.TEXT, Opcode.CONT, Opcode.BINARY):
                    assert frame.opcode is not Opcode.BINARY
                    self.parts += frame.data
                    if frame.fin:
                        self.ready.append(json.loads(self.parts))
                        self.parts = b""
        return self.ready.pop(0) if self.ready else None

    def say(self, text, opcode=Opcode.TEXT):
        self.ws.send_frame(Frame(opcode, text.encode()))
        self.socket.sendall(b"".join(self.ws.data_to_send()))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()


def test_a_stream_begins_with_a_hello_and_goes_on_with_batches(engine):
    with Client(engine, path="") as client:
        hello = client.next()
        assert (hello["type"], hello["path"], hello["mode"]) == ("hello", "", "native")
        (engine.root / "one").mkdir()
        batch = client.next()
        assert (batch["type"], batch["events"]) == ("batch", [{"kind": "created", "path": "one", "is_dir": True}])
        assert batch["clock"] > hello["clock"]
        assert engine.status()["files"]["listeners"] == 1
    eventually(lambda: engine.status()["files"]["listeners"] == 0, "the end of the listener")


@pytest.mark.parametrize("opcode", [Opcode.TEXT, Opcode.BINARY])
def test_a_ping_is_answered_whichever_kind_of_frame_it_comes_in(engine, opcode):
    with Client(engine) as client:
        client.next()
        client.say('{"type": "ping"}', opcode)
        assert client.next() == {"type": "pong"}


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"path": "nowhere"}, 4404),
        ({"path": "/"}, 4403),
        ({"path": 1}, 4400),
        ({"path": "", "ignore": "*.log"}, 4400),
        ({"path": "", "recursive": 1}, 4400),
        ({"path": "", "depth": 1}, 4400),
        ({"since": 7}, 4400),
        ({"path": "a\0b"}, 4400),
    ],
    ids=repr,
)
def test_what_makes_no_sense_closes_with_its_code(engine, parameters, code):
    with Client(engine, **parameters) as client:
        assert client.next() is None
        assert client.ws.close_rcvd.code == code


def test_there_are_no_files_by_id(engine):
    refusal = engine.control.refusal("adopt", {"resource": "files/x"}, [])
    assert isinstance(refusal, InvalidRequestError)


def test_a_client_that_does_not_read_costs_the_engine_no_memory_and_gets_a_resync(tmp_path):
    with EngineProcess(tmp_path, files={"ring_bytes": 20_000, "window": 0.001}, send_high=1000) as engine:
        (engine.root / ("d" * 200)).mkdir()
        with Client(engine, path="") as slow, Client(engine, path="") as quick:
            slow.next()
            quick.next()
            for number in range(1500):
                (engine.root / ("d" * 200) / str(number)).mkdir()
                while not any(event["path"].endswith(f"/{number}") for event in quick.next()["events"]):
                    pass
            assert engine.status()["files"]["held"] < 25_000
            while (message := slow.next())["type"] != "resync":
                pass
            assert message["reason"] == "slow_client"


def test_a_file_system_watched_by_nobody_costs_nothing(tmp_path):
    with EngineProcess(tmp_path) as engine:
        with open(f"/proc/{engine.pid}/maps") as maps:
            loaded = maps.read()
        assert "_ctypes" not in loaded, "watchdog's binding is loaded before anybody watches"
        assert engine.status()["files"]["watches"] == 0


def test_an_engine_that_ends_says_so_to_who_watches(tmp_path):
    with EngineProcess(tmp_path) as engine, Client(engine) as client:
        client.next()
        engine.process.terminate()
        assert client.next() is None
        assert client.ws.close_rcvd.code == 1012
