"""Looking again and again: the same truth, later."""

import asyncio
import ctypes
import errno
import os

import pytest

from orchflow_jupyter.files.watcher import inotify, watches
from orchflow_jupyter.files.watcher.polling import is_remote
from tests.files.watcher.test_tree import Program
from tests.support.replay import Tree
from tests.support.rooms import Heard, hub_on


@pytest.mark.parametrize("seed", range(3))
async def test_replaying_what_was_found_gives_the_tree_as_it_is(tmp_path, seed):
    root = tmp_path / "root"
    root.mkdir()
    program = Program(root, seed)
    for _ in range(40):
        program.act()
    copy = Tree.of(root)
    async with hub_on(root, polling=True, poll=0.01) as hub:
        heard = await Heard.of(hub)
        assert heard.listener.room.mode == "polling"
        for _ in range(5):
            for _ in range(10):
                program.act()
            await asyncio.sleep(0.02)
        await heard.mark(root)
        now = Tree.of(root)
        for event in heard.events:
            copy.replay(event)
        copy.read(now)
        assert copy.entries == now.entries


async def test_above_the_limit_of_watches_the_rest_is_polled_and_the_client_is_told_which(tmp_path, monkeypatch):
    for name in ("a", "b", "c"):
        (tmp_path / name / "below").mkdir(parents=True)
    add, added = watches.inotify_add_watch, []

    def scarce(fd, path, mask):
        if len(added) >= 3:
            ctypes.set_errno(errno.ENOSPC)
            return -1
        added.append(path)
        return add(fd, path, mask)

    monkeypatch.setattr(watches, "inotify_add_watch", scarce)
    async with hub_on(tmp_path, poll=0.01) as hub:
        heard = await Heard.of(hub)
        await heard.until(lambda: heard.resyncs)
        assert {resync.reason for resync in heard.resyncs} == {"limit"}
        assert all("sysctl fs.inotify.max_user_watches=" in resync.message for resync in heard.resyncs)
        late = await Heard.of(hub)
        assert {resync.path for resync in late.resyncs} == {resync.path for resync in heard.resyncs}
        await asyncio.sleep(0.1)
        for name in ("a", "b", "c"):
            (tmp_path / name / "below" / "new").mkdir()
            await heard.event("created", f"{name}/below/new")


async def test_what_may_not_be_read_is_told_and_the_rest_is_watched(tmp_path, monkeypatch):
    (tmp_path / "closed").mkdir()
    (tmp_path / "open").mkdir()
    add = watches.inotify_add_watch

    def refused(fd, path, mask):
        if path.endswith(b"/closed"):
            ctypes.set_errno(errno.EACCES)
            return -1
        return add(fd, path, mask)

    monkeypatch.setattr(watches, "inotify_add_watch", refused)
    async with hub_on(tmp_path) as hub:
        heard, late = await Heard.of(hub), await Heard.of(hub)
        assert [(one.reason, one.path) for one in heard.resyncs] == [("denied", "closed")]
        assert late.resyncs == heard.resyncs
        (tmp_path / "open" / "new").mkdir()
        await heard.event("created", "open/new")


async def test_where_a_file_system_below_is_unmounted_that_is_told_and_what_is_under_it_is_watched(tmp_path):
    (tmp_path / "mount").mkdir()
    async with hub_on(tmp_path) as hub:
        heard = await Heard.of(hub)
        wd = next(wd for wd, (directory, *_) in hub._inotify.watches._below.items() if directory.path == "mount")
        for mask in (inotify.UNMOUNT, inotify.IGNORED):
            hub._inotify._waiting.append(inotify.Raw(wd, mask, 0, b""))
        (tmp_path / "wake").mkdir()
        await heard.until(lambda: heard.resyncs)
        assert [(one.reason, one.path) for one in heard.resyncs] == [("root_gone", "mount")]
        await heard.event("created", "wake")
        (tmp_path / "mount" / "new").mkdir()
        await heard.event("created", "mount/new")


async def test_without_an_instance_of_inotify_everything_is_polled(tmp_path, monkeypatch):
    monkeypatch.setattr(inotify, "inotify_init", lambda: -1)
    async with hub_on(tmp_path, poll=0.01) as hub:
        heard = await Heard.of(hub)
        assert heard.listener.room.mode == "polling"
        assert [one.reason for one in heard.resyncs] == ["limit"]
        (tmp_path / "new").mkdir()
        await heard.event("created", "new")


def test_file_systems_of_other_machines_are_recognised(tmp_path):
    table = tmp_path / "mountinfo"
    table.write_text(
        "22 1 0:20 / / rw shared:1 - ext4 /dev/sda rw\n"
        "30 22 0:25 / /home/me/far rw - nfs4 server:/x rw\n"
        "31 22 0:26 / /media/with\\040space rw - fuse.sshfs me@there rw\n"
        "32 30 0:27 / /home/me/far/near rw - tmpfs none rw\n"
    )
    remote = ["/home/me/far", "/home/me/far/a", "/media/with space/x"]
    local = ["/", "/home/me", "/home/me/farther", "/home/me/far/near/x"]
    assert [path for path in remote + local if is_remote(path, str(table))] == remote
    assert not is_remote("/", str(tmp_path / "no-table"))


async def test_a_polled_root_that_goes_and_comes_back_is_told_twice(tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    async with hub_on(tmp_path, polling=True, poll=0.01) as hub:
        heard = await Heard.of(hub, path="root")
        os.rename(root, tmp_path / "elsewhere")
        await heard.until(lambda: len(heard.resyncs) == 1)
        root.mkdir()
        await heard.until(lambda: len(heard.resyncs) == 2)
        (root / "new").mkdir()
        await heard.event("created", "root/new")
        assert {resync.reason for resync in heard.resyncs} == {"root_gone"}
