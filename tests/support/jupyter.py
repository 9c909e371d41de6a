"""A real Jupyter server, isolated from the user's own, with our extension in it."""

import contextlib
import http.client
import json
import os
import secrets
import ssl as tls
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from orchflow_jupyter.rendezvous import ENVIRONMENT, engine_directory, read_description
from tests.support.ports import free_ports
from tests.support.processes import alive, end
from tests.support.waiting import eventually

__all__ = ["FOREIGN", "MODES", "UNUSED", "Answer", "JupyterServer"]

MODES = {
    "handover": [],
    "relay": ["--OrchFlow.relay=always"],
    "embedded": ["--OrchFlow.engine=embedded"],
}
"""The ways in which a connection reaches its engine, and how to ask for them."""

APPS = {"server": "jupyter_server", "lab": "jupyterlab", "notebook": "notebook"}

LABS = {"lab": "LabApp", "notebook": "JupyterNotebookApp"}
FOREIGN = ("jupyter_server_ydoc", "jupyter_server_fileid")
"""Jupyter's own documents, which are installed to be measured beside; on only where `foreign` is."""
UNUSED = ("jupyterlab", "notebook", "notebook_shim", "jupyter_lsp")
"""Extensions that a bare server does without; they take time to load."""


@dataclass(frozen=True)
class Answer:
    """What the server said to a request."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


class JupyterServer:
    """A server in `folder`: starting again there is what a user does who restarts Jupyter.

    `url` and `ws_url` end with a slash. A context manager: leaving it stops the server and its engine.
    """

    def __init__(
        self, folder, *, mode="handover", ssl=None, app="server", args=(), env=None, base_url="/", foreign=False
    ):
        self.folder = Path(folder)
        self.mode = mode
        self.ssl = ssl  # (certificate, key), as paths
        self.app = app
        self.args = list(args)
        self.env = dict(env or {})
        self.base_url = base_url
        self.token = secrets.token_hex(16)
        self.port = free_ports()[0]
        self.process = None
        self._engines = set()
        for name in ("config", "data", "runtime", "settings", "workspaces", "ipython", "home", "root"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        told = self.folder / "foreign" / "jupyter_server_config.d" / "foreign.json"
        told.parent.mkdir(parents=True, exist_ok=True)
        told.write_text(json.dumps({"ServerApp": {"jpserver_extensions": dict.fromkeys(FOREIGN, foreign)}}))

    # -- where things are

    @property
    def root(self):
        return self.folder / "root"

    @property
    def runtime_dir(self):
        return self.folder / "runtime"

    @property
    def log_path(self):
        return self.folder / "server.log"

    @property
    def log(self):
        return self.log_path.read_text(errors="replace")

    @property
    def url(self):
        return f"{'https' if self.ssl else 'http'}://127.0.0.1:{self.port}{self.base_url}"

    @property
    def ws_url(self):
        return f"{'wss' if self.ssl else 'ws'}://127.0.0.1:{self.port}{self.base_url}"

    @property
    def ssl_context(self):
        if not self.ssl:
            return None
        context = tls.create_default_context(cafile=str(self.ssl[0]))
        # One thread reads while another writes, and before Python 3.13 nothing keeps the two apart: the tickets that
        # TLS 1.3 sends by itself (RFC 8446, 4.6.1) would come just when the first request is written, and now and then
        # it never is.
        context.maximum_version = tls.TLSVersion.TLSv1_2
        return context

    def stream_url(self, terminal_id, **query):
        """Where a terminal's stream is."""
        return f"{self.ws_url}orchflow/ws/terminals/{terminal_id}" + (f"?{urlencode(query)}" if query else "")

    @property
    def authorization(self):
        """The header that says who we are."""
        return {"Authorization": f"token {self.token}"}

    # -- its life

    def start(self):
        """Start it and wait until it answers; at the port that it had before."""
        command = [sys.executable, "-m", APPS[self.app], "--allow-root", "--no-browser"]
        command += [
            f"--ServerApp.port={self.port}",
            "--ServerApp.port_retries=0",
            f"--ServerApp.root_dir={self.root}",
            f"--ServerApp.base_url={self.base_url}",
            f"--IdentityProvider.token={self.token}",
            "--ServerApp.use_redirect_file=False",
        ]
        if self.app != "server":
            self._prepare_lab()
            command.append(f"--{LABS[self.app]}.expose_app_in_browser=True")
        else:
            command.append("--ServerApp.jpserver_extensions=" + repr(dict.fromkeys(UNUSED, False)))
        if self.ssl:
            certificate, key = self.ssl
            command += [f"--ServerApp.certfile={certificate}", f"--ServerApp.keyfile={key}"]
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [*command, *MODES[self.mode], *self.args],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.root,
                env=self._environment(),
            )
        try:
            eventually(self._answers, f"Jupyter to answer; its log:\n{self.log}", timeout=60)
        except BaseException:
            self.stop()
            raise
        return self

    def kill9(self):
        """Kill the server, and only the server, without a chance to clean up."""
        self.process.kill()
        self.process.wait()

    def stop_server(self):
        """Stop the server in the proper way; its engine lives on."""
        if self.process is not None and self.process.poll() is None:
            self._remember_engine()
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.kill9()

    def stop(self):
        """Stop everything, so that nothing is left over."""
        self.stop_server()
        self._remember_engine()
        for pid in self._engines:
            if self.process is None or pid != self.process.pid:
                end(pid)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    # -- its engine

    @property
    def engine_dir(self):
        return engine_directory(str(self.runtime_dir), str(self.root))

    def engine(self):
        """The description of the engine that lives, or `None`."""
        description = read_description(self.engine_dir)
        return description if description is not None and alive(description.pid) else None

    @property
    def engine_pid(self):
        """The process that the engine is in."""
        pid = eventually(self.engine, "an engine").pid
        self._engines.add(pid)
        return pid

    # -- talking to it

    def request(self, method, path, body=None, *, headers=None, token=True, timeout=60):
        """One request, below the base URL; `body` is sent as JSON unless it is bytes."""
        kind = http.client.HTTPSConnection if self.ssl else http.client.HTTPConnection
        options = {"context": self.ssl_context} if self.ssl else {}
        sent = dict(self.authorization) if token else {}
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        with contextlib.closing(kind("127.0.0.1", self.port, timeout=timeout, **options)) as connection:
            connection.request(method, self.base_url + path, body, sent | (headers or {}))
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())

    def create(self, **fields):
        """A new terminal's model."""
        answer = self.request("POST", "orchflow/api/terminals", fields)
        assert answer.status == 201, answer.body
        return answer.json

    # -- within

    def _prepare_lab(self):
        """Keep the questions away that a new user is asked."""
        folder = self.folder / "settings" / "@jupyterlab" / "apputils-extension"
        folder.mkdir(parents=True, exist_ok=True)
        settings = {"fetchNews": "false", "checkForUpdates": False}
        (folder / "notification.jupyterlab-settings").write_text(json.dumps(settings))

    def _answers(self):
        if self.process.poll() is not None:
            raise AssertionError(f"Jupyter ended with exit code {self.process.returncode}; its log:\n{self.log}")
        try:
            info = json.loads((self.runtime_dir / f"jpserver-{self.process.pid}.json").read_text())
            assert urlsplit(info["url"]).port == self.port
            return self.request("GET", "api/status").status == 200
        except (OSError, ValueError, http.client.HTTPException):
            return False

    def _remember_engine(self):
        description = self.engine()
        if description is not None:
            self._engines.add(description.pid)

    def _environment(self):
        ours = {
            "HOME": self.folder / "home",
            "IPYTHONDIR": self.folder / "ipython",
            "JUPYTERLAB_SETTINGS_DIR": self.folder / "settings",
            "JUPYTERLAB_WORKSPACES_DIR": self.folder / "workspaces",
            "JUPYTER_CONFIG_DIR": self.folder / "config",
            "JUPYTER_CONFIG_PATH": self.folder / "foreign",  # before the environment's own, as the user's is not
            "JUPYTER_DATA_DIR": self.folder / "data",
            "JUPYTER_RUNTIME_DIR": self.runtime_dir,
            "SHELL": "/bin/bash",
        }
        inherited = {name: value for name, value in os.environ.items() if "JUPYTER" not in name and name != ENVIRONMENT}
        return inherited | {name: str(value) for name, value in ours.items()} | self.env
