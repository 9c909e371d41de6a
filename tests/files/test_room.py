"""Windows, clocks and those who listen."""

import asyncio
import contextlib
import gc
import os
import shutil
import subprocess
import weakref

import pytest

from orchflow_jupyter import release
from orchflow_jupyter.files import hub as hub_module
from orchflow_jupyter.files.watcher import inotify
from tests.support.rooms import Heard, hub_on
from tests.support.waiting import eventually

AGES = 30.0
"""Seconds of a window that no test waits for."""


async def test_a_file_that_is_modified_after_quiet_is_told_before_its_window_is_over(tmp_path):
    (tmp_path / "file").write_text("1")
    async with hub_on(tmp_path, window=AGES) as hub:
        heard = await Heard.of(hub)
        (tmp_path / "file").write_text("2")
        await heard.event("modified", "file")


async def test_a_new_file_is_told_once_it_is_closed_before_its_window_is_over(tmp_path):
    async with hub_on(tmp_path, window=AGES) as hub:
        heard = await Heard.of(hub)
        (tmp_path / "file").write_text("1")
        await heard.until(lambda: heard.batches)
        assert [event[:2] for event in heard.events] == [("created", "file")]


async def test_a_save_by_way_of_a_temporary_file_is_one_event(tmp_path):
    (tmp_path / "file").write_text("1")
    async with hub_on(tmp_path) as hub:
        heard = await Heard.of(hub)
        (tmp_path / ".file.tmp").write_text("2")
        os.replace(tmp_path / ".file.tmp", tmp_path / "file")
        await heard.until(lambda: heard.batches)
        assert [event[:2] for event in heard.events] == [("modified", "file")]


async def test_many_writes_are_one_or_two_events(tmp_path):
    (tmp_path / "file").touch()
    async with hub_on(tmp_path) as hub:
        heard = await Heard.of(hub)
        for number in range(200):
            (tmp_path / "file").write_text(str(number))
        await heard.mark(tmp_path)
        assert 1 <= sum(event.path == "file" for event in heard.events) <= 2


async def test_who_comes_back_gets_what_was_missed_from_the_clock_on(tmp_path):
    async with hub_on(tmp_path) as hub:
        heard = await Heard.of(hub)
        (tmp_path / "one").mkdir()
        await heard.event("created", "one")
        clock = heard.clock
        heard.leave()
        (tmp_path / "two").mkdir()
        back = await Heard.of(hub, since=clock)
        await back.event("created", "two")
        assert not any(event.path == "one" for event in back.events)
        assert back.resyncs == []


@pytest.mark.parametrize(
    ("clock", "reason"), [("other:1234:0", "restart"), ("boot:1234:0", "too_old"), ("nonsense", "restart")]
)
async def test_a_clock_that_says_nothing_any_more_is_answered_with_the_reason(tmp_path, clock, reason):
    async with hub_on(tmp_path) as hub:
        heard = await Heard.of(hub, since=clock)
        await heard.until(lambda: heard.resyncs)
        assert [resync.reason for resync in heard.resyncs] == [reason]


async def test_a_number_that_is_yet_to_come_is_too_old(tmp_path):
    async with hub_on(tmp_path) as hub:
        heard = await Heard.of(hub)
        back = await Heard.of(hub, since=heard.clock.rpartition(":")[0] + ":99")
        assert [resync.reason for resync in back.resyncs] == ["too_old"]


async def test_who_does_not_read_is_cut_down_to_a_resync_and_the_others_are_not(tmp_path):
    async with hub_on(tmp_path, ring_bytes=500, window=0.001) as hub:
        slow, quick = await Heard.of(hub), await Heard.of(hub)
        slow.pause()
        for number in range(30):
            (tmp_path / str(number)).mkdir()
            await quick.event("created", str(number))
        slow.go_on()
        assert [resync.reason for resync in slow.resyncs] == ["slow_client"]
        (tmp_path / "after").mkdir()
        await slow.event("created", "after")
        assert quick.resyncs == []


async def test_an_overflow_is_told_once_everything_is_watched_again(tmp_path):
    (tmp_path / "a").mkdir()
    async with hub_on(tmp_path) as hub:
        heard = await Heard.of(hub)
        overflow = inotify.Raw(-1, inotify.OVERFLOW, 0, b"")
        hub._inotify._waiting.append(overflow)
        (tmp_path / "a" / "unheard").mkdir()
        await heard.until(lambda: heard.resyncs)
        assert [(resync.reason, resync.path) for resync in heard.resyncs] == [("overflow", "")]
        (tmp_path / "a" / "unheard" / "heard").mkdir()
        await heard.event("created", "a/unheard/heard")


async def test_a_root_that_goes_and_comes_back_is_told_twice(tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    async with hub_on(tmp_path) as hub:
        heard = await Heard.of(hub, path="root")
        os.rename(root, tmp_path / "elsewhere")
        await heard.until(lambda: len(heard.resyncs) == 1)
        root.mkdir()
        await heard.until(lambda: len(heard.resyncs) == 2)
        assert {(resync.reason, resync.path) for resync in heard.resyncs} == {("root_gone", "root")}
        (root / "new").mkdir()
        await heard.event("created", "root/new")


async def test_a_root_that_nobody_listens_for_any_more_is_not_looked_for_until_somebody_does(tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    async with hub_on(tmp_path) as hub:
        heard = await Heard.of(hub, path="root")
        room = heard.listener.room
        root.rmdir()
        await heard.until(lambda: heard.resyncs)
        hub.leave(heard.listener)
        room._look_for_root()
        assert room._root_timer is None
        root.mkdir()
        again = await Heard.of(hub, path="root")
        (root / "new").mkdir()
        await again.event("created", "root/new")


@pytest.mark.parametrize("way", ["deleted", "renamed", "above it renamed", "somebody is in it"])
async def test_who_comes_to_a_root_that_was_made_again_is_greeted_once_it_is_watched(tmp_path, way):
    root = tmp_path / "above" / "root"
    root.mkdir(parents=True)
    (root / "old").mkdir()
    async with hub_on(tmp_path) as hub:
        heard = await Heard.of(hub, path="above/root")
        clock = heard.clock
        heard.leave()
        with contextlib.ExitStack() as held:
            if way == "somebody is in it":
                held.callback(os.close, os.open(root, os.O_RDONLY))
            if way in ("deleted", "somebody is in it"):
                shutil.rmtree(root)
            else:
                os.rename(root if way == "renamed" else root.parent, tmp_path / "elsewhere")
            (root / "there").mkdir(parents=True)
            # Both come before the loop has read what the system said of it, as does nobody after.
            fresh, back = Heard(hub, path="above/root"), Heard(hub, path="above/root", since=clock)
            await fresh.until(lambda: fresh.listener.greeted)
            (root / "there" / "new").mkdir()
            for one in (fresh, back):
                one.go_on()
                await one.event("created", "above/root/there/new")
            assert fresh.resyncs == []
            assert {(one.reason, one.path) for one in back.resyncs} == {("root_gone", "above/root")}
            late = await Heard.of(hub, path="above/root")
            assert late.batches == []


@pytest.mark.parametrize("way", ["above it renamed", "somebody is in it"])
async def test_a_root_that_says_nothing_of_its_own_end_is_seen_to_be_gone(tmp_path, way):
    root = tmp_path / "a" / "b" / "root"
    root.mkdir(parents=True)
    async with hub_on(tmp_path) as hub:
        heard = await Heard.of(hub, path="a/b/root")
        with contextlib.ExitStack() as held:
            if way == "somebody is in it":
                held.callback(os.close, os.open(root, os.O_RDONLY))
                root.rmdir()
            else:
                os.rename(tmp_path / "a", tmp_path / "c")
            await heard.until(lambda: heard.resyncs)
            (tmp_path / "c/b/root/unheard").mkdir(parents=True)
            (root / "new").mkdir(parents=True)
            await heard.until(lambda: len(heard.resyncs) == 2)
            (root / "heard").mkdir()
            await heard.event("created", "a/b/root/heard")
            assert {one.reason for one in heard.resyncs} == {"root_gone"}
            assert not any("unheard" in event.path for event in heard.events)


async def test_a_file_that_became_a_directory_is_watched_as_one(tmp_path):
    (tmp_path / "it").touch()
    async with hub_on(tmp_path) as hub:
        heard = await Heard.of(hub, path="it")
        heard.leave()
        (tmp_path / "it").unlink()
        (tmp_path / "it").mkdir()
        again = await Heard.of(hub, path="it")
        (tmp_path / "it/new").mkdir()
        await again.event("created", "it/new")


async def test_what_git_does_is_one_batch(tmp_path):
    def git(*arguments):
        subprocess.run(["git", "-C", tmp_path, "-c", "user.name=x", "-c", "user.email=x@y", *arguments], check=True)

    git("init", "-q")
    for number in range(300):
        (tmp_path / f"f{number}").write_text("1")
    git("add", ".")
    git("commit", "-qm", "one")
    for number in range(300):
        (tmp_path / f"f{number}").write_text("2")
    git("commit", "-qam", "two")
    async with hub_on(tmp_path, git_wait=AGES) as hub:
        heard = await Heard.of(hub)
        await asyncio.to_thread(git, "checkout", "-q", "HEAD~1")
        await heard.mark(tmp_path)
        told = [{event.path for event in batch} for batch in heard.batches]
        assert sum(any(path.startswith("f") for path in paths) for paths in told) == 1


async def test_a_lock_that_is_left_behind_holds_nothing_up_for_ever(tmp_path):
    (tmp_path / ".git").mkdir()
    async with hub_on(tmp_path, git_wait=0.1) as hub:
        heard = await Heard.of(hub)
        (tmp_path / ".git/index.lock").touch()
        (tmp_path / "new").mkdir()
        await heard.event("created", "new")


async def test_what_comes_out_of_hiding_is_new_where_hidden_files_are_not_told(tmp_path):
    (tmp_path / ".secret").mkdir()
    async with hub_on(tmp_path) as hub:
        heard = await Heard.of(hub, hidden=False)
        (tmp_path / ".secret/file").touch()
        os.rename(tmp_path / ".secret/file", tmp_path / "file")
        await heard.event("created", "file")
        os.rename(tmp_path / "file", tmp_path / ".file")
        await heard.event("deleted", "file")
        assert not any("." in event.path for event in heard.events)


async def test_a_room_that_nobody_listens_to_is_forgotten_after_a_while(tmp_path):
    async with hub_on(tmp_path, keep=0.01) as hub:
        heard = await Heard.of(hub)
        heard.leave()
        await asyncio.to_thread(eventually, lambda: not hub.as_json()["rooms"], "the end of the room")
        assert hub.as_json()["watches"] == 0


async def test_a_large_tree_that_is_watched_no_more_is_let_go(tmp_path, monkeypatch):
    """It refers to itself in circles, and the engine hardly ever collects by itself."""
    monkeypatch.setattr(release, "WAIT", 0.01)
    monkeypatch.setattr(release, "LARGE_ELSEWHERE", 10 * hub_module.EACH)
    for number in range(10):
        (tmp_path / str(number)).mkdir()
    async with hub_on(tmp_path, keep=0.01) as hub:
        heard = await Heard.of(hub)
        gone = asyncio.Event()
        weakref.finalize(heard.listener.room, gone.set)
        heard.leave()
        del heard
        gc.disable()
        try:
            await gone.wait()
        finally:
            gc.enable()


async def test_a_clock_that_jumps_changes_nothing(tmp_path, monkeypatch):
    import time

    async with hub_on(tmp_path) as hub:
        heard = await Heard.of(hub)
        monkeypatch.setattr(time, "time_ns", lambda: 1)
        (tmp_path / "one").mkdir()
        await heard.event("created", "one")
        monkeypatch.undo()
        (tmp_path / "two").mkdir()
        await heard.event("created", "two")
