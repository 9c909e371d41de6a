"""The life of an engine: how it starts, that it is the only one, how it ends, and that it leaves nothing behind."""

import os
import signal
import stat
import time
from pathlib import Path

import pytest

from orchflow_jupyter import rendezvous
from orchflow_jupyter.errors import EngineUnavailableError
from orchflow_jupyter.protocol.terminal import Op
from tests.support.engine import EngineProcess, children, descriptors, raw
from tests.support.processes import alive
from tests.support.waiting import GENEROUS, eventually

TELLS_HANGUP = ["sh", "-c", "trap 'echo hung up >> told; exit 5' HUP; echo ready; while :; do sleep 0.02; done"]
MIB = 1024 * 1024


def files(engine):
    return sorted(os.listdir(engine.directory))


# -- its start


def test_directory_is_its_owner_s_alone_even_under_an_open_umask(tmp_path):
    with EngineProcess(tmp_path, before=lambda: os.umask(0)) as engine:
        assert stat.S_IMODE(os.stat(engine.directory).st_mode) == 0o700
        assert stat.S_IMODE(os.stat(rendezvous.path_of(engine.directory, "lock")).st_mode) == 0o600


def test_directory_that_was_open_is_closed(tmp_path):
    (tmp_path / "engine").mkdir(mode=0o755)
    with EngineProcess(tmp_path) as engine:
        assert stat.S_IMODE(os.stat(engine.directory).st_mode) == 0o700


def test_description_says_who_answers(tmp_path):
    with EngineProcess(tmp_path) as engine:
        hello = engine.call("hello", {"role": "tool"})
        description = rendezvous.read_description(engine.directory)
        assert hello == {name: getattr(description, name) for name in hello}
        assert (hello["pid"], hello["root"]) == (engine.pid, str(engine.root))
        assert files(engine) == ["engine.json", "engine.lock", "engine.sock"]


def test_path_too_long_for_a_socket_does(tmp_path):
    folder = tmp_path / ("long" * 30)
    folder.mkdir()
    with EngineProcess(folder) as engine:
        assert engine.status()["pid"] == engine.pid


def test_second_engine_leaves_the_first_alone(tmp_path):
    with EngineProcess(tmp_path) as first:
        stream = first.run(raw("exec cat"))
        stream.text(b"ready;")
        second = EngineProcess(tmp_path)
        assert second.spawn().wait(GENEROUS) == 0
        assert rendezvous.read_description(first.directory).pid == first.pid
        stream.type(b"goes on")
        stream.text(b"goes on")
        assert first.connect().call("hello")["pid"] == first.pid


def test_unknown_setting_is_refused_at_the_start(tmp_path):
    engine = EngineProcess(tmp_path, lingre=3)
    assert engine.spawn().wait(GENEROUS) != 0
    assert "lingre" in engine.log


# -- its end


def test_termination_hangs_up_reports_the_ends_and_leaves_the_directory_clean(tmp_path):
    with EngineProcess(tmp_path) as engine:
        streams = [engine.run(TELLS_HANGUP) for _ in range(3)]
        for stream in streams:
            stream.text(b"ready")
        engine.process.terminate()
        for stream in streams:
            assert stream.rest() == 1012
            assert stream.exit == {"code": 5, "signal": None}
        assert engine.process.wait(GENEROUS) == 0
        assert (engine.root / "told").read_text() == "hung up\n" * 3
        assert files(engine) == ["engine.lock"]
        assert not any(alive(stream.hello["pid"]) for stream in streams)


def test_termination_ends_what_ignores_the_hang_up_and_clients_that_do_not_read(tmp_path):
    with EngineProcess(tmp_path, terminal={"kill_after": 0.1}) as engine:
        stubborn = engine.run(["sh", "-c", "trap '' HUP TERM; printf 'ready;'; while :; do sleep 0.02; done"])
        stubborn.text(b"ready;")
        engine.run(["yes"], reads=False)
        silent = engine.run(["yes"], acknowledges=False)
        silent.until(lambda: silent.full)
        engine.process.terminate()
        assert stubborn.rest() == 1012
        assert stubborn.exit == {"code": None, "signal": "KILL"}
        assert silent.rest() == 1012
        assert silent.exit is None
        assert engine.process.wait(GENEROUS) == 0


def test_termination_twice_is_once(tmp_path):
    with EngineProcess(tmp_path) as engine:
        stream = engine.run(TELLS_HANGUP)
        stream.text(b"ready")
        engine.process.terminate()
        engine.process.send_signal(signal.SIGINT)
        assert stream.rest() == 1012
        assert engine.process.wait(GENEROUS) == 0


def test_hang_up_of_its_own_does_not_end_it(tmp_path):
    with EngineProcess(tmp_path) as engine:
        engine.process.send_signal(signal.SIGHUP)
        assert engine.status()["pid"] == engine.pid


def test_termination_is_clean_although_the_directory_was_cleared_away(tmp_path):
    with EngineProcess(tmp_path) as engine:
        for name in files(engine):
            os.unlink(os.path.join(engine.directory, name))
        os.rmdir(engine.directory)
        engine.process.terminate()
        assert engine.process.wait(GENEROUS) == 0


def test_killed_engine_takes_its_shells_along_and_makes_room_for_another(tmp_path):
    with EngineProcess(tmp_path) as engine:
        stream = engine.run(TELLS_HANGUP)
        stream.text(b"ready")
        boot = engine.call("hello")["boot"]
        engine.kill9()
        stream.until(lambda: stream.eof, "the end")
        assert stream.close_code is None
        eventually(lambda: not alive(stream.hello["pid"]), "the end of a shell without a terminal")
        assert (engine.root / "told").read_text() == "hung up\n"
        with pytest.raises(EngineUnavailableError):
            rendezvous.connect(engine.directory)
        engine.start()
        assert engine.call("hello")["boot"] != boot
        assert rendezvous.read_description(engine.directory).pid == engine.pid
        again = engine.attach(stream.hello["id"], since=stream.end)
        assert again.rest() == 4404


def test_engine_that_holds_nothing_ends_by_itself(tmp_path):
    with EngineProcess(tmp_path, idle_exit=1.0) as engine:
        stream = engine.run(["true"])
        stream.rest()
        time.sleep(1.3)
        assert engine.process.poll() is None  # somebody is attached
        engine.stop_talking()
        assert engine.process.wait(GENEROUS) == 0
        assert files(engine) == ["engine.lock"]


def test_engine_that_nobody_ever_asks_for_ends_by_itself(tmp_path):
    engine = EngineProcess(tmp_path, idle_exit=0.2)
    assert engine.spawn().wait(GENEROUS) == 0


def test_terminals_linger_and_then_are_hung_up(tmp_path):
    with EngineProcess(tmp_path, idle_exit=1.5, linger=1.5) as engine:
        stream = engine.run(TELLS_HANGUP)
        stream.text(b"ready")
        engine.stop_talking()
        assert engine.call("hello")["pid"] == engine.pid  # who comes back in time finds it
        engine.stop_talking()
        assert stream.rest() == 1012
        assert stream.exit == {"code": 5, "signal": None}
        assert engine.process.wait(GENEROUS) == 0


# -- what is left over


def test_terminals_that_were_opened_used_and_closed_leave_nothing_behind(engine):
    def use(count):
        for _ in range(count // 20):
            streams = [engine.run(raw("exec cat")) for _ in range(20)]
            for stream in streams:
                stream.text(b"ready;")
                stream.type(b"some words" * 100)
                stream.send(Op.RESIZE, 0, (100, 30))
            for stream in streams:
                stream.text(b"some words" * 100)
                engine.delete(stream.hello["id"])
                assert stream.rest() == 1000
                stream.close()
        engine.clear()
        return descriptors(engine.pid), children(engine.pid), engine.status()["memory"]["private"]

    before = descriptors(engine.pid)
    first = use(100)
    second = use(100)
    assert first[0] == second[0] == before
    assert first[1] == second[1] == []
    assert second[2] - first[2] < 2 * MIB


def test_streams_that_come_and_go_leave_nothing_behind(engine):
    terminal = engine.create(raw("exec cat"))

    def use(count):
        for number in range(count):
            stream = engine.attach(terminal, attachment=f"a{number % 7}")
            stream.greet()
            stream.send(Op.PING, 1, b"x")
            stream.next(Op.PONG)
            stream.close()
        engine.settled(terminals=1)
        return descriptors(engine.pid), engine.status()["memory"]["private"]

    first, second = use(200), use(200)
    assert first[0] == second[0]
    assert second[1] - first[1] < MIB


def test_an_idle_engine_has_loaded_nothing_that_only_its_work_needs(tmp_path):
    journals = tmp_path / "journals"
    (journals / "of an earlier root").mkdir(parents=True)
    with EngineProcess(tmp_path, documents={"journal": str(journals)}) as engine:
        loaded = Path(f"/proc/{engine.pid}/maps").read_text()
    for name in ("_hashlib", "_ctypes", "pycrdt", "pyghostty", "msgspec"):
        assert name not in loaded


def test_engine_does_as_always_whatever_signals_it_was_started_with(tmp_path):
    def deaf():
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT, signal.SIGCHLD})

    with EngineProcess(tmp_path, before=deaf) as engine:
        stream = engine.run(["sh", "-c", "exit 3"])
        stream.rest()
        assert stream.exit == {"code": 3, "signal": None}
        os.kill(engine.pid, signal.SIGTERM)
        assert engine.process.wait(GENEROUS) == 0
