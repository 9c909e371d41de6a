"""A terminal whose program a test plays, on a clock that only the test moves."""

from orchflow_jupyter.protocol.terminal import decode
from orchflow_jupyter.settings import TerminalSettings
from orchflow_jupyter.terminals.output import Pace
from orchflow_jupyter.terminals.session import Session
from tests.support.echo import EchoPty
from tests.support.loops import FakeLoop

__all__ = ["Played", "pulled"]


class Played:
    """A session, its loop, and the program that it believes to run; a context manager."""

    def __init__(
        self,
        *,
        size=(80, 24),
        echoes=False,
        takes=None,
        integration=None,
        command=None,
        loop=None,
        told=None,
        **settings,
    ):
        self.loop = loop or FakeLoop()
        self.pty = EchoPty(echoes=echoes, takes=takes)
        self.ended = []
        self.session = Session(
            self.loop,
            self.pty,
            ("t-1", "played"),
            command or ["played"],
            "/",
            size,
            TerminalSettings(**settings),
            Pace(),
            self.ended.append,
            integration,
            told or (lambda at: None),
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.pty.close()
        for listener in tuple(self.session.listeners):
            self.session.detach(listener)
        self.session.ring.close()

    @property
    def watching(self):
        """Whether the program's output is read now."""
        return self.pty.fd in self.loop.readers

    def say(self, data):
        """Output, read at once as far as it may be."""
        self.pty.say(data)
        if self.watching:
            self.loop.readers[self.pty.fd]()

    def write(self, data):
        """Output that is in the ring whether somebody could take it or not."""
        self.session.ring.append(data)

    def resize(self, cols, rows):
        """A new size, long after the last one."""
        self.loop.pass_time(1.0)
        self.session.resize(cols, rows)

    def attach(self, **options):
        """A listener whose wake-ups and evictions are counted."""
        told = []
        listener = self.session.attach(lambda: told.append("wake"), lambda: told.append("evict"), **options)
        listener.told = told
        return listener


def pulled(listener, count=10_000):
    """The messages that a listener gives now, decoded."""
    messages = []
    while len(messages) < count and (data := listener.pull()) is not None:
        messages.append(decode(data))
    return messages
