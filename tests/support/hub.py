"""A real JupyterHub with its proxy: users log in by their name, and their servers are processes of ours."""

import contextlib
import http.cookiejar
import json
import os
import re
import secrets
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from websockets.sync.client import connect

from orchflow_jupyter.protocol.terminal import SUBPROTOCOL
from tests.support.jupyter import FOREIGN, UNUSED
from tests.support.ports import free_ports
from tests.support.processes import end
from tests.support.waiting import GENEROUS, eventually

__all__ = ["PROXY", "Hub", "User"]

PROXY = Path(__file__).parents[2] / "js" / "node_modules" / ".bin" / "configurable-http-proxy"
ENGINES = "runtime/orchflow/*/engine.json"

CONFIG = """
c.JupyterHub.bind_url = "http://127.0.0.1:{public}"
c.JupyterHub.hub_port = {hub}
c.JupyterHub.authenticator_class = "dummy"
c.JupyterHub.spawner_class = "simple"
c.JupyterHub.log_level = "INFO"
c.Authenticator.allow_all = True
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api}"
c.ConfigurableHTTPProxy.command = [{proxy!r}]
c.ConfigurableHTTPProxy.auth_token = {secret!r}
c.ConfigurableHTTPProxy.pid_file = {folder!r} + "/proxy.pid"
c.SimpleLocalProcessSpawner.home_dir_template = {folder!r} + "/home/{{username}}"
c.Spawner.cmd = [{python!r}, "-m", "jupyterhub.singleuser"]
c.Spawner.args = ["--allow-root", "--ServerApp.jpserver_extensions=" + {unused!r}]
c.Spawner.environment = {environment!r} | {{
    "JUPYTER_RUNTIME_DIR": lambda spawner: {folder!r} + "/home/" + spawner.user.name + "/runtime"
}}
"""


class Hub:
    """A hub in `folder`. A context manager: leaving it ends the hub, its proxy, all servers and their engines."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.process = None
        self.port = 0

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self):
        return (self.folder / "hub.log").read_text(errors="replace")

    def user(self, name):
        """Who logs in as `name`."""
        (self.folder / "home" / name / "runtime").mkdir(parents=True, exist_ok=True)
        return User(self, name)

    def __enter__(self):
        self.port, hub, api = free_ports(3)
        kept = ("PATH", "PYTHONPATH", "LANG", "SHELL")
        config = CONFIG.format(
            public=self.port,
            hub=hub,
            api=api,
            proxy=str(PROXY),
            secret=secrets.token_hex(16),
            folder=str(self.folder),
            python=sys.executable,
            unused=repr(dict.fromkeys((*UNUSED, *FOREIGN), False)),
            environment={name: os.environ[name] for name in kept if name in os.environ},
        )
        (self.folder / "config.py").write_text(config)
        inherited = {name: value for name, value in os.environ.items() if "JUPYTER" not in name}
        with open(self.folder / "hub.log", "wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "jupyterhub", "-f", str(self.folder / "config.py")],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=inherited | {"HOME": str(self.folder)},
                start_new_session=True,
            )
        try:
            eventually(self._answers, "the hub")
        except BaseException as error:
            self.__exit__()
            raise AssertionError(f"the hub did not start; its log:\n{self.log}") from error
        return self

    def __exit__(self, *_):
        self.process.terminate()  # it ends its proxy and the servers
        try:
            self.process.wait(GENEROUS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for description in self.folder.glob(f"home/*/{ENGINES}"):
            with contextlib.suppress(OSError, ValueError):
                end(json.loads(description.read_text())["pid"])

    def _answers(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the hub ended; its log:\n{self.log}")
        try:
            with urllib.request.urlopen(f"{self.url}/hub/api/", timeout=GENEROUS) as answer:
                return answer.status == 200
        except OSError:
            return False


class User:
    """A browser that has logged in: cookies, and what JupyterHub wants beside them."""

    def __init__(self, hub, name):
        self.hub = hub
        self.name = name
        self._page = f"{hub.url}/user/{name}/files/nothing"
        self._cookies = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self._cookies))
        self._log_in()

    def request(self, method, path, body=None, *, of=None, headers=None):
        """One request to a user's server, by default the own one: status, headers, body."""
        sent = {"X-XSRFToken": self.cookie("_xsrf", of), "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        url = f"{self.hub.url}/user/{of or self.name}/{path}"
        asked = urllib.request.Request(url, data, sent | (headers or {}), method=method)
        try:
            with self._opener.open(asked, timeout=GENEROUS) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    def open_socket(self, terminal, *, of=None, **query):
        """A WebSocket to a terminal through the proxy, as a browser opens it."""
        where = f"ws://127.0.0.1:{self.hub.port}/user/{of or self.name}/orchflow/ws/terminals/{terminal}"
        cookies = "; ".join(f"{c.name}={c.value}" for c in self._cookies if self._belongs(c, of or self.name))
        return connect(
            where + (f"?{urllib.parse.urlencode(query)}" if query else ""),
            subprotocols=[SUBPROTOCOL],
            origin=self.hub.url,
            additional_headers={"Cookie": cookies},
            compression=None,
            proxy=None,
            open_timeout=GENEROUS,
            max_size=None,
        )

    def cookie(self, name, of=None):
        """The value of the cookie of that name that a user's server is sent."""
        found = [c for c in self._cookies if c.name == name and self._belongs(c, of or self.name)]
        return max(found, key=lambda c: len(c.path)).value if found else ""

    def _belongs(self, cookie, user):
        return f"/user/{user}/".startswith(cookie.path)

    def _log_in(self):
        with self._opener.open(f"{self.hub.url}/hub/login", timeout=GENEROUS) as page:
            token = re.search(rb'name="_xsrf" value="([^"]*)"', page.read())[1].decode()
        form = urllib.parse.urlencode({"username": self.name, "password": "x", "_xsrf": token}).encode()
        with self._opener.open(f"{self.hub.url}/hub/login?next=/hub/spawn", form, timeout=GENEROUS):
            pass
        try:
            eventually(self._served, f"{self.name}'s server", timeout=2 * GENEROUS)
        except AssertionError as error:
            raise AssertionError(f"{error}; the hub's log:\n{self.hub.log}") from None

    def _served(self):
        # Through the OAuth of the hub and back; until the server is there the hub says so with an error.
        with contextlib.suppress(urllib.error.HTTPError), self._opener.open(self._page, timeout=GENEROUS):
            pass
        return self.request("GET", "api/status")[0] == 200
