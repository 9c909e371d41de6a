"""A real IPython kernel, and what a page does with the widgets in it."""

import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty

from jupyter_client.manager import KernelManager

from orchflow_jupyter.protocol.terminal import Message, Op, decode, encode
from orchflow_jupyter.rendezvous import ENVIRONMENT, ROOT_ENVIRONMENT
from tests.support.waiting import GENEROUS

__all__ = ["Comm", "CommStream", "Kernel", "KernelError"]


class KernelError(Exception):
    """Code raised an error: its name, its text, and what is shown of it."""

    def __init__(self, name, text, traceback):
        super().__init__(f"{name}: {text}")
        self.name = name
        self.text = text
        self.traceback = traceback


@dataclass
class Comm:
    """The page's end of one comm."""

    data: dict
    state: dict = field(default_factory=dict)
    messages: list = field(default_factory=list)
    """Custom messages that came: content and buffers."""
    closed: bool = False


@dataclass
class Outcome:
    """What a cell gave."""

    text: str = ""
    """What it printed."""
    shown: list = field(default_factory=list)
    """What it displayed, its result last: MIME bundles."""
    updates: list = field(default_factory=list)
    """What took the place of something that it displayed."""


class Kernel:
    """A kernel in `folder`, of `engine` where one is given; leaving the context ends it.

    One thread drives it: messages of widgets are collected in `comms` whenever it waits for something.
    """

    def __init__(self, folder, engine=None, env=None):
        self.folder = Path(folder)
        self.work = self.folder / "work"
        self.work.mkdir(parents=True)
        self._env = {"IPYTHONDIR": str(self.folder / "ipython"), "JUPYTER_RUNTIME_DIR": str(self.folder / "runtime")}
        if engine is not None:
            self._env |= {ENVIRONMENT: engine.directory, ROOT_ENVIRONMENT: str(engine.root)}
        self._env |= env or {}
        self.comms = {}
        self._done = {}

    def __enter__(self):
        self._manager = KernelManager(connection_file=str(self.folder / "kernel.json"))
        inherited = {name: value for name, value in os.environ.items() if name not in (ENVIRONMENT, ROOT_ENVIRONMENT)}
        with open(self.folder / "kernel.log", "wb") as log:
            self._manager.start_kernel(cwd=str(self.work), env=inherited | self._env, stdout=log, stderr=log)
        self.client = self._manager.blocking_client()
        try:
            self.client.start_channels()
            self.client.wait_for_ready(timeout=GENEROUS)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.client.stop_channels()
        self._manager.shutdown_kernel(now=True)
        self._manager.cleanup_resources()

    @property
    def log(self):
        return (self.folder / "kernel.log").read_text(errors="replace")

    # -- cells

    def run(self, code):
        """Run a cell to its end; its `Outcome`. Raises `KernelError`."""
        return self.finish(self.start(code))

    def start(self, code):
        """Start a cell; what `finish` waits for."""
        request = self.client.execute(code)
        self._done[request] = (Outcome(), [], [])
        return request

    def finish(self, request):
        """The `Outcome` of a cell that was started."""
        outcome, errors, ends = self._done[request]
        # The end, not the error: what is sent to a kernel that is in an error is aborted.
        self.until(lambda: ends, "the end of the cell")
        del self._done[request]
        if errors:
            raise errors[0]
        return outcome

    def value(self, expression):
        """What an expression is, as text."""
        return self.run(f"print({expression}, end='')").text

    def complete(self, code):
        """The completions at the end of `code`, as whole lines."""
        content = self.client.complete(code, reply=True, timeout=GENEROUS)["content"]
        start, end = content["cursor_start"], content["cursor_end"]
        return [code[:start] + match + code[end:] for match in content["matches"]]

    # -- widgets

    def widget(self, code):
        """Run a cell that ends with a widget; the page's `Comm` and its id."""
        shown = self.run(code).shown[-1]
        identity = shown["application/vnd.jupyter.widget-view+json"]["model_id"]
        return identity, self.comms[identity]

    def send(self, identity, content, buffers=(), subshell=None):
        """A custom message of the page to a widget's model."""
        session = self.client.session
        message = session.msg("comm_msg", {"comm_id": identity, "data": {"method": "custom", "content": content}})
        if subshell is not None:
            message["header"]["subshell_id"] = subshell
        message["buffers"] = list(buffers)
        self.client.shell_channel.send(message)

    def ask(self, identity, content, kind):
        """Send a custom message, and wait for the next one of `kind`: content and buffers."""
        comm = self.comms[identity]
        before = len(comm.messages)
        self.send(identity, content)
        return self.until(
            lambda: next((m for m in comm.messages[before:] if m[0].get("kind") == kind), None), f"a {kind}"
        )

    def subshell(self):
        """A new subshell's id, as JupyterLab makes one for messages of widgets."""
        message = self.client.session.msg("create_subshell_request", {})
        self.client.control_channel.send(message)
        while True:
            reply = self.client.control_channel.get_msg(timeout=GENEROUS)
            if reply["parent_header"].get("msg_id") == message["header"]["msg_id"]:
                return reply["content"]["subshell_id"]

    # -- messages

    def until(self, check, what):
        """Take messages in until `check()` is true; its answer."""
        deadline = time.monotonic() + GENEROUS
        while not (answer := check()):
            left = deadline - time.monotonic()
            assert left > 0, f"in vain waited for {what}; the kernel's log:\n{self.log}"
            try:
                self._take(self.client.get_iopub_msg(timeout=min(left, 0.2)))
            except Empty:
                assert self._manager.is_alive(), f"the kernel is gone; its log:\n{self.log}"
        return answer

    def _take(self, message):
        kind, content = message["msg_type"], message["content"]
        if kind == "comm_open":
            data = content["data"]
            self.comms[content["comm_id"]] = Comm(data, dict(data.get("state", {})))
        elif kind == "comm_msg" and content["comm_id"] in self.comms:
            comm, data = self.comms[content["comm_id"]], content["data"]
            if data["method"] == "update":
                comm.state |= data["state"]
            elif data["method"] == "custom":
                comm.messages.append((data["content"], [bytes(buffer) for buffer in message["buffers"]]))
        elif kind == "comm_close" and content["comm_id"] in self.comms:
            self.comms[content["comm_id"]].closed = True
        request = message["parent_header"].get("msg_id")
        if request not in self._done:
            return
        outcome, errors, ends = self._done[request]
        if kind == "stream":
            outcome.text += content["text"]
        elif kind == "update_display_data":
            outcome.updates.append(content["data"])
        elif kind in ("display_data", "execute_result"):
            outcome.shown.append(content["data"])
        elif kind == "error":
            errors.append(KernelError(content["ename"], content["evalue"], content["traceback"]))
        elif kind == "status" and content["execution_state"] == "idle":
            ends.append(message)


class CommStream:
    """A view's stream through the comm: output gathered, acknowledged as it comes."""

    def __init__(self, kernel, identity, name, *, subshell=None, **parameters):
        self.kernel = kernel
        self.identity = identity
        self.name = name
        self.subshell = subshell
        self.hello = None
        self.exit = None
        self.output = b""
        self.taken = 0
        self._number = 0
        self._seen = len(kernel.comms[identity].messages)
        self.kinds = []
        self.closed = None
        self._say({"kind": "open", "mode": "rw"} | parameters)

    def type(self, data):
        """Input, with the next number."""
        self._number += 1
        self.send(Op.INPUT, self._number, data)

    def send(self, op, sequence=0, value=None):
        self._say({"kind": "data"}, [encode(Message(op, sequence, 1, value))])

    def close(self):
        self._say({"kind": "close"})

    def greet(self):
        """Wait for HELLO; its JSON."""
        return self.until(lambda: self.hello, "HELLO")

    def text(self, wanted):
        """Wait until the output holds `wanted`; all of it."""
        return self.until(lambda: wanted in self.output and self.output, repr(wanted))

    def until(self, check, what):
        def checked():
            self._read()
            return check()

        return self.kernel.until(checked, f"{what} in {self.name}: {self.kinds[-10:]} {self.output[-200:]!r}")

    def _read(self):
        messages = self.kernel.comms[self.identity].messages
        while self._seen < len(messages):
            content, buffers = messages[self._seen]
            self._seen += 1
            if content.get("stream") != self.name:
                continue
            self.kinds.append(content["kind"])
            if content["kind"] == "closed":
                self.closed = (content["code"], content["reason"])
            for buffer in buffers:
                self._take(decode(buffer))

    def _take(self, message):
        if message.op is Op.HELLO:
            self.hello, self.start = message.value, message.sequence
            self._number = message.value["input"]
        elif message.op is Op.OUTPUT:
            assert message.sequence == self.start + len(self.output)
            self.output += message.value
            self.send(Op.ACK, message.sequence + len(message.value))
        elif message.op is Op.INPUT_ACK:
            self.taken = message.sequence
        elif message.op is Op.EXIT:
            self.exit = message.value

    def _say(self, content, buffers=()):
        self.kernel.send(self.identity, content | {"stream": self.name}, buffers, self.subshell)
