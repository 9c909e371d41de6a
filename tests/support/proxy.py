"""A TCP proxy before a server, whose connections a test can cut and refuse."""

import contextlib
import socket
import struct
import threading

__all__ = ["Proxied"]

RESET = struct.pack("ii", 1, 0)
"""SO_LINGER so that closing resets the connection, as a network that has gone does (socket(7))."""


class Proxied:
    """A server as it is reached through the proxy; everything else is the server's own. A context manager."""

    def __init__(self, server):
        self._server = server
        self._lock = threading.Lock()
        self._pairs = set()
        self._muted = set()
        self._refusing = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}{server.base_url}"

    def __getattr__(self, name):
        return getattr(self._server, name)

    def cut(self):
        """Cut all connections that are open now."""
        with self._lock:
            pairs, self._pairs = self._pairs, set()
        for pair in pairs:
            for end in pair:
                with contextlib.suppress(OSError):
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                    end.shutdown(socket.SHUT_RDWR)
                    end.close()
        return len(pairs)

    def mute(self):
        """Pass nothing more on of the connections that are open now, and do not close them: a network that is gone."""
        with self._lock:
            self._muted |= self._pairs

    def refuse(self, refusing):
        """Let no new connection through, or let them again."""
        self._refusing = refusing

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self._refusing:
                client.close()
                continue
            try:
                server = socket.create_connection(("127.0.0.1", self._server.port))
            except OSError:
                client.close()
                continue
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            pair = (client, server)
            with self._lock:
                self._pairs.add(pair)
            for source, target in (pair, pair[::-1]):
                threading.Thread(target=self._pump, args=(source, target, pair), daemon=True).start()

    def _pump(self, source, target, pair):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if pair not in self._muted:
                    target.sendall(data)
        with self._lock:
            self._pairs.discard(pair)
        for end in pair:
            # The other thread may be waiting for this one.
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
