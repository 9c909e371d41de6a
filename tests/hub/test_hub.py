"""Terminals behind a real JupyterHub: through its proxy, with its users, its cookies and its XSRF tokens."""

import json

import pytest
from websockets.exceptions import ConnectionClosed

from orchflow_jupyter.protocol.terminal import Message, Op, decode, encode
from tests.support.hub import Hub
from tests.support.waiting import GENEROUS


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    with Hub(tmp_path_factory.mktemp("hub")) as hub:
        yield hub


@pytest.fixture(scope="module")
def ada(hub):
    """A user who is logged in, and whose server runs."""
    return hub.user("ada")


@pytest.fixture
def terminal(ada):
    """A terminal of ada's, in which `cat` echoes."""
    status, headers, body = ada.request("POST", "orchflow/api/terminals", {"command": ["cat"]})
    assert status == 201, body
    model = json.loads(body)
    assert headers["Location"] == f"/user/ada/orchflow/api/terminals/{model['id']}"
    yield model["id"]
    assert ada.request("DELETE", f"orchflow/api/terminals/{model['id']}")[0] == 204


def received(socket, op):
    """The next message of `op`."""
    while (message := decode(socket.recv(timeout=GENEROUS))).op is not op:
        pass
    return message


def test_rest_asks_for_the_token_that_the_hub_gave(ada, terminal):
    status, _, body = ada.request("GET", "orchflow/api/terminals")
    assert (status, [model["id"] for model in json.loads(body)]) == (200, [terminal])
    assert ada.request("POST", "orchflow/api/terminals", {}, headers={"X-XSRFToken": "made up"})[0] == 403


def test_what_is_typed_comes_back_through_the_proxy(ada, terminal):
    with ada.open_socket(terminal) as socket:
        hello = decode(socket.recv(timeout=GENEROUS))
        assert (hello.op, hello.value["writable"]) == (Op.HELLO, True)
        socket.send(encode(Message(Op.INPUT, 1, 5, "é\n".encode())))
        echo = b""
        while echo.count(b"\n") < 2:
            echo += received(socket, Op.OUTPUT).value
        assert echo == "é\r\né\r\n".encode()


def test_an_onlooker_may_look_and_not_type(ada, terminal):
    with ada.open_socket(terminal, mode="ro") as watching, ada.open_socket(terminal) as typing:
        assert decode(watching.recv(timeout=GENEROUS)).value["writable"] is False
        watching.send(encode(Message(Op.INPUT, 1, 5, b"no\n")))
        assert received(watching, Op.ERROR).value["code"] == "not_allowed"
        typing.send(encode(Message(Op.INPUT, 1, 5, b"yes\n")))
        assert received(watching, Op.OUTPUT).value.startswith(b"yes")


def test_another_user_is_refused(hub, ada, terminal):
    eve = hub.user("eve")
    assert eve.request("GET", "orchflow/api/terminals", of="eve")[0] == 200
    for method in ("GET", "POST"):
        assert eve.request(method, "orchflow/api/terminals", of="ada")[0] in (401, 403, 405)
    with pytest.raises(ConnectionClosed) as refused, eve.open_socket(terminal, of="ada") as socket:
        socket.recv(timeout=GENEROUS)
    assert refused.value.rcvd.code in (4401, 4403)
    assert json.loads(ada.request("GET", f"orchflow/api/terminals/{terminal}")[2])["clients"] == 0


def test_each_user_has_an_engine_of_their_own(hub, ada, terminal):
    eve = hub.user("eve")
    ours, theirs = (json.loads(who.request("GET", "orchflow/api/status")[2]) for who in (ada, eve))
    assert ours["pid"] != theirs["pid"]
    assert json.loads(eve.request("GET", "orchflow/api/terminals")[2]) == []
