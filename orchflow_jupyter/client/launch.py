"""Finds the engine of a root directory, or starts it: in a session of its own, so that it outlives who started it.

Two who start one at the same time get the same one: the engine's lock lets one of them live, the other ends at once
with exit code 0, and both launchers find the one that lives.
"""

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from typing import Any

from orchflow_jupyter._version import __version__
from orchflow_jupyter.client.control import AsyncControl, Control
from orchflow_jupyter.errors import EngineUnavailableError
from orchflow_jupyter.protocol.control import PROTOCOL
from orchflow_jupyter.rendezvous import Description, path_of, read_description
from orchflow_jupyter.settings import EngineSettings, to_dict

__all__ = [
    "ensure_engine",
    "ensure_engine_async",
    "find_engine",
    "find_engine_async",
    "open_engine",
    "open_engine_async",
]

PATIENCE = 10.0
"""Seconds that an engine has to answer after it was started, or after it was found."""

FIRST_PAUSE, LONGEST_PAUSE = 0.01, 0.25
"""Seconds between two looks for the engine that was started; they grow by half."""

TAIL_BYTES = 2000
"""Bytes of an engine's log that are told where it would not start."""

DEBUGGING = (
    "PYTHONASYNCIODEBUG",
    "PYTHONDEVMODE",
    "PYTHONINSPECT",
    "PYTHONMALLOC",
    "PYTHONTRACEMALLOC",
    "PYTHONWARNINGS",
)
"""Variables that are meant for the program that has them; they would slow the engine down, or change what it does."""

KERNEL = {
    "CLICOLOR": "1",
    "CLICOLOR_FORCE": "1",
    "FORCE_COLOR": "1",
    "GIT_PAGER": "cat",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "PAGER": "cat",
    "TERM": "xterm-color",
}
"""What ipykernel sets for code in its cells (`zmqshell.init_environment`, `kernelapp.init_gui_pylab`): in a terminal of
an engine that a kernel started, it would take the pager and the plots away."""


def ensure_engine(directory: str, root: str, settings: EngineSettings, python: str = sys.executable) -> Description:
    """Who the engine in `directory` is, after starting it where there was none. Blocks, for 10 s at the most.

    Raises `EngineUnavailableError` that says why where it would not start, or where the one that is there is of another
    version of the protocol.
    """
    control, description = open_engine(directory, root, settings, python, role="tool")
    control.close()
    return description


async def ensure_engine_async(
    directory: str, root: str, settings: EngineSettings, python: str = sys.executable
) -> Description:
    """As `ensure_engine`, without blocking the event loop."""
    control, description = await open_engine_async(directory, root, settings, python, role="tool")
    await control.close()
    return description


def open_engine(
    directory: str, root: str, settings: EngineSettings, python: str = sys.executable, *, role: str
) -> tuple[Control, Description]:
    """A connection, as `role`, to the engine that `ensure_engine` finds or starts: it cannot end in between."""
    launch = _Launch(directory, root, settings, python)
    while True:
        try:
            return find_engine(directory, role=role)
        except _WrongProtocolError:
            raise
        except EngineUnavailableError as error:
            launch.advance(error)
            time.sleep(launch.pause)


async def open_engine_async(
    directory: str, root: str, settings: EngineSettings, python: str = sys.executable, *, role: str
) -> tuple[AsyncControl, Description]:
    """As `open_engine`, without blocking the event loop."""
    launch = _Launch(directory, root, settings, python)
    while True:
        try:
            return await find_engine_async(directory, role=role)
        except _WrongProtocolError:
            raise
        except EngineUnavailableError as error:
            await asyncio.to_thread(launch.advance, error)
            await asyncio.sleep(launch.pause)


async def find_engine_async(directory: str, *, role: str) -> tuple[AsyncControl, Description]:
    """A connection, as `role`, to the engine that is there; `EngineUnavailableError` where none is."""
    control = await AsyncControl.connect(directory)
    try:
        async with asyncio.timeout(PATIENCE):
            return control, _description(directory, await control.call("hello", {"role": role}))
    except TimeoutError:
        await control.close()
        raise EngineUnavailableError(f"the engine did not answer within {PATIENCE:g} s") from None
    except BaseException:
        await control.close()
        raise


def find_engine(directory: str, *, role: str) -> tuple[Control, Description]:
    """As `find_engine_async`, blocking."""
    control = Control.connect(directory)
    try:
        return control, _description(directory, control.call("hello", {"role": role}, timeout=PATIENCE))
    except BaseException:
        control.close()
        raise


class _WrongProtocolError(EngineUnavailableError):
    """An engine is there, and waiting for another one is in vain."""


class _Launch:
    """The state of one attempt: which process was started, and how long there is patience with it."""

    def __init__(self, directory: str, root: str, settings: EngineSettings, python: str) -> None:
        self._directory = directory
        self._root = root
        self._command = [python, "-P", "-m", "orchflow_jupyter.engine", "--directory", directory, "--root", root]
        self._command += ["--settings", json.dumps(to_dict(settings), separators=(",", ":"))]
        self._process: subprocess.Popen[bytes] | None = None
        self._deadline = time.monotonic() + PATIENCE
        self._log_start = 0
        self.pause = FIRST_PAUSE

    def advance(self, error: EngineUnavailableError) -> None:
        """Do what the absence of an answer asks for: start an engine, or give it time; raises when there is no hope."""
        exit_code = None if self._process is None else self._process.poll()
        if exit_code:
            raise EngineUnavailableError(f"the engine ended at once with exit code {exit_code}{self._tail()}")
        if time.monotonic() > self._deadline:
            raise EngineUnavailableError(f"{error.message}; {self._holder()}{self._tail()}")
        if self._process is None:
            self._start()
        elif exit_code == 0:
            # Another one has the lock: it is about to answer, or about to end, and then it takes a new one.
            self.pause = LONGEST_PAUSE
            self._start()
        else:
            self.pause = min(self.pause * 1.5, LONGEST_PAUSE)

    def _start(self) -> None:
        log = path_of(self._directory, "log")
        try:
            os.makedirs(self._directory, mode=0o700, exist_ok=True)
            with open(os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600), "ab") as stderr:
                self._log_start = os.fstat(stderr.fileno()).st_size
                # -P: the root is the working directory, and a file of the user's may be named as a module is.
                self._process = subprocess.Popen(
                    self._command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=stderr,
                    cwd=self._root,
                    env=_environment(),
                    start_new_session=True,
                )
        except OSError as error:
            raise EngineUnavailableError(f"the engine cannot be started: {error}") from error
        threading.Thread(target=self._process.wait, name="orchflow-engine-reaper", daemon=True).start()

    def _holder(self) -> str:
        description = read_description(self._directory)
        if description is None:
            return f"none could be started within {PATIENCE:g} s"
        pid = description.pid
        return f"the one with pid {pid} (version {description.version}) does not answer: end it with `kill {pid}`"

    def _tail(self) -> str:
        try:
            with open(path_of(self._directory, "log"), "rb") as log:
                size = log.seek(0, os.SEEK_END)
                start = self._log_start if size >= self._log_start else 0  # the engine has begun a new one
                log.seek(max(start, size - TAIL_BYTES))
                text = log.read().decode(errors="replace").strip()
        except OSError:
            return ""
        return f"; its log ends with:\n{text}" if text else f"; its log is {path_of(self._directory, 'log')}"


def _environment() -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if name not in DEBUGGING}
    if "JPY_PARENT_PID" in environment:
        for name, value in KERNEL.items():
            if environment.get(name) == value:
                del environment[name]
        for name in ("JPY_PARENT_PID", "JPY_SESSION_NAME"):
            environment.pop(name, None)
    return environment


def _description(directory: str, hello: dict[str, Any]) -> Description:
    # Of another protocol nothing else is certain.
    if hello.get("protocol") != PROTOCOL:
        pid = hello.get("pid")
        raise _WrongProtocolError(
            f"the engine in {directory} has pid {pid}, version {hello.get('version')} and protocol "
            f"{hello.get('protocol')}; version {__version__} speaks protocol {PROTOCOL}. "
            f"End it, and its terminals with it, with `kill {pid}`, then try again"
        )
    return Description(**{name: hello[name] for name in Description.__slots__})
