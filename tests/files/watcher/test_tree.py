"""A real tree, watched while it changes: replaying what was told gives what is there."""

import asyncio
import contextlib
import os
import random
import shutil
import subprocess

import pytest

from tests.support.replay import Tree
from tests.support.rooms import Heard, hub_on

NAMES = ["a", "b", "A", "c\nd", "bad\udcff"]


class Program:
    """Does to a real tree what programs do; what cannot be done is left."""

    def __init__(self, root, seed):
        self.root = os.path.realpath(root)
        self.random = random.Random(seed)

    def path(self, depth=3):
        return os.path.join(self.root, *(self.random.choice(NAMES) for _ in range(self.random.randint(1, depth))))

    def act(self):
        with contextlib.suppress(OSError):
            getattr(self, self.random.choice(ACTIONS))()

    def create(self):
        with open(self.path(), "x") as file:
            file.write(str(self.random.random()))

    def write(self):
        with open(self.path(), "r+") as file:
            file.write(str(self.random.random()))

    def append(self):
        with open(self.path(), "a") as file:
            file.write(str(self.random.random()))

    def truncate(self):
        os.truncate(self.path(), 1)

    def chmod(self):
        path = self.path()
        if not os.path.islink(path):
            os.chmod(path, self.random.choice([0o700, 0o750, 0o755]))

    def mkdir(self):
        os.makedirs(self.path())

    def delete(self):
        path = self.path()
        shutil.rmtree(path) if os.path.isdir(path) and not os.path.islink(path) else os.unlink(path)

    def rename(self):
        os.rename(self.path(), self.path())

    def swap(self):
        one, two, temporary = self.path(), self.path(), self.path(1) + ".swap"
        os.rename(one, temporary)
        try:
            os.rename(two, one)
        finally:
            os.rename(temporary, two if not os.path.lexists(two) else one)

    def save(self):
        path = self.path()
        with open(path + ".tmp", "w") as file:
            file.write(str(self.random.random()))
        try:
            os.replace(path + ".tmp", path)
        except OSError:
            os.unlink(path + ".tmp")

    def link(self):
        os.symlink(self.random.choice(["a", ".", "..", "nowhere"]), self.path())

    def leave_and_return(self):
        outside = self.root + ".outside"
        if os.path.lexists(outside):
            os.rename(outside, self.path())
        else:
            os.rename(self.path(), outside)

    def copy_in(self):
        source, target = self.path(), self.path()
        if not os.path.realpath(target).startswith(os.path.realpath(source)):
            shutil.copytree(source, target, symlinks=True)


ACTIONS = [name for name in vars(Program) if not name.startswith("_") and name not in ("path", "act")]


@pytest.mark.parametrize("seed", range(16))
async def test_replaying_what_was_told_gives_the_tree_as_it_is(tmp_path, seed):
    root = tmp_path / "root"
    root.mkdir()
    program = Program(root, seed)
    for _ in range(40):
        program.act()
    copy = Tree.of(root)
    async with hub_on(root, window=program.random.choice([0.005, 0.05])) as hub:
        heard = await Heard.of(hub)
        for _ in range(program.random.choice([3, 15])):
            for _ in range(program.random.choice([5, 40])):
                program.act()
            await asyncio.sleep(program.random.choice([0, 0.001, 0.02]))
        await heard.mark(root)
        now = Tree.of(root)
        for event in heard.events:
            copy.replay(event)
        copy.read(now)
        assert heard.resyncs == []
        assert copy.entries == now.entries


@pytest.mark.parametrize("known", ["old", "older"])
async def test_directories_that_change_places_before_one_came_to_look_are_told_where_they_are(tmp_path, known):
    for name in ("old", "older"):
        (tmp_path / name / name).mkdir(parents=True)
    copy = Tree.of(tmp_path)
    async with hub_on(tmp_path) as hub:
        heard = await Heard.of(hub)
        (tmp_path / "new/in/it").mkdir(parents=True)
        (tmp_path / "new/file").touch()
        for one, other in ((known, "for a while"), ("new", known), ("for a while", "new")):
            os.rename(tmp_path / one, tmp_path / other)
        await heard.mark(tmp_path)
        (tmp_path / known / "in/later").mkdir()
        (tmp_path / "new" / known / "later").mkdir()
        await heard.mark(tmp_path)
        now = Tree.of(tmp_path)
        for event in heard.events:
            copy.replay(event)
        copy.read(now)
        assert copy.entries == now.entries


async def test_what_is_made_inside_a_new_directory_is_told_once(tmp_path):
    async with hub_on(tmp_path) as hub:
        heard = await Heard.of(hub)
        os.makedirs(tmp_path / "a/b/c")
        for number in range(100):
            (tmp_path / "a/b/c" / str(number)).touch()
        await heard.mark(tmp_path)
        created = [event.path for event in heard.events if event.kind == "created" and event.path.startswith("a")]
        assert sorted(created) == sorted(["a", "a/b", "a/b/c", *(f"a/b/c/{number}" for number in range(100))])


async def test_a_directory_that_left_is_watched_no_more(tmp_path):
    root, outside = tmp_path / "root", tmp_path / "outside"
    (root / "a/b").mkdir(parents=True)
    async with hub_on(root) as hub:
        heard = await Heard.of(hub)
        os.rename(root / "a", outside)
        await heard.event("deleted", "a")
        (outside / "b/new").touch()
        await heard.mark(root)
        assert not any("new" in event.path for event in heard.events)
        assert hub.as_json()["watches"] == 1


async def test_a_symlinked_root_is_watched_where_it_is(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    async with hub_on(tmp_path) as hub:
        heard = await Heard.of(hub, path="link")
        (tmp_path / "real/new").mkdir()
        await heard.until(lambda: heard.events)
        assert [event.path for event in heard.events] == ["real/new"]


async def test_links_in_a_circle_are_files(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a/up").symlink_to("..")
    async with hub_on(tmp_path) as hub:
        heard = await Heard.of(hub)
        (tmp_path / "self").symlink_to("self")
        await heard.mark(tmp_path)
        assert ("created", "self", False) in [event[:3] for event in heard.events]
        assert hub.as_json()["watches"] == 2


@pytest.fixture
def deep(tmp_path):
    """A directory a thousand levels below the root; Python's own rmtree cannot take it away."""
    path = str(tmp_path)
    for _ in range(1000):
        path += "/d"
        os.mkdir(path)
    yield path
    subprocess.run(["rm", "-rf", tmp_path / "d"], check=True)


async def test_a_thousand_levels_are_watched(tmp_path, deep):
    async with hub_on(tmp_path) as hub:
        heard = await Heard.of(hub)
        assert hub.as_json()["watches"] == 1001
        os.mkdir(os.path.join(deep, "new"))
        await heard.event("created", "/".join(["d"] * 1000 + ["new"]))


async def test_a_hundred_clients_cost_one_watch_for_each_directory(tmp_path):
    (tmp_path / "a/b").mkdir(parents=True)
    async with hub_on(tmp_path) as hub:
        everybody = [await Heard.of(hub, path=path) for path in ["", "a", "a/b"] * 33]
        assert hub.as_json()["watches"] == 3
        (tmp_path / "a/b/new").mkdir()
        for heard in everybody:
            await heard.event("created", "a/b/new")


async def test_entries_below_are_not_told_where_that_is_not_asked(tmp_path):
    (tmp_path / "a").mkdir()
    async with hub_on(tmp_path) as hub:
        heard = await Heard.of(hub, recursive=False)
        (tmp_path / "a/new").touch()
        await heard.mark(tmp_path)
        assert not any("new" in event.path for event in heard.events)
        assert hub.as_json()["watches"] == 1
