"""A program that is none: has the interface of `Pty`, and does what a test says."""

import os
import socket

from orchflow_jupyter.terminals.pty import Exit

__all__ = ["EchoPty"]


class EchoPty:
    """Our side of a program that a test plays: `say` is its output, `typed` what reached it, `end` its end.

    With `echoes`, it says at once what is typed. It takes `takes` bytes of input, or all that come where that is None.
    """

    def __init__(self, *, echoes=False, takes=None):
        self.pid = 0
        self.echoes = echoes
        self.takes = takes
        self.typed = bytearray()
        self.sizes = []
        self.signals = []
        self.hung_up = self.killed = 0
        self.mute = False
        self.runs = False
        self.line_by_line = False
        self._near, self._far = socket.socketpair()
        self._near.setblocking(False)
        self._far.setblocking(False)
        self.fd = self._near.fileno()
        self._loop = None
        self._ended = None

    # -- what a test does

    def say(self, data):
        """Output; as much as the socket holds."""
        return self._far.send(data)

    def end(self, status=0):
        """The end, with a status as of waitpid(2)."""
        self._far.close()
        self._ended(Exit(status))

    # -- the interface of Pty

    def read_into(self, space, reads=1):
        try:
            return os.readv(self.fd, (space,)) or -1
        except BlockingIOError:
            return 0

    def write(self, data):
        count = len(data) if self.takes is None else min(self.takes, len(data))
        if self.takes is not None:
            self.takes -= count
        self.typed += data[:count]
        if self.echoes and count:
            self._far.send(bytes(data[:count]))
        return count

    def resize(self, cols, rows):
        self.sizes.append((cols, rows))

    def interrupted_by(self, data):
        return "INT" if data.endswith(b"\x03") and not self.mute else None

    def canonical(self):
        return self.line_by_line

    def foreground(self):
        return self.pid

    def occupied(self):
        return self.runs

    def send_signal(self, name):
        self.signals.append(name)

    def hang_up(self):
        self.hung_up += 1

    def kill(self):
        self.killed += 1

    def watch(self, loop, ended):
        self._loop, self._ended = loop, ended

    def let_go(self):
        pass

    def close(self):
        self._near.close()
        self._far.close()
        self.fd = -1
