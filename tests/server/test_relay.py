"""The relay: TLS through a real server, and back-pressure in both directions."""

import asyncio
import hashlib
import socket
import subprocess

import pytest
from tornado.iostream import IOStream

from orchflow_jupyter.errors import EngineUnavailableError
from orchflow_jupyter.server.relay import CHUNK, Relay
from tests.server.test_access import closed_with
from tests.support.jupyter import JupyterServer
from tests.support.stream import TerminalStream, open_socket
from tests.support.waiting import GENEROUS


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory):
    """A server that ends TLS itself."""
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        f"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost "
        f"-addext subjectAltName=IP:127.0.0.1 -keyout {key} -out {certificate}".split(),
        check=True,
        capture_output=True,
    )
    with JupyterServer(folder / "server", ssl=(certificate, key)) as running:
        yield running


def test_a_key_comes_back_through_tls(encrypted):
    model = encrypted.create(command=["cat"])
    with TerminalStream(encrypted, model["id"]) as stream:
        stream.type(b"hello\n")
        stream.read_until(b"hello\r\nhello\r\n")
        assert encrypted.request("DELETE", f"orchflow/api/terminals/{model['id']}").status == 204
        assert stream.read_to_the_end() in (1000, 4404)


def test_much_goes_whole_through_tls_in_both_directions(encrypted):
    size = 1024 * 1024
    data = bytes(range(256)) * (size // 256)
    model = encrypted.create(
        command=["sh", "-c", f"stty raw -echo; echo ready; head -c {size} | sha256sum; seq 100000"]
    )
    with TerminalStream(encrypted, model["id"]) as stream:
        stream.read_until(b"ready")
        for start in range(0, size, 65536):
            stream.type(data[start : start + 65536])
        assert stream.read_to_the_end() == 1000
        assert stream.exit == {"code": 0, "signal": None}
    assert hashlib.sha256(data).hexdigest().encode() in stream.output
    assert stream.output.endswith("\n".join(map(str, range(90_000, 100_001))).encode() + b"\n")


def test_refusals_come_through_tls(encrypted):
    assert closed_with(open_socket(encrypted, "none")) == 4404
    assert closed_with(open_socket(encrypted, "none", known_by="wrong")) == 4401
    assert closed_with(open_socket(encrypted, "none", mode="no")) == 4400


# -- alone


def relayed(test):
    """Run the coroutine function `test` with a client's socket and the engine's, and a relay between them."""

    async def run():
        client, server_side = socket.socketpair()
        client.setblocking(False)
        adopted = asyncio.get_running_loop().create_future()
        open_ones = set()

        async def adopt(fd):
            engine = socket.socket(fileno=socket.dup(fd))
            adopted.set_result(engine)

        relay = Relay(IOStream(server_side), open_ones)
        running = asyncio.create_task(relay.run(adopt))
        async with asyncio.timeout(GENEROUS):
            engine = await adopted
            try:
                await test(client, engine)
            finally:
                client.close()
                engine.close()
                await running
        assert open_ones == set()

    asyncio.run(run())


async def fill(end):
    """Write until nothing more goes in, however long the relay is given; how much went in."""
    loop, sent = asyncio.get_running_loop(), 0
    while True:
        try:
            async with asyncio.timeout(0.2):
                await loop.sock_sendall(end, b"x" * CHUNK)
        except TimeoutError:
            return sent
        sent += CHUNK


@pytest.mark.parametrize("direction", ["to the client", "to the engine"])
def test_who_does_not_read_is_waited_for(direction):
    async def test(client, engine):
        assert await fill(engine if direction == "to the client" else client) < 16 * 1024 * 1024

    relayed(test)


def test_each_half_ends_by_itself():
    async def test(client, engine):
        loop = asyncio.get_running_loop()
        engine.sendall(b"last word")
        engine.shutdown(socket.SHUT_WR)
        assert await loop.sock_recv(client, 100) == b"last word"
        assert await loop.sock_recv(client, 100) == b""
        await loop.sock_sendall(client, b"understood")
        assert await loop.sock_recv(engine, 100) == b"understood"
        client.close()
        assert await loop.sock_recv(engine, 100) == b""

    relayed(test)


def test_a_client_that_is_gone_ends_the_engines_side():
    async def test(client, engine):
        client.close()
        assert await asyncio.get_running_loop().sock_recv(engine, 100) == b""

    relayed(test)


def test_closing_from_outside_ends_both_sides():
    async def run():
        client, server_side = socket.socketpair()
        adopted = asyncio.get_running_loop().create_future()

        async def adopt(fd):
            adopted.set_result(socket.socket(fileno=socket.dup(fd)))

        open_ones = set()
        running = asyncio.create_task(Relay(IOStream(server_side), open_ones).run(adopt))
        engine = await adopted
        for relay in list(open_ones):
            relay.close()
        async with asyncio.timeout(GENEROUS):
            await running
        with client, engine:
            assert client.recv(1) == engine.recv(1) == b""

    asyncio.run(run())


def test_where_nobody_adopts_the_client_is_told_why():
    async def run():
        client, server_side = socket.socketpair()

        async def adopt(fd):
            raise EngineUnavailableError("nobody there")

        await Relay(IOStream(server_side), set()).run(adopt)
        with client:
            answer = client.recv(65536)
            assert answer.startswith(b"HTTP/1.1 503 ")
            assert b"nobody there" in answer
            assert client.recv(1) == b""

    asyncio.run(run())
