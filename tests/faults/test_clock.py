"""A clock of the wall that jumps by hours, back and forth, while terminals are used."""

import json
import os
from datetime import UTC, datetime, timedelta

import pytest

from orchflow_jupyter.client import Engine
from orchflow_jupyter.protocol.terminal import Op
from tests.support.engine import EngineProcess, raw
from tests.support.waiting import eventually

JUMPY = """
import runpy, sys, time, datetime
def jump():
    try:
        with open({path!r}) as file:
            return float(file.read() or 0)
    except OSError:
        return 0.0
seconds, nanoseconds = time.time, time.time_ns
time.time = lambda: seconds() + jump()
time.time_ns = lambda: nanoseconds() + int(jump() * 1e9)
real = datetime.datetime
class Jumpy(real):
    @classmethod
    def now(cls, tz=None):
        return real.now(tz) + datetime.timedelta(seconds=jump())
datetime.datetime = Jumpy
sys.argv[0] = "engine"
runpy.run_module("orchflow_jupyter.engine", run_name="__main__", alter_sys=True)
"""
HOUR = 3600.0


class JumpyEngine(EngineProcess):
    """An engine whose clock of the wall is ahead of ours by what `jump` was told last."""

    def __init__(self, folder, **settings):
        super().__init__(folder, **settings)
        self._path = self.folder / "jump"
        self.program = ["-c", JUMPY.format(path=str(self._path))]

    def jump(self, seconds):
        """The clock is off by so much from now on."""
        new = self._path.with_suffix(".new")
        new.write_text(str(seconds))
        os.replace(new, self._path)


@pytest.fixture
def engine(tmp_path):
    with JumpyEngine(tmp_path, terminal={"kill_after": 0.2}) as engine:
        yield engine


def numbers(stream, op):
    return [message.sequence for message in stream.of(op)]


def test_output_input_and_acknowledgements_go_on(engine):
    stream = engine.run(raw("exec cat"))
    stream.text(b"ready;")
    for hours in (0, -5, 100, -100, 0.001, -(10**5), 7):
        engine.jump(hours * HOUR)
        number = stream.type(b"%g;" % hours)
        stream.text(b"%g;" % hours)
        stream.until(lambda number=number: number in numbers(stream, Op.INPUT_ACK), "its acknowledgement")
        stream.send(Op.RESIZE, 0, (50 + number, 20))
        stream.next(Op.RESIZED, number)
        stream.send(Op.PING, number, b"")
        stream.next(Op.PONG, number)
    late = engine.attach(stream.hello["id"], since=3)
    late.until(lambda: late.end == stream.end, "the same for one that comes late")


def test_a_commands_duration_is_what_passed(engine, tmp_path):
    with Engine.open(engine.directory, str(engine.root)) as client:
        made = client.create(["bash"], env={"HOME": str(tmp_path)})
        with client.attach(made["id"]) as terminal:
            for hours in (-1, 3):
                line = f"echo {hours * HOUR} >'{engine.folder}/jump'; sleep 0.05"
                result = terminal.run(line, timeout=30)
                assert 0 < result.duration < HOUR / 2

            def is_of_now():  # the wall's, as it is now, which is three hours ahead
                terminal.run("true", timeout=30)
                offset = datetime.fromisoformat(client.get(made["id"])["last_activity"]) - datetime.now(UTC)
                return abs(offset - timedelta(hours=3)) < timedelta(minutes=30)

            eventually(is_of_now, "a last activity by the clock of the wall")


def test_a_flood_and_a_storm_of_sizes_keep_their_pace(engine):
    stream = engine.run(["yes"])
    for hours in (-1, 2, -3):
        engine.jump(hours * HOUR)
        seen = stream.end
        stream.until(lambda seen=seen: stream.end > seen + 500_000, "more of the flood")
    for number in range(50):
        stream.send(Op.RESIZE, 0, (60 + number, 20), wait=False)
        engine.jump(number % 3 * HOUR)
    stream.until(lambda: stream.of(Op.RESIZED)[-1:] and stream.of(Op.RESIZED)[-1].value == (109, 20), "the last size")


def test_the_end_comes_when_it_is_due(engine):
    stubborn = engine.run(["sh", "-c", "trap '' HUP; printf 'ready;'; while :; do sleep 0.1; done"])
    stubborn.text(b"ready;")
    engine.delete(stubborn.hello["id"])
    engine.jump(-HOUR)
    assert stubborn.rest() == 1000
    assert stubborn.exit["signal"] == "KILL"


def test_an_engine_ends_after_its_own_time(tmp_path):
    engine = JumpyEngine(tmp_path, idle_exit=0.5)
    engine.jump(-HOUR)
    process = engine.start().process
    engine.jump(-2 * HOUR)
    engine.stop_talking()
    eventually(lambda: process.poll() is not None, "its end")
    assert process.returncode == 0


def test_a_recording_runs_forwards(engine):
    stream = engine.run(raw("exec cat"))
    stream.text(b"ready;")
    terminal = stream.hello["id"]
    engine.call("terminals.record", {"id": terminal, "path": "jumpy.cast"})
    for number, hours in enumerate((-2, 5, -7)):
        engine.jump(hours * HOUR)
        stream.type(b"%d;" % number)
        stream.text(b"%d;" % number)
    engine.call("terminals.stop_recording", {"id": terminal})
    intervals = [json.loads(line)[0] for line in (engine.root / "jumpy.cast").read_text().splitlines()[1:]]
    assert intervals
    assert all(0 <= interval < HOUR / 2 for interval in intervals)
