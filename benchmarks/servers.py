"""What is measured: one real Jupyter server with our extension and Jupyter's own terminals, and no server at all."""

import contextlib
import http.client
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks import programs
from benchmarks.editors import Editor, JupyterEditor, OrchflowEditor
from benchmarks.terminals import BarePty, JupyterTerminal, OrchflowTerminal, RelayedPty, Terminal, ready
from orchflow_jupyter.rendezvous import engine_directory, read_description

__all__ = ["Bare", "JupyterServer", "Jupyters", "Ours", "Place", "Relayed", "command"]

START = 60.0
"""Seconds in which a server must have started."""
STOP = 20.0
"""Seconds in which it, or its engine, must have ended."""
EXTENSIONS = {"orchflow_jupyter": True, "jupyter_server_terminals": True, "jupyterlab": False, "notebook": False}
DOCUMENTS = ("jupyter_server_ydoc", "jupyter_server_fileid")
"""Jupyter's own documents: on in a server of their own, which has ours too, and in no other."""


def command(name: str, *numbers: int) -> list[str]:
    """The command that runs one of `programs`."""
    return [sys.executable, "-S", "-E", programs.__file__, name, *map(str, numbers)]


class JupyterServer:
    """One server in `folder`, with folders of its own for everything, a free port and a token; `options` go along."""

    def __init__(self, folder: str, *options: str, documents: bool = False) -> None:
        self.folder = Path(folder)
        self.options = options
        self.extensions = EXTENSIONS | dict.fromkeys(DOCUMENTS, documents)
        self.root = self.folder / "root"
        self.runtime = self.folder / "runtime"
        self.pages = self.folder / "pages"
        self.token = secrets.token_hex(16)
        self.port = 0
        self.log = self.folder / "server.log"
        self.process: subprocess.Popen[bytes] | None = None
        self._documents: JupyterServer | None = None

    def with_documents(self) -> "JupyterServer":
        """Another one, that has jupyter-server-ydoc; started when it is first asked for, ended with this one."""
        if self._documents is None:
            self._documents = JupyterServer(str(self.folder / "documents"), documents=True).__enter__()
        return self._documents

    def __enter__(self) -> "JupyterServer":
        names = ("home", "config", "data", "runtime", "root", "ipython", "pages")
        for name in names:
            (self.folder / name).mkdir(parents=True)
        own = {
            "HOME": "home",
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_DATA_DIR": "data",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "IPYTHONDIR": "ipython",
        }
        inherited = {k: v for k, v in os.environ.items() if "JUPYTER" not in k and not k.startswith("ORCHFLOW")}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "jupyter_server", "--allow-root", "--no-browser"),
                    *("--ServerApp.port=0", f"--ServerApp.root_dir={self.root}"),
                    *(f"--IdentityProvider.token={self.token}", f"--ServerApp.jpserver_extensions={self.extensions}"),
                    f"--ServerApp.extra_static_paths={[str(self.pages)]}",
                    *self.options,
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.root,
                env=inherited | {name: str(self.folder / folder) for name, folder in own.items()},
            )
        deadline = time.monotonic() + START
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.__exit__()
                raise RuntimeError(f"Jupyter did not start:\n{self.log.read_text()}")
            time.sleep(0.05)
        return self

    def __exit__(self, *_: object) -> None:
        if self._documents is not None:
            self._documents.__exit__()
        engine = read_description(self.directory)
        if self.process:
            self.process.terminate()
            try:
                self.process.wait(STOP)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if engine and (self.process is None or engine.pid != self.process.pid):
            # It saves what is open before it goes, and its folder is removed afterwards.
            with contextlib.suppress(ProcessLookupError):
                deadline = time.monotonic() + STOP
                os.kill(engine.pid, signal.SIGTERM)
                while time.monotonic() < deadline:
                    time.sleep(0.02)
                    os.kill(engine.pid, 0)

    def page(self, name: str, body: str) -> str:
        """The address of a page that the server gives: with one of a driver's a browser keeps nothing in its cache."""
        (self.pages / name).write_text(body)
        return f"http://127.0.0.1:{self.port}/static/{name}?token={self.token}"

    @property
    def engine_pid(self) -> int:
        """The process of the engine that this server started."""
        deadline = time.monotonic() + START
        while (description := read_description(self.directory)) is None:
            if time.monotonic() > deadline:
                raise RuntimeError(f"there is no engine:\n{self.log.read_text()}")
            time.sleep(0.05)
        return description.pid

    def request(self, method: str, path: str, body: object = None) -> bytes:
        """One REST call. Raises `RuntimeError` where it is refused."""
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=START)) as connection:
            data = None if body is None else json.dumps(body).encode()
            connection.request(method, path, data, {"Authorization": f"token {self.token}"})
            response = connection.getresponse()
            answer = response.read()
            if response.status >= 400:
                raise RuntimeError(f"{method} {path}: {response.status} {answer.decode(errors='replace')}")
            return answer

    @property
    def directory(self) -> str:
        """Where the engine that it started has its socket."""
        return engine_directory(str(self.runtime), str(self.root))

    def _answers(self) -> bool:
        assert self.process
        try:
            info = json.loads((self.runtime / f"jpserver-{self.process.pid}.json").read_text())
            self.port = urlsplit(info["url"]).port or 0
            self.request("GET", "/api/status")
        except (OSError, ValueError, RuntimeError, http.client.HTTPException):
            return False
        return True


class Place:
    """Where programs can be run in terminals."""

    title: str

    @contextlib.contextmanager
    def run(self, name: str, *numbers: int):
        """A terminal in which one of `programs` is ready."""
        with self.create(name, *numbers) as made, contextlib.closing(self.attach(made)) as terminal:
            yield ready(terminal)

    @contextlib.contextmanager
    def create(self, name: str, *numbers: int):
        """A terminal with a program, and nobody attached: what `attach` takes; ended on leaving."""
        raise NotImplementedError

    def attach(self, made, since: int | None = None) -> Terminal:
        """A client of such a terminal; with `since` one that has read so far."""
        raise NotImplementedError

    def edit(self, path: str) -> Editor:
        """One more who edits the file at `path`, where documents can be edited."""
        raise NotImplementedError


class Bare(Place):
    """No server: the one who measures holds the PTY."""

    title = "bare PTY"

    @contextlib.contextmanager
    def create(self, name, *numbers):
        yield command(name, *numbers)

    def attach(self, made, since=None):
        return BarePty(made)


class Relayed(Bare):
    """No server, and a process between that knows nothing of what it passes on."""

    def attach(self, made, since=None):
        return RelayedPty(made)


class _Served(Place):
    def __init__(self, server: JupyterServer) -> None:
        self.server = server

    @property
    def documents(self) -> JupyterServer:
        """The server that has this place's documents."""
        return self.server


class Ours(_Served):
    """Our terminals: created by REST, the stream handed over to the engine."""

    title = "OrchFlow"

    @contextlib.contextmanager
    def create(self, name, *numbers):
        body = {"command": command(name, *numbers)}
        made = json.loads(self.server.request("POST", "/orchflow/api/terminals", body))["id"]
        try:
            yield made
        finally:
            self.server.request("DELETE", f"/orchflow/api/terminals/{made}")

    def attach(self, made, since=None):
        query = "" if since is None else f"?since={since}"
        return OrchflowTerminal(self.server.port, f"/orchflow/ws/terminals/{made}{query}", self.server.token)

    def edit(self, path):
        model = json.loads(self.server.request("POST", "/orchflow/api/documents", {"path": path}))
        return OrchflowEditor(self.server.port, model["ws_url"], self.server.token)


class Jupyters(_Served):
    """Jupyter's own terminals (jupyter_server_terminals, terminado); the program is started without a shell too."""

    title = "Jupyter"

    @contextlib.contextmanager
    def create(self, name, *numbers):
        body = {"shell_command": command(name, *numbers)}
        made = json.loads(self.server.request("POST", "/api/terminals", body))["name"]
        try:
            yield made
        finally:
            self.server.request("DELETE", f"/api/terminals/{made}")

    def attach(self, made, since=None):
        return JupyterTerminal(self.server.port, f"/terminals/websocket/{made}", self.server.token)

    @property
    def documents(self):
        return self.server.with_documents()

    def edit(self, path):
        server = self.documents
        body = {"format": "text", "type": "file"}
        told = json.loads(server.request("PUT", f"/api/collaboration/session/{path}", body))
        room = f"{told['format']}:{told['type']}:{told['fileId']}"
        address = f"/api/collaboration/room/{room}?sessionId={told['sessionId']}"
        return JupyterEditor(server.port, address, server.token)
