"""A client of file events in a process of its own, so that it takes no time of who measures.

`python -m benchmarks.watching DIRECTORY ROOT PATH` says `going` once it watches. When its standard input closes it says
what came and when: only then are messages made of the bytes.
"""

import contextlib
import pickle
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.servers import Ours
from orchflow_jupyter.client import Engine
from orchflow_jupyter.client.files import open_watch
from orchflow_jupyter.client.files_state import WatchState, watching, within
from orchflow_jupyter.protocol.files import Batch

__all__ = ["Came", "watched"]

Came = list[tuple[float, Batch]]
"""Batches, each with the time at which it was there, in seconds since the epoch."""
RECEIVE = 1 << 20


@contextlib.contextmanager
def watched(place: Ours, folder: Path) -> Iterator[Came]:
    """Watch `folder` meanwhile; the list is full once this is over."""
    came: Came = []
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.watching", place.server.directory, str(place.server.root), str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout
    try:
        if process.stdout.readline().strip() != b"going":
            raise RuntimeError("the client did not start")
        yield came
        came += pickle.loads(process.communicate()[0])
    finally:
        process.kill()
        process.wait()


def _main(directory: str, root: str, path: str) -> None:
    state = WatchState(path)
    chunks: list[tuple[float, bytes]] = []
    with Engine.open(directory, root) as engine:
        sock = open_watch(engine, watching(within(path, root), True, (), None))
        while state.hello is None:
            state.receive(sock.recv(RECEIVE))
        print("going", flush=True)
        while not select.select([0], [], [], 0)[0]:
            if select.select([sock, 0], [], [])[0][0] is sock:
                data = sock.recv(RECEIVE)
                chunks.append((time.time(), data))
        sock.close()
    came: Came = []
    for at, data in chunks:
        state.receive(data)
        while batch := state.take():
            came.append((at, batch))
    sys.stdout.buffer.write(pickle.dumps(came))


if __name__ == "__main__":
    _main(*sys.argv[1:])
