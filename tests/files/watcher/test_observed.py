"""Told by a watchdog observer, as on macOS and Windows; here by its own for Linux."""

import asyncio
import os
import shutil

import pytest

from orchflow_jupyter.files.watcher import observed, opening
from tests.files.watcher.test_tree import Program
from tests.support.replay import Tree
from tests.support.rooms import Heard, hub_on

# watchdog's own, of a directory that is moved about: it warns, and goes on.
pytestmark = pytest.mark.filterwarnings("ignore:Callback with id:RuntimeWarning")


@pytest.fixture(autouse=True)
def no_inotify_of_our_own(monkeypatch):
    monkeypatch.setattr(opening, "INOTIFY", False)


@pytest.mark.parametrize("seed", range(4))
async def test_replaying_what_was_told_gives_the_tree_as_it_is(tmp_path, seed):
    root = tmp_path / "root"
    root.mkdir()
    program = Program(root, seed)
    for _ in range(40):
        program.act()
    copy = Tree.of(root)
    async with hub_on(root) as hub:
        heard = await Heard.of(hub)
        assert heard.listener.room.mode == "native"
        for _ in range(4):
            for _ in range(20):
                program.act()
            await asyncio.sleep(program.random.choice([0, 0.02]))
        await heard.mark(root)
        now = Tree.of(root)
        for event in heard.events:
            copy.replay(event)
        copy.read(now)
        assert heard.resyncs == []
        assert copy.entries == now.entries


async def test_what_an_observer_does_not_say_is_found_by_looking_now_and_then(tmp_path, monkeypatch):
    monkeypatch.setattr(observed, "SAFETY", 0.02)
    monkeypatch.setattr(observed.ObservedTree, "on_any_event", lambda self, event: None)
    (tmp_path / "a/b").mkdir(parents=True)
    async with hub_on(tmp_path) as hub:
        heard = await Heard.of(hub)
        (tmp_path / "a/b/new").mkdir()
        await heard.event("created", "a/b/new")


async def test_what_is_ignored_or_below_or_beside_what_was_asked_for_is_not_told(tmp_path):
    (tmp_path / "node_modules/a").mkdir(parents=True)
    (tmp_path / "d").mkdir()
    async with hub_on(tmp_path) as hub:
        everything = await Heard.of(hub)
        flat = await Heard.of(hub, recursive=False)
        (tmp_path / "file").touch()
        await everything.event("created", "file")
        file = await Heard.of(hub, path="file")
        (tmp_path / "node_modules/a/new").touch()
        (tmp_path / "d/new").touch()
        (tmp_path / "file").write_text("1")
        for heard in (everything, flat, file):
            await heard.event("modified", "file")
        await everything.event("created", "d/new")
        assert not any("node_modules/" in event.path for event in everything.events)
        assert not any("new" in event.path for event in (*flat.events, *file.events))


async def test_a_root_that_goes_and_comes_back_is_told_twice_and_greets_once_it_is_known(tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    async with hub_on(tmp_path) as hub:
        heard = await Heard.of(hub, path="root")
        shutil.rmtree(root)
        await heard.until(lambda: len(heard.resyncs) == 1)
        root.mkdir()
        await heard.until(lambda: len(heard.resyncs) == 2)
        assert {one.reason for one in heard.resyncs} == {"root_gone"}
        (root / "new").mkdir()
        await heard.event("created", "root/new")
        clock = heard.clock
        heard.leave()
        os.rename(root, tmp_path / "elsewhere")
        root.mkdir()
        fresh = await Heard.of(hub, path="root")
        back = await Heard.of(hub, path="root", since=clock)
        (root / "newer").mkdir()
        for one in (fresh, back):
            await one.event("created", "root/newer")
        assert fresh.resyncs == []
        assert {one.reason for one in back.resyncs} == {"root_gone"}
