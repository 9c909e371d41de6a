"""Programs that behave in every way that programs do."""

import os
import random
import signal
from pathlib import Path

from orchflow_jupyter.protocol.terminal import Op
from tests.support.engine import children, raw
from tests.support.processes import alive
from tests.support.waiting import eventually


def test_program_that_ends_at_once_loses_not_a_byte(engine):
    data = random.Random(5).randbytes(200_000)
    (engine.root / "data").write_bytes(data)
    for _ in range(50):
        stream = engine.run(["sh", "-c", "stty raw; exec cat data"])
        assert stream.rest() == 1000
        assert bytes(stream.output) == data
        assert stream.exit == {"code": 0, "signal": None}
        assert stream.messages[-1].op is Op.EXIT


def test_program_that_ends_with_nothing_to_say_is_reported(engine):
    for code in range(20):
        stream = engine.run(["sh", "-c", f"exit {code}"])
        assert stream.rest() == 1000
        assert stream.exit == {"code": code, "signal": None}


def test_program_that_ignores_the_hang_up_is_killed(engine):
    stream = engine.run(["sh", "-c", "trap '' HUP TERM; printf 'ready;'; while :; do sleep 0.05; done"])
    stream.text(b"ready;")
    engine.delete(stream.hello["id"])
    assert stream.rest() == 1000
    assert stream.exit == {"code": None, "signal": "KILL"}
    assert not alive(stream.hello["pid"])


def test_program_that_is_stopped_hears_the_hang_up(engine):
    stream = engine.run(raw("exec sleep 1000"))
    stream.text(b"ready;")
    stream.send(Op.SIGNAL, 0, "STOP")
    engine.delete(stream.hello["id"])
    stream.rest()
    assert stream.exit == {"code": None, "signal": "HUP"}


def test_program_that_closes_its_output_goes_on_and_is_heard_through_its_terminal(engine):
    stream = engine.run(
        ["sh", "-c", "echo early; exec <&- >&- 2>&-; until [ -e go ]; do sleep 0.02; done; echo late >/dev/tty"]
    )
    stream.text(b"early")
    stream.quiet(0.1)
    assert engine.model(stream.hello["id"])["state"] == "running"
    (engine.root / "go").touch()
    assert stream.rest() == 1000
    assert bytes(stream.output) == b"early\r\nlate\r\n"


def test_end_is_reported_although_a_background_process_holds_the_terminal(engine):
    stream = engine.run(["sh", "-c", "trap '' HUP; sleep 1000 & echo $!; exit 3"])
    assert stream.rest() == 1000
    assert stream.exit == {"code": 3, "signal": None}
    left = int(stream.output)
    assert alive(left)
    os.kill(left, signal.SIGKILL)


def test_end_is_reported_although_a_background_process_floods_the_terminal(engine):
    stream = engine.run(["sh", "-c", "trap '' HUP; echo $$; yes & sleep 0.1; exit 3"])
    assert stream.rest() == 1000
    assert stream.exit == {"code": 3, "signal": None}
    assert b"y\r\ny\r\ny" in stream.output
    assert not alive(int(stream.output.split()[0]))


def test_job_control_works_as_in_any_terminal(engine):
    stream = engine.run(["bash", "--norc", "--noprofile", "-i"])
    stream.type(b"PS1='> '; set -o | grep monitor\n")
    stream.text(b"monitor        \ton")

    def busy_with():
        try:
            running = {Path(f"/proc/{pid}/comm").read_text() for pid in children(stream.hello["pid"])}
        except (FileNotFoundError, ProcessLookupError):
            running = {"something that has just ended"}
        return running if engine.model(stream.hello["id"])["busy"] else None

    eventually(lambda: busy_with() is None, "the prompt")
    stream.type(b"sleep 1000\n")
    eventually(lambda: busy_with() == {"sleep\n"}, "the sleep in the foreground")
    stream.type(b"\x1a")
    stream.text(b"Stopped")
    stream.type(b"fg\n")
    eventually(lambda: busy_with() == {"sleep\n"}, "the sleep in the foreground again")
    stream.type(b"\x03")
    eventually(lambda: busy_with() is None, "the prompt again")
    stream.type(b"exit 4\n")
    stream.rest()
    assert stream.exit == {"code": 4, "signal": None}


def test_program_starts_in_its_directory_with_its_environment_and_size(engine):
    (engine.root / "a folder; with 'quotes'").mkdir()
    terminal = engine.create(
        ["sh", "-c", 'pwd; echo "$EXTRA,$TERM,$ORCHFLOW_TERMINAL"; stty size; tty; echo "$0,$1"', "zero", "one two"],
        cwd="a folder; with 'quotes'",
        env={"EXTRA": "ä ö"},
        cols=123,
        rows=45,
    )
    stream = engine.attach(terminal)
    stream.rest()
    lines = stream.output.decode().split("\r\n")
    assert lines[0] == str(engine.root / "a folder; with 'quotes'")
    assert lines[1] == f"ä ö,xterm-256color,{terminal}"
    assert lines[2] == "45 123"
    assert lines[3].startswith("/dev/pts/")
    assert lines[4] == "zero,one two"


def test_program_inherits_no_descriptor_and_no_signal_setting_of_the_engine(engine):
    stream = engine.run(["sh", "-c", "ls -x /proc/self/fd; grep -E 'SigIgn|SigBlk' /proc/self/status"])
    stream.rest()
    listed, blocked, ignored = stream.output.decode().split("\r\n")[:-1]
    assert listed.split() == ["0", "1", "2", "3"]  # its own three, and that of the listing itself
    standard = (1 << 31) - 1  # two real-time signals are libc's own
    assert [int(line.split()[1], 16) & standard for line in (blocked, ignored)] == [0, 0]


def test_login_shell_is_what_one_gets_without_a_command(engine):
    terminal = engine.create()
    assert engine.model(terminal)["command"] == ["/bin/sh", "-l"]
    stream = engine.attach(terminal)
    stream.greet()
    stream.type(b"exit 6\n")
    stream.rest()
    assert stream.exit == {"code": 6, "signal": None}


def test_name_in_bytes_that_are_not_utf8_can_be_listed_and_attached_to(engine):
    os.mkdir(os.fsencode(str(engine.root)) + b"/caf\xe9")
    stream = engine.run(["sh", "-c", "cd caf*; pwd", "\udce9"])
    stream.rest()
    assert stream.output.endswith(b"/caf\xe9\r\n")
    assert stream.hello["command"][3] == "\udce9"
    stream = engine.attach(engine.create(["pwd"], cwd="caf\udce9"))
    stream.rest()
    assert stream.output.endswith(b"/caf\xe9\r\n")


def test_nobody_is_left_over_after_all_this(engine):
    assert children(engine.pid) == []
