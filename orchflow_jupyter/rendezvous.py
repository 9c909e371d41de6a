"""Where an engine is found: its directory, its socket, and the description that it leaves there.

One engine serves one user and one root directory. Its directory has mode 0700 and holds

    engine.sock    the control socket
    engine.json    who is there: pid, version, protocol, boot, root
    engine.lock    locked by the one engine while it lives
    engine.log     what it had to say
"""

import contextlib
import json
import os
import socket
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from orchflow_jupyter.errors import EngineUnavailableError

__all__ = [
    "ENVIRONMENT",
    "ROOT_ENVIRONMENT",
    "Description",
    "bind",
    "connect",
    "engine_directory",
    "journal_directory",
    "name_of",
    "path_of",
    "read_description",
]

ENVIRONMENT = "ORCHFLOW_ENGINE"
"""The environment variable in which a Jupyter server tells its kernels the engine's directory."""

ROOT_ENVIRONMENT = "ORCHFLOW_ROOT"
"""The environment variable in which it tells them the engine's root, should they have to start it anew."""

PATIENCE = 10.0
"""Seconds after which an engine that is stopped, and whose queue of connections is full, is given up."""

SUN_PATH = 100
"""Bytes of a socket's path that every Unix takes (`sun_path` is 104 on macOS and 108 on Linux, unix(7))."""


@dataclass(frozen=True, slots=True)
class Description:
    """Who the engine in a directory is."""

    pid: int
    version: str
    protocol: int
    boot: str
    """New at every start: tells one life of the engine from the next."""
    root: str
    started: str
    """ISO 8601, UTC."""

    def write(self, directory: str) -> None:
        """Leave the description, whole or not at all."""
        path = path_of(directory, "json")
        with open(f"{path}.new", "w", encoding="utf-8") as file:
            json.dump(asdict(self), file)
        os.replace(f"{path}.new", path)


def engine_directory(runtime_dir: str, root: str) -> str:
    """The directory of the engine for `root` below Jupyter's runtime directory."""
    return os.path.join(runtime_dir, "orchflow", name_of(os.path.realpath(root)))


def name_of(root: str) -> str:
    """What the directories that belong to `root`, which has no links in it, are called."""
    import hashlib  # brings OpenSSL, which an idle engine does without

    return hashlib.sha256(os.fsencode(root)).hexdigest()[:16]


def journal_directory() -> str:
    """The directory of all roots' journals of documents, below Jupyter's data directory."""
    from jupyter_core.paths import jupyter_data_dir

    return os.path.join(jupyter_data_dir(), "orchflow", "documents")


def path_of(directory: str, kind: str) -> str:
    """The path of one of an engine's files: `sock`, `json`, `lock` or `log`."""
    return os.path.join(directory, f"engine.{kind}")


def read_description(directory: str) -> Description | None:
    """The description in `directory`; `None` where none is, or none that can be read."""
    try:
        with open(path_of(directory, "json"), encoding="utf-8") as file:
            values: dict[str, Any] = json.load(file)
        return Description(**values)
    except (OSError, ValueError, TypeError):
        return None


@contextlib.contextmanager
def _address(directory: str) -> Iterator[str]:
    """The socket's path, by way of a descriptor where it is too long for `sun_path`."""
    path = path_of(directory, "sock")
    if len(os.fsencode(path)) <= SUN_PATH:
        yield path
    elif sys.platform == "linux":
        fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            yield f"/proc/self/fd/{fd}/engine.sock"
        finally:
            os.close(fd)
    else:
        raise EngineUnavailableError(
            f"the path {path} is too long for a socket; set JUPYTER_RUNTIME_DIR to a shorter one"
        )


def bind(listener: socket.socket, directory: str) -> None:
    """Bind the engine's socket; the caller holds the lock, so what was left there before goes."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path_of(directory, "sock"))
    with _address(directory) as address:
        listener.bind(address)


def connect(directory: str, timeout: float | None = None) -> socket.socket:
    """A connection to the engine in `directory`, blocking, with a `timeout` in seconds for that if one is given.

    Raises `EngineUnavailableError` where none answers.
    """
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(timeout)
    try:
        with _address(directory) as address:
            client.connect(address)
    except EngineUnavailableError:
        client.close()
        raise
    except OSError as error:
        client.close()
        raise EngineUnavailableError(f"no engine answers in {directory}: {error.strerror or error}") from error
    return client
