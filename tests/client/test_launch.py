"""Finding and starting engines; these are real."""

import asyncio
import os
import subprocess
import sys
import threading

import pytest

from orchflow_jupyter.client import launch
from orchflow_jupyter.client.control import Control
from orchflow_jupyter.client.launch import ensure_engine, ensure_engine_async, open_engine, open_engine_async
from orchflow_jupyter.errors import EngineUnavailableError
from orchflow_jupyter.rendezvous import path_of, read_description
from orchflow_jupyter.settings import EngineSettings
from tests.support.processes import alive, end
from tests.support.waiting import GENEROUS, eventually


@pytest.fixture
def place(tmp_path):
    """Where an engine may be started: its directory and its root; whatever is started there is ended."""
    root = tmp_path / "root"
    root.mkdir()
    directory = tmp_path / "engine"
    yield str(directory), str(root)
    description = read_description(str(directory))
    if description is not None:
        end(description.pid)


def test_an_engine_is_started_once_and_found_after_that(place):
    directory, root = place
    first = ensure_engine(directory, root, EngineSettings())
    assert first.root == root
    assert alive(first.pid)
    assert ensure_engine(directory, root, EngineSettings()) == first
    assert asyncio.run(ensure_engine_async(directory, root, EngineSettings())) == first
    assert os.stat(directory).st_mode & 0o777 == 0o700


def test_it_is_started_in_a_session_of_its_own_in_the_root(place):
    pid = ensure_engine(*place, EngineSettings()).pid
    assert os.getsid(pid) == pid
    assert os.readlink(f"/proc/{pid}/cwd") == place[1]
    assert os.readlink(f"/proc/{pid}/fd/0") == os.devnull
    assert os.readlink(f"/proc/{pid}/fd/2") == path_of(place[0], "log")


def test_settings_reach_it(place):
    control, _ = open_engine(*place, EngineSettings(max_terminals=1), role="tool")
    with control:
        control.call("terminals.create", {"command": ["cat"]})
        with pytest.raises(Exception, match="1"):
            control.call("terminals.create", {"command": ["cat"]})


def test_starters_at_the_same_time_get_the_same_one(place):
    found = []

    def start():
        found.append(ensure_engine(*place, EngineSettings()))

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(GENEROUS)
    assert len(found) == 4
    assert len({description.pid for description in found}) == 1


def test_starting_does_not_hold_the_event_loop_up(place):
    async def test():
        beats = 0

        async def beat():
            nonlocal beats
            while True:
                beats += 1
                await asyncio.sleep(0.001)

        beating = asyncio.create_task(beat())
        control, description = await open_engine_async(*place, EngineSettings(), role="server")
        assert (await control.call("status"))["pid"] == description.pid
        await control.close()
        beating.cancel()
        return beats

    assert asyncio.run(test()) > 10


def test_one_that_ends_leaves_no_zombie_and_another_is_started(place):
    first = ensure_engine(*place, EngineSettings())
    os.kill(first.pid, 9)
    eventually(lambda: not os.path.exists(f"/proc/{first.pid}"), "the engine to be reaped")
    second = ensure_engine(*place, EngineSettings())
    assert second.boot != first.boot


def test_it_outlives_who_started_it(place):
    script = (
        "import sys; from orchflow_jupyter.client.launch import ensure_engine; "
        "from orchflow_jupyter.settings import EngineSettings; "
        "print(ensure_engine(sys.argv[1], sys.argv[2], EngineSettings()).pid)"
    )
    result = subprocess.run([sys.executable, "-c", script, *place], capture_output=True, text=True, check=True)
    assert result.stderr == ""
    pid = int(result.stdout)
    assert ensure_engine(*place, EngineSettings()).pid == pid


def test_a_file_of_the_users_is_not_taken_for_a_module(place):
    for name in ("asyncio", "websockets", "uvloop", "orchflow_jupyter"):
        with open(os.path.join(place[1], f"{name}.py"), "w") as file:
            file.write("raise SystemExit(9)")
    assert alive(ensure_engine(*place, EngineSettings()).pid)


def script(path, text):
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(
    "start",
    [ensure_engine, lambda *given: asyncio.run(ensure_engine_async(*given))],
    ids=["blocking", "async"],
)
def test_one_that_will_not_start_says_why(place, tmp_path, start):
    python = script(tmp_path / "python", "echo this machine has had enough >&2; exit 7")
    with pytest.raises(EngineUnavailableError, match=r"(?s)exit code 7.*this machine has had enough"):
        start(*place, EngineSettings(), python)


def test_a_python_that_is_not_there_is_named(place):
    with pytest.raises(EngineUnavailableError, match="no-such-python"):
        ensure_engine(*place, EngineSettings(), "/no-such-python")


def test_a_root_that_is_not_there_is_named(place):
    with pytest.raises(EngineUnavailableError, match="no-such-root"):
        ensure_engine(place[0], "/no-such-root", EngineSettings())


def test_one_that_never_answers_is_given_up(place, tmp_path, monkeypatch):
    monkeypatch.setattr(launch, "PATIENCE", 0.2)
    python = script(tmp_path / "python", "echo slow >&2; sleep 2")
    with pytest.raises(EngineUnavailableError, match=r"(?s)none could be started.*slow"):
        ensure_engine(*place, EngineSettings(), python)


def test_one_of_another_protocol_is_named_with_the_way_out(place, monkeypatch):
    description = ensure_engine(*place, EngineSettings())
    monkeypatch.setattr(launch, "PROTOCOL", 99)
    for starting in (
        lambda: ensure_engine(*place, EngineSettings()),
        lambda: asyncio.run(ensure_engine_async(*place, EngineSettings())),
    ):
        with pytest.raises(EngineUnavailableError, match=f"kill {description.pid}"):
            starting()


def test_what_debugs_a_program_does_not_reach_the_engine(place, monkeypatch):
    monkeypatch.setenv("PYTHONASYNCIODEBUG", "1")
    monkeypatch.setenv("PYTHONWARNINGS", "error")
    monkeypatch.setenv("MINE", "kept")
    pid = ensure_engine(*place, EngineSettings()).pid
    with open(f"/proc/{pid}/environ", "rb") as file:
        environment = dict(entry.split(b"=", 1) for entry in file.read().split(b"\0") if entry)
    assert b"PYTHONASYNCIODEBUG" not in environment
    assert b"PYTHONWARNINGS" not in environment
    assert environment[b"MINE"] == b"kept"
    with Control.connect(place[0]) as control:
        assert control.call("status")["loop"] == "uvloop"


@pytest.mark.parametrize("kernel", [True, False], ids=["kernel", "shell"])
def test_a_kernels_pager_and_plots_do_not_reach_terminals(monkeypatch, kernel):
    for name, value in {**launch.KERNEL, "PAGER": "less"}.items():
        monkeypatch.setenv(name, value)
    if kernel:
        monkeypatch.setenv("JPY_PARENT_PID", "1")
    else:
        monkeypatch.delenv("JPY_PARENT_PID", raising=False)
    environment = launch._environment()
    assert environment["PAGER"] == "less"
    assert ("MPLBACKEND" in environment) is not kernel
    assert "JPY_PARENT_PID" not in environment
