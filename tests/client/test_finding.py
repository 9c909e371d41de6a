"""Which engine a process gets: its server's, or its directory's; with real processes."""

import json
import os
import subprocess
import sys

import pytest

from orchflow_jupyter import rendezvous
from orchflow_jupyter.client.finding import own_engine
from orchflow_jupyter.rendezvous import Description, engine_directory, read_description
from tests.support.engine import EngineProcess
from tests.support.processes import end
from tests.support.waiting import GENEROUS

SAY_WHO = """
import json, sys
from orchflow_jupyter.client import Engine
with Engine.open(*sys.argv[1:]) as engine:
    status = engine.status()
    print(json.dumps({"pid": status["pid"], "root": status["root"]}))
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A working directory and a runtime directory of our own, and nothing told by any server."""
    for name in (rendezvous.ENVIRONMENT, rendezvous.ROOT_ENVIRONMENT):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    yield tmp_path
    for directory in (tmp_path / "runtime" / "orchflow").glob("*"):
        description = read_description(str(directory))
        if description is not None:
            end(description.pid)


def who(*args):
    """What a process of its own finds."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", SAY_WHO, *args],
        capture_output=True,
        text=True,
        timeout=GENEROUS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_without_a_server_it_is_the_working_directorys(place):
    runtime, work = str(place / "runtime"), str(place / "work")
    assert own_engine() == (engine_directory(runtime, work), work)


def test_a_root_is_taken_by_its_real_path(place):
    os.symlink(place / "work", place / "link")
    assert own_engine(root=str(place / "link")) == own_engine()
    assert own_engine(root=str(place))[1] == str(place)


def test_a_directory_that_is_named_is_taken(place):
    assert own_engine("there") == ("there", str(place / "work"))
    assert own_engine("there", str(place)) == ("there", str(place))


def test_what_the_server_told_goes_before_the_working_directory(place, monkeypatch):
    told = place / "engine"
    told.mkdir()
    monkeypatch.setenv(rendezvous.ENVIRONMENT, str(told))
    assert own_engine() == (str(told), str(place / "work"))
    monkeypatch.setenv(rendezvous.ROOT_ENVIRONMENT, "/told/root")
    assert own_engine() == (str(told), "/told/root")
    Description(1, "0", 1, "boot", "/described/root", "now").write(str(told))
    assert own_engine() == (str(told), "/described/root")


def test_what_is_asked_for_goes_before_what_the_server_told(place, monkeypatch):
    monkeypatch.setenv(rendezvous.ENVIRONMENT, str(place / "engine"))
    work = str(place / "work")
    assert own_engine(root=work) == (engine_directory(str(place / "runtime"), work), work)
    assert own_engine("there")[0] == "there"


def test_a_plain_process_starts_an_engine_and_the_next_finds_the_same(place):
    first, second = who(), who()
    assert first == second
    assert first["root"] == str(place / "work")
    other = place / "other"
    other.mkdir()
    directory, root = own_engine(root=str(other))
    assert who(directory, root)["pid"] != first["pid"]


def test_a_process_that_was_told_an_engine_goes_there(place, monkeypatch):
    with EngineProcess(place) as process:
        monkeypatch.setenv(rendezvous.ENVIRONMENT, process.directory)
        assert who() == {"pid": process.pid, "root": str(process.root)}
    assert not (place / "runtime").exists()


def test_an_engine_that_was_told_and_is_gone_is_started_anew_in_its_place(place, monkeypatch):
    told, root = place / "runtime" / "orchflow" / "told", place / "root"
    root.mkdir()
    monkeypatch.setenv(rendezvous.ENVIRONMENT, str(told))
    monkeypatch.setenv(rendezvous.ROOT_ENVIRONMENT, str(root))
    found = who()
    assert found == {"pid": read_description(str(told)).pid, "root": str(root)}
