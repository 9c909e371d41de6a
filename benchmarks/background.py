"""What goes on beside a measurement, each in a process of its own: `python -m benchmarks.background KIND JSON`.

Says `going` when it does, goes on until its standard input closes, then says how much it did, as JSON.
"""

import contextlib
import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

from benchmarks.servers import Bare, Jupyters, JupyterServer, Ours, Place
from benchmarks.terminals import BarePty, JupyterTerminal, OrchflowTerminal

__all__ = ["NOTEBOOK", "flooded", "notebook_read", "printed", "write_notebook"]

NOTEBOOK = "large.ipynb"
NOTEBOOK_BYTES = 5_000_000
FLOOD = "flood.cast"
STEADY = 4096, 4000
"""Bytes, and the microseconds between."""
LINES = 40
WARM = 1024 * 1024
"""Bytes of a flood after which it is at its pace."""


def write_notebook(server: JupyterServer) -> None:
    """A notebook of 5 MB where the server can read it."""
    line = "    total = total + value * weight  # as in the paper\n"
    cell = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": [line] * LINES}
    size = len(json.dumps(cell, indent=1))
    cells = [cell | {"id": f"cell-{number}"} for number in range(NOTEBOOK_BYTES // size)]
    book = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (server.root / NOTEBOOK).write_text(json.dumps(book, indent=1))


@contextlib.contextmanager
def notebook_read(server: JupyterServer, done: dict[str, float]) -> Iterator[None]:
    """Make the server read the notebook, again and again, as one more client of it."""
    with _beside("notebook", {"port": server.port, "token": server.token}, done):
        yield


@contextlib.contextmanager
def flooded(place: Place, done: dict[str, float], *, recorded: bool = False) -> Iterator[None]:
    """A terminal of the same place whose program never stops writing, and a reader that reads all of it.

    Where it is `recorded`, which only our terminals can be, it is also written into a file.
    """
    with contextlib.ExitStack() as ended, place.create("flood") as made:
        if recorded and isinstance(place, Ours):
            place.server.request(
                "POST", f"/orchflow/api/terminals/{made}/recording", {"path": FLOOD, "overwrite": True}
            )
            ended.callback(os.truncate, place.server.root / FLOOD, 0)
        about: dict[str, object] = {"made": made}
        if isinstance(place, Ours | Jupyters):
            about |= {"port": place.server.port, "token": place.server.token}
        with _beside(f"flood-{type(place).__name__}", about, done):
            yield


@contextlib.contextmanager
def printed(place: Place, done: dict[str, float]) -> Iterator[None]:
    """A terminal of the same place whose program prints at a steady pace, 1 MB a second, and its reader."""
    with place.create("steady", *STEADY) as made:
        about: dict[str, object] = {"made": made}
        if isinstance(place, Ours | Jupyters):
            about |= {"port": place.server.port, "token": place.server.token}
        with _beside(f"flood-{type(place).__name__}", about, done):
            yield


@contextlib.contextmanager
def _beside(kind: str, about: dict[str, object], done: dict[str, float]) -> Iterator[None]:
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.background", kind, json.dumps(about)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout
    try:
        if process.stdout.readline().strip() != b"going":
            raise RuntimeError(f"{kind} did not start")
        yield
        done |= json.loads(process.communicate()[0])
    finally:
        process.kill()
        process.wait()


def _read_notebook(about: dict[str, str], going: Callable[[], bool]) -> dict[str, float]:
    connection = http.client.HTTPConnection("127.0.0.1", int(about["port"]), timeout=60)
    count = 0
    began = time.monotonic()
    while True:
        connection.request(
            "GET", f"/api/contents/{NOTEBOOK}?content=1", headers={"Authorization": f"token {about['token']}"}
        )
        answer = connection.getresponse()
        if answer.status != 200 or not answer.read():
            raise RuntimeError(f"the notebook: {answer.status}")
        count += 1
        if not going():
            return {"reads": count, "seconds": time.monotonic() - began}


def _read_flood(terminal: BarePty | JupyterTerminal | OrchflowTerminal, going: Callable[[], bool]) -> dict[str, float]:
    terminal.skip(WARM)
    count = 0
    began = time.monotonic()
    while going():
        count += terminal.received_size()
    seconds = time.monotonic() - began
    terminal.close()
    return {"flood": count / 2**20 / seconds}


def _main(kind: str, about: dict[str, str]) -> None:
    import select

    said = False

    def going() -> bool:
        nonlocal said
        if not said:
            said = True
            print("going", flush=True)
        return not select.select([0], [], [], 0)[0]

    if kind == "notebook":
        result = _read_notebook(about, going)
    elif kind == f"flood-{Bare.__name__}":
        result = _read_flood(BarePty(about["made"]), going)  # type: ignore[arg-type]
    else:
        server = JupyterServer.__new__(JupyterServer)
        server.port, server.token = int(about["port"]), about["token"]
        place = Ours(server) if kind == f"flood-{Ours.__name__}" else Jupyters(server)
        result = _read_flood(place.attach(about["made"]), going)
    print(json.dumps(result))


if __name__ == "__main__":
    _main(sys.argv[1], json.loads(sys.argv[2]))
