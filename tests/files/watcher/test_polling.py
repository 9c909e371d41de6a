"""Looking again and again: the same truth, later."""

import asyncio
import ctypes
import errno
import os

import pytest

from orchflow_jupyter.files.watcher import inotify
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
    add, added = inotify.inotify_add_watch, []

    def scarce(fd, path, mask):
        if len(added) >= 3:
            ctypes.set_errno(errno.ENOSPC)
            return -1
        added.append(path)
        return add(fd, path, mask)

    monkeypatch.setattr(inotify, "inotify_add_watch", scarce)
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
