"""Streams through a widget's comm channel, for browsers that cannot reach a Jupyter server.

The browser's messages come as buffers of custom messages and go into a stream of the engine as they are, and back;
nothing is interpreted on the way. Each stream has a thread that reads from the engine.
"""

import contextlib
import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from orchflow_jupyter.client.current import current_engine
from orchflow_jupyter.client.files import open_watch
from orchflow_jupyter.client.files_state import watching
from orchflow_jupyter.client.messages import Messages
from orchflow_jupyter.errors import EngineUnavailableError, OrchflowError
from orchflow_jupyter.protocol.terminal import Op

__all__ = ["Relay", "Send"]

Send = Callable[[dict[str, Any], Sequence[bytes]], None]
"""Sends one custom message to the browser: content and buffers."""

OUTPUT = bytes([Op.OUTPUT])
RECEIVE = 256 * 1024
SILENT = 180
"""Seconds after which a page is taken for gone that acknowledges no output, or lets nothing be heard of it at all where
it should; hidden ones have timers of a minute."""
STUCK = 10
"""Seconds after which an engine that takes nothing is given up."""


class Relay:
    """The streams of one widget. Comm handlers may run on any thread (ipykernel 7), so its state is locked."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._lock = threading.Lock()
        self._streams: dict[str, _Stream] = {}

    def open(self, terminal: str, content: Mapping[str, Any]) -> None:
        """The browser wants a terminal's stream; what it cannot have is told as a close."""
        self._open(
            content,
            lambda: current_engine().open_stream(
                terminal,
                since=content.get("since"),
                attachment=content.get("attachment"),
                mode=content.get("mode", "rw"),
            ),
        )

    def open_files(self, path: str, content: Mapping[str, Any], *, recursive: bool, ignore: Sequence[str]) -> None:
        """The browser wants the file events below `path`, relative to the engine's root; as `open`."""
        self._open(
            content,
            lambda: open_watch(current_engine(), watching(path, recursive, ignore, content.get("since"))),
            text=True,
        )

    def open_document(self, room: str, content: Mapping[str, Any], *, mode: str) -> None:
        """The browser wants to edit what is in this room; as `open`."""
        asked = {"resource": f"documents/{room}", "parameters": {"mode": mode}, "principal": "kernel"}
        self._open(content, lambda: open_watch(current_engine(), asked), heard=True)

    def _open(
        self,
        content: Mapping[str, Any],
        connect: Callable[[], socket.socket],
        *,
        text: bool = False,
        heard: bool = False,
    ) -> None:
        name = str(content.get("stream", ""))
        try:
            connection = connect()
        except OrchflowError as error:
            self._send({"kind": "closed", "stream": name, "code": error.close_code, "reason": error.message}, [])
            return
        stream = _Stream(name, connection, self._send, self._forget, text=text, heard=heard or text)
        with self._lock:
            replaced = self._streams.get(name)
            self._streams[name] = stream
        if replaced:
            replaced.close()
        self._send({"kind": "opened", "stream": name}, [])
        stream.start()

    def data(self, content: Mapping[str, Any], buffers: Sequence[Any]) -> None:
        """Messages of the browser, each a buffer."""
        stream = self._find(content)
        if stream:
            stream.send([bytes(buffer) for buffer in buffers])

    def close(self, content: Mapping[str, Any]) -> None:
        """The browser is done with a stream."""
        stream = self._find(content)
        if stream:
            stream.close()

    def close_all(self) -> None:
        """The widget is gone."""
        with self._lock:
            streams = list(self._streams.values())
        for stream in streams:
            stream.close()

    def _find(self, content: Mapping[str, Any]) -> "_Stream | None":
        with self._lock:
            return self._streams.get(str(content.get("stream", "")))

    def _forget(self, stream: "_Stream") -> None:
        with self._lock:
            if self._streams.get(stream.name) is stream:
                del self._streams[stream.name]


class _Stream:
    """One stream: the socket to the engine, and the thread that reads from it.

    With `text`, messages are texts. With `heard`, the browser lets itself be heard though nothing happens.
    """

    def __init__(
        self,
        name: str,
        connection: socket.socket,
        send: Send,
        gone: Callable[["_Stream"], None],
        *,
        text: bool,
        heard: bool,
    ) -> None:
        self.name = name
        self._socket = connection
        self._send = send
        self._gone = gone
        self._lock = threading.Lock()
        """Of the protocol's state. Never held while waiting: whoever sends may wait for whoever reads."""
        self._sending = threading.Lock()
        """Of the order of the frames."""
        self._messages = Messages()
        self._text = text
        self._heard = heard
        self._left = False
        self._unanswered = time.monotonic() if heard else None
        """Since when a word of the browser's is waited for."""
        # The kernel's limit, for sending alone: a timeout of Python's would also concern the thread that reads.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", STUCK, 0))

    def start(self) -> None:
        threading.Thread(target=self._read, name=f"orchflow-relay-{self.name}", daemon=True).start()

    def send(self, messages: list[bytes]) -> None:
        self._unanswered = time.monotonic() if self._heard else None
        with self._sending:
            with self._lock:
                for message in messages:
                    if self._text:
                        self._messages.send_text(message.decode(errors="replace"))
                    else:
                        self._messages.send(message)
                data = self._messages.data_to_send()
            try:
                self._socket.sendall(data)
            except OSError:
                # A frame that is half sent cannot be taken up again.
                self._end()

    def close(self) -> None:
        self._left = True
        if self._sending.acquire(blocking=False):
            try:
                with self._lock:
                    self._messages.close()
                    data = self._messages.data_to_send()
                with contextlib.suppress(OSError):
                    self._socket.sendall(data)
            finally:
                self._sending.release()
        self._end()

    def _wait(self) -> None:
        """Wait for the engine; of a browser that acknowledges no output for long, only the page is left to blame.

        A page that was reloaded or closed does not say so, and as the terminal's only client it would stop a program
        that writes much.
        """
        readable = select.poll()
        readable.register(self._socket, select.POLLIN)
        if self._heard and self._unanswered is not None and time.monotonic() - self._unanswered >= SILENT:
            raise EngineUnavailableError("the page did not answer")
        while not readable.poll(None if self._unanswered is None else SILENT * 1000):
            since = self._unanswered
            if since is not None and time.monotonic() - since >= SILENT:
                raise EngineUnavailableError("the page did not answer")

    def _end(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def _read(self) -> None:
        try:
            while self._messages.closed is None:
                self._wait()
                try:
                    data = self._socket.recv(RECEIVE)
                except OSError:
                    data = b""
                with self._lock:
                    messages = self._messages.receive(data)
                if messages:
                    if self._unanswered is None and any(message[:1] == OUTPUT for message in messages):
                        self._unanswered = time.monotonic()
                    self._send({"kind": "data", "stream": self.name}, messages)
            code, reason = self._messages.closed
        except Exception as error:  # noqa: BLE001 - whatever it was, the browser must hear of the end
            code, reason = EngineUnavailableError.close_code, str(error)
        self._gone(self)
        self._end()
        with self._sending:
            self._socket.close()
        if not self._left:
            self._send({"kind": "closed", "stream": self.name, "code": code, "reason": reason}, [])
