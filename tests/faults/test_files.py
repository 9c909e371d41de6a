"""What goes wrong with a watched directory in real life, really provoked: whatever may have been missed is said."""

import contextlib
import os
import shutil
import signal
import subprocess

import pytest

from orchflow_jupyter.client import Engine
from orchflow_jupyter.client.files import watch
from tests.faults.test_clock import HOUR, JumpyEngine
from tests.support.engine import EngineProcess
from tests.support.namespaces import capabilities_dropped, few_watches, inside, mounted, namespaces
from tests.support.waiting import GENEROUS

__all__ = ["namespaces"]


@contextlib.contextmanager
def watched(engine, **options):
    """A watch of an engine's whole root."""
    with (
        Engine.open(engine.directory, str(engine.root)) as client,
        watch(engine.root, engine=client, timeout=GENEROUS, **options) as batches,
    ):
        yield batches


def until_told(batches, path):
    """All batches up to the one that tells of `path`."""
    came = []
    for batch in batches:
        came.append(batch)
        if any(event.path == str(path) for event in batch.events):
            return came
    raise AssertionError("the watch ended")


def until_resync(batches):
    """The next resync."""
    return next(batch.resync for batch in batches if batch.resync)


def test_more_changes_than_the_system_can_report_are_told_as_one_overflow(tmp_path):
    with EngineProcess(tmp_path) as engine, watched(engine) as batches:
        with open("/proc/sys/fs/inotify/max_queued_events") as file:
            limit = int(file.read())
        if limit > 50_000:
            pytest.skip(f"the system queues {limit} events")
        os.kill(engine.pid, signal.SIGSTOP)
        try:
            # The kernel reports the same twice in a row once.
            for number in range(limit + 10):
                (engine.root / str(number % 2)).touch()
            (engine.root / "unheard").mkdir()
        finally:
            os.kill(engine.pid, signal.SIGCONT)
        resync = until_resync(batches)
        assert (resync.reason, resync.path) == ("overflow", str(engine.root))
        (engine.root / "unheard/heard").mkdir()
        assert not any(batch.resync for batch in until_told(batches, engine.root / "unheard/heard"))


def test_above_the_limit_of_watches_what_is_left_is_polled(tmp_path, namespaces):
    root = tmp_path / "root"
    for name in ("a", "b", "c", "d"):
        (root / name / "below").mkdir(parents=True)
    with (
        EngineProcess(tmp_path, before=few_watches(6 + len(root.parts)), files={"poll": 0.02}) as engine,
        watched(engine) as batches,
    ):
        resync = until_resync(batches)
        assert resync.reason == "limit"
        assert "fs.inotify.max_user_watches" in resync.message
        with watched(engine) as late:
            assert until_resync(late).reason == "limit"
            for name in ("a", "b", "c", "d"):
                (root / name / "below/new").mkdir()
                for one in (batches, late):
                    until_told(one, root / name / "below/new")


def test_a_directory_that_may_not_be_read_is_said_and_the_rest_is_watched(tmp_path):
    closed = tmp_path / "root/closed"
    closed.mkdir(parents=True)
    with EngineProcess(tmp_path, before=capabilities_dropped) as engine:
        closed.chmod(0)
        try:
            with watched(engine) as batches:
                resync = until_resync(batches)
                assert (resync.reason, resync.path) == ("denied", str(closed))
                (engine.root / "open").mkdir()
                until_told(batches, engine.root / "open")
        finally:
            closed.chmod(0o700)


def test_a_file_system_that_disappears_is_said_once_and_what_is_under_it_is_watched(tmp_path, namespaces):
    mount = tmp_path / "root/mount"
    mount.mkdir(parents=True)
    with EngineProcess(tmp_path, before=mounted(mount)) as engine:
        inside(engine.pid, "mkdir", "-p", str(mount / "a/b/c"))
        with watched(engine) as batches:
            inside(engine.pid, "mkdir", str(mount / "a/new"))
            until_told(batches, mount / "a/new")
            inside(engine.pid, "umount", str(mount))
            resync = until_resync(batches)
            assert (resync.reason, resync.path) == ("root_gone", str(mount))
            (mount / "under").mkdir()
            assert not any(batch.resync for batch in until_told(batches, mount / "under"))


def test_a_root_that_was_on_a_file_system_that_disappears_is_said_to_be_gone(tmp_path, namespaces):
    mount = tmp_path / "root/mount"
    mount.mkdir(parents=True)
    with EngineProcess(tmp_path, before=mounted(mount)) as engine:
        inside(engine.pid, "mkdir", str(mount / "below"))
        with (
            Engine.open(engine.directory, str(engine.root)) as client,
            watch(mount, engine=client, timeout=GENEROUS) as batches,
        ):
            inside(engine.pid, "umount", str(mount))
            reasons = {until_resync(batches).reason, until_resync(batches).reason}
            assert reasons == {"root_gone"}
            (mount / "under").mkdir()
            until_told(batches, mount / "under")


@pytest.mark.parametrize("way", ["deleted", "renamed", "above it renamed"])
def test_a_root_that_goes_is_said_to_be_gone_and_to_be_there_again(tmp_path, way):
    root = tmp_path / "root/above/watched"
    root.mkdir(parents=True)
    with EngineProcess(tmp_path) as engine, Engine.open(engine.directory, str(engine.root)) as client:
        with watch(root, engine=client, timeout=GENEROUS) as batches:
            if way == "deleted":
                shutil.rmtree(root)
            else:
                os.rename(root if way == "renamed" else root.parent, engine.root / "elsewhere")
            assert until_resync(batches).reason == "root_gone"
            root.mkdir(parents=True)
            assert until_resync(batches).reason == "root_gone"
            (root / "new").mkdir()
            until_told(batches, root / "new")
            clock = batches.clock
        shutil.rmtree(root)
        root.mkdir()
        with watch(root, engine=client, timeout=GENEROUS) as fresh:
            with watch(root, engine=client, timeout=GENEROUS, since=clock) as back:
                assert until_resync(back).reason == "root_gone"
            (root / "newer").mkdir()
            assert not any(batch.resync for batch in until_told(fresh, root / "newer"))


def test_a_directory_removed_and_made_again_between_two_watches_is_the_new_one_for_the_second(tmp_path):
    with EngineProcess(tmp_path) as engine, Engine.open(engine.directory, str(engine.root)) as client:
        folder = engine.root / "folder"
        for number in range(20):
            (folder / "below").mkdir(parents=True)
            with watch(folder, engine=client, timeout=GENEROUS) as batches:
                (folder / "below" / str(number)).mkdir()
                came = until_told(batches, folder / "below" / str(number))
                assert [batch.resync for batch in came] == [None] * len(came)
            shutil.rmtree(folder)


def test_an_engine_that_was_killed_says_restart_to_who_comes_back(tmp_path):
    with EngineProcess(tmp_path) as engine:
        with watched(engine) as batches:
            (engine.root / "one").mkdir()
            clock = until_told(batches, engine.root / "one")[-1].clock
        engine.kill9()
        engine.start()
        with watched(engine, since=clock) as batches:
            assert until_resync(batches).reason == "restart"
            (engine.root / "two").mkdir()
            until_told(batches, engine.root / "two")


def test_a_clock_of_the_wall_that_jumps_loses_nothing_and_delays_nothing(tmp_path):
    with JumpyEngine(tmp_path) as engine, watched(engine) as batches:
        for number, hours in enumerate((0, -5, 100, -100)):
            engine.jump(hours * HOUR)
            for name in ("directory", "another"):
                (engine.root / f"{name}-{number}").mkdir()
                came = until_told(batches, engine.root / f"{name}-{number}")
                assert not any(batch.resync for batch in came)


def test_names_of_any_bytes_and_paths_of_any_depth_come_whole(tmp_path):
    deep = os.path.join(str(tmp_path / "root"), *["d"] * 1000)
    with EngineProcess(tmp_path) as engine:
        path = str(engine.root)
        for part in deep[len(path) + 1 :].split("/"):
            path = f"{path}/{part}"
            os.mkdir(path)
        try:
            with watched(engine) as batches:
                for name in (b"new\nline", b"\xff\xfe", b'q"uote\\', "ümläut 🙂".encode(), b"\x01\x7f"):
                    os.mkdir(os.path.join(os.fsencode(deep), name))
                    until_told(batches, os.path.join(deep, os.fsdecode(name)))
                os.symlink("..", os.path.join(deep, "up"))
                until_told(batches, os.path.join(deep, "up"))
        finally:
            subprocess.run(["rm", "-rf", engine.root / "d"], check=True)
