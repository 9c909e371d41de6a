"""A hub on this test's own loop, and what one who listens to it hears."""

import asyncio
import contextlib
import json
import os

from orchflow_jupyter.files.hub import Hub
from orchflow_jupyter.protocol.files import Event, Resync
from orchflow_jupyter.settings import FilesSettings
from tests.support.waiting import GENEROUS

__all__ = ["Heard", "hub_on"]


@contextlib.asynccontextmanager
async def hub_on(root, **settings):
    """A hub for `root`, closed at the end; fails where that takes too long."""
    hub = Hub(str(root.resolve()), "boot", FilesSettings(**settings))
    try:
        async with asyncio.timeout(GENEROUS):
            yield hub
    finally:
        hub.close()


class Heard:
    """A listener: `batches` are lists of events, or resyncs."""

    def __init__(self, hub, **parameters):
        self.batches = []
        self._news = asyncio.Event()
        self._reads = True
        self._hub = hub
        self.listener = hub.listen(parameters, self._woken)

    @classmethod
    async def of(cls, hub, **parameters):
        """One who listens already, to a tree that stands."""
        heard = cls(hub, **parameters)
        await heard.until(lambda: heard.listener.greeted)
        heard.go_on()
        return heard

    @property
    def events(self):
        """All events so far, in order."""
        return [event for batch in self.batches if isinstance(batch, list) for event in batch]

    @property
    def resyncs(self):
        """All resyncs so far."""
        return [batch for batch in self.batches if isinstance(batch, Resync)]

    @property
    def clock(self):
        return self.listener.room.clock(self.listener.heard)

    async def until(self, check):
        """Listen until `check()` is true."""
        while not check():
            self._news.clear()
            await self._news.wait()

    async def event(self, kind, path):
        """Listen until there is such an event."""
        await self.until(lambda: any((event.kind, event.path) == (kind, path) for event in self.events))

    async def mark(self, folder):
        """Listen until all that happened in `folder` so far has been heard."""
        mark = os.path.join(folder, f"mark-{len(self.batches)}")
        os.mkdir(mark)
        await self.until(lambda: any(os.path.basename(event.path) == os.path.basename(mark) for event in self.events))
        os.rmdir(mark)
        name = os.path.basename(mark)
        await self.until(
            lambda: any(event.kind == "deleted" and os.path.basename(event.path) == name for event in self.events)
        )

    def pause(self):
        """Hear nothing for now."""
        self._reads = False

    def go_on(self):
        """Hear what was held."""
        self._reads = True
        self._woken()

    def leave(self):
        self._hub.leave(self.listener)

    def _woken(self):
        if not hasattr(self, "listener"):
            return
        while self._reads and self.listener.greeted and (entry := self.listener.pull()):
            self.batches.append(entry.resync or _events(entry.events))
        self._news.set()


def _events(text):
    return [Event(one["kind"], one["path"], one["is_dir"], one.get("from")) for one in json.loads(f"[{text}]")]
