"""The engine as a process: `python -m orchflow_jupyter.engine --directory DIR --root ROOT [--settings JSON]`."""

import argparse
import asyncio
import contextlib
import gc
import json
import logging
import os
import signal
import sys

from orchflow_jupyter import settings
from orchflow_jupyter.engine.engine import Engine
from orchflow_jupyter.engine.log import BoundedLog
from orchflow_jupyter.errors import EngineUnavailableError
from orchflow_jupyter.rendezvous import path_of
from orchflow_jupyter.terminals.descriptors import raise_limit

log = logging.getLogger("orchflow_jupyter.engine")

TURN = 0.0005
"""Seconds that a thread, which writes a file or compares two, may hold up the loop, in which keys and edits go."""


def main() -> None:
    """Run until a signal, or until there is nothing left to do."""
    parser = argparse.ArgumentParser(prog="python -m orchflow_jupyter.engine", description=__doc__)
    parser.add_argument("--directory", required=True, help="where its socket, description, lock and log are")
    parser.add_argument("--root", required=True, help="the directory that its terminals start in")
    parser.add_argument("--settings", default="{}", help="a JSON object of settings that differ from their defaults")
    given = parser.parse_args()
    # Whoever started us may ignore the ends of children, or hold signals back; both are inherited (signal(7)).
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    handler = BoundedLog(path_of(given.directory, "log"))
    logging.basicConfig(handlers=[handler], level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    chosen = settings.from_dict(json.loads(given.settings))
    os.chdir(given.root)
    raise_limit()
    sys.setswitchinterval(TURN)
    with _runner() as runner:
        runner.run(run(given.directory, given.root, chosen))


async def run(directory: str, root: str, chosen: settings.EngineSettings) -> None:
    """One life of an engine."""
    over = asyncio.Event()
    engine = Engine(directory, root, chosen, over.set)
    try:
        await engine.start()
    except EngineUnavailableError as error:
        log.info("%s", error)
        return
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, over.set)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    gc.collect()
    gc.freeze()  # what is imported stays; collections look at what terminals made, and are short
    log.info("engine %s serves %s, pid %d", engine.description.version, engine.root, os.getpid())
    await over.wait()
    log.info("the engine ends")
    await engine.stop()


def _runner() -> asyncio.Runner:
    factory = None
    with contextlib.suppress(ImportError):
        import uvloop

        factory = uvloop.new_event_loop
    return asyncio.Runner(loop_factory=factory)


if __name__ == "__main__":
    main()
