"""The blocking client, against a real engine and real programs."""

import hashlib
import os
import resource
import signal
import subprocess
import sys
import threading

import pytest

from orchflow_jupyter.client import Attachment, Engine
from orchflow_jupyter.client.attachment import KEEP
from orchflow_jupyter.errors import (
    ConflictError,
    EngineUnavailableError,
    InvalidRequestError,
    NotAllowedError,
    NotFoundError,
    TakenOverError,
    TooLargeError,
)
from tests.support.engine import PYTHON, EngineProcess, raw
from tests.support.processes import alive
from tests.support.waiting import GENEROUS, eventually

MIB = 1024 * 1024
SHORT = 0.05
"""A limit of time that is meant to run out."""


def run(engine, command, **options):
    """A new terminal that runs `command`, attached."""
    return engine.attach(engine.create(command)["id"], **options)


def shell(line):
    """A command that runs `line` in a shell that says `ready;` first, in a terminal that does not echo."""
    return raw(f"stty sane -echo; {line}")


def blocks(count):
    """A command that writes `count` MiB, and the digest of what it writes."""
    program = f"""
import os
block = bytes(range(33, 97)) * {MIB // 64}
for _ in range({count}):
    written = 0
    while written < len(block):
        written += os.write(1, block[written:])
"""
    return [*PYTHON, program], hashlib.sha256(bytes(range(33, 97)) * (MIB // 64 * count)).hexdigest()


# -- terminals by id and by name


def test_metrics_tell_what_was_typed_in_all_and_in_each(engine):
    before = engine.metrics(each=False)
    with run(engine, raw("exec cat")) as terminal:
        terminal.read_until(b"ready;", timeout=GENEROUS)
        terminal.send("abc")
        terminal.read_until(b"abc", timeout=GENEROUS)
        after = engine.metrics()
    assert "each" not in before
    assert after["bytes_in"] - before["bytes_in"] == 3
    assert [one["bytes_in"] for one in after["each"]] == [3]


def test_a_terminal_is_made_found_changed_and_ended(engine, process):
    made = engine.create(["cat"], name="mine", env={"A": "b"}, cols=100, rows=30)
    assert (made["name"], made["command"], made["cols"], made["rows"]) == ("mine", ["cat"], 100, 30)
    assert made["cwd"] == str(process.root)
    assert [model["id"] for model in engine.list()] == [made["id"]]
    assert engine.get(made["id"])["pid"] == engine.get("mine")["pid"] == made["pid"]
    changed = engine.update(made["id"], name="yours", cols=90)
    assert (changed["name"], changed["cols"], changed["rows"]) == ("yours", 90, 30)
    assert engine.get("yours")["id"] == made["id"]
    engine.delete(made["id"])
    assert engine.list() == []
    eventually(lambda: not alive(made["pid"]), "the program's end")


def test_a_directory_may_be_a_path_object(engine, tmp_path):
    assert engine.create(["cat"], cwd=tmp_path)["cwd"] == str(tmp_path)


def test_a_name_means_the_running_terminal_rather_than_a_newer_one_that_ended(engine):
    running = engine.create(["cat"], name="other")
    with run(engine, ["true"]) as ended:
        ended.wait(GENEROUS)
    newer = engine.update(ended.model["id"], name="same")
    engine.update(running["id"], name="same")
    assert engine.get("same")["id"] == running["id"] != newer["id"]


def test_of_those_that_ended_a_name_means_the_newest(engine):
    ids = []
    for _ in range(2):
        made = engine.create(["true"], name="same")["id"]
        with engine.attach(made) as terminal:
            terminal.wait(GENEROUS)
        ids.append(made)
    assert engine.get("same")["id"] == ids[1]


def test_what_is_not_there_is_told_with_what_is(engine):
    engine.create(["cat"], name="mine")
    with pytest.raises(NotFoundError, match="'yours'; there are: mine"):
        engine.get("yours")
    for call in (engine.delete, lambda name: engine.signal(name, "INT"), engine.attach):
        with pytest.raises(NotFoundError, match="yours"):
            call("yours")


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"command": []}, "command"),
        ({"command": ["no-such-program"]}, "no-such-program"),
        ({"command": ["cat"], "cwd": "no/such/directory"}, "no/such/directory"),
        ({"command": ["cat"], "name": "two\nlines"}, "name"),
        ({"command": ["cat"], "cols": 0}, "cols"),
        ({"command": ["cat"], "env": {"A=B": "c"}}, "A=B"),
    ],
)
def test_what_cannot_be_made_is_refused_by_name(engine, fields, named):
    with pytest.raises(InvalidRequestError, match=named):
        engine.create(**fields)
    assert engine.list() == []


def test_a_name_that_runs_is_not_given_twice(engine):
    engine.create(["cat"], name="mine")
    with pytest.raises(ConflictError, match="mine"):
        engine.create(["cat"], name="mine")


def test_a_signal_reaches_the_program(engine):
    with run(engine, ["sleep", "1000"]) as terminal:
        engine.signal(terminal.model["id"], "TERM")
        assert terminal.wait(GENEROUS)["code"] is None
        assert "TERM" in terminal.exit["signal"]
    with pytest.raises(InvalidRequestError, match="signal must be one of"):
        engine.signal(terminal.model["id"], "NOPE")


def test_threads_share_an_engine(engine):
    codes = {}

    def work(number):
        with run(engine, shell("read x; exit $x")) as terminal:
            terminal.read_until(b"ready;", GENEROUS)
            terminal.send(f"{number}\n")
            codes[number] = terminal.wait(GENEROUS)["code"]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(GENEROUS)
    assert codes == {number: number for number in range(8)}


def test_a_closed_engine_is_told_and_its_terminals_go_on(process):
    with Engine.open(process.directory, str(process.root)) as engine:
        terminal = run(engine, ["cat"])
        assert engine.alive()
    assert not engine.alive()
    with pytest.raises(EngineUnavailableError, match="closed"):
        engine.list()
    with terminal:
        terminal.send("still here\n", GENEROUS)
        terminal.read_until(b"still here", GENEROUS)


FORKING = """
import os, sys
from orchflow_jupyter.client import Engine
engine = Engine.open(*sys.argv[1:3])
terminal = engine.attach(engine.create(command=["cat"])["id"])
terminal.hello()
child = os.fork()
if child == 0:
    for attempt in (
        lambda: terminal.send("child"),
        lambda: terminal.read(timeout=1),
        terminal.look,
        lambda: terminal.resize(9, 9),
        lambda: terminal.signal("TERM"),
    ):
        try:
            attempt()
        except Exception as error:
            print(type(error).__name__, "forked: attach to it here" in str(error))
        else:
            print("taken")
    terminal.close()
    sys.exit()
assert os.waitpid(child, 0)[1] == 0
terminal.send("parent;")
terminal.read_until(b"parent;", 30)
"""


def test_a_fork_is_told_to_attach_itself_and_its_parent_goes_on(process):
    program = [sys.executable, "-W", "ignore", "-c", FORKING, process.directory, str(process.root)]
    said = subprocess.run(program, capture_output=True, text=True, timeout=GENEROUS)
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout.splitlines() == ["EngineUnavailableError True"] * 5


# -- reading and typing


def test_what_is_typed_is_read_back(engine):
    with run(engine, raw("cat")) as terminal:
        assert terminal.read_until(b"ready;", GENEROUS) == b"ready;"
        terminal.send("é")
        terminal.send(b"\x00\xff")
        assert terminal.read_until(b"\xff", GENEROUS) == "é".encode() + b"\x00\xff"


def test_reading_takes_at_most_the_limit_and_nothing_at_the_end(engine):
    with run(engine, ["printf", "abcdef"]) as terminal:
        terminal.wait(GENEROUS)
        assert [terminal.read(4), terminal.read(4), terminal.read(4), terminal.read()] == [b"abcd", b"ef", b"", b""]


def test_reading_up_to_something_leaves_what_follows(engine):
    with run(engine, ["printf", "one;two;three"]) as terminal:
        terminal.wait(GENEROUS)
        assert terminal.read_until(b";") == b"one;"
        assert terminal.read_until(b";") == b"two;"
        assert terminal.read_until(b";") == b"three"


def test_what_came_before_a_time_ran_out_is_read_next(engine):
    with run(engine, raw("cat")) as terminal:
        terminal.hello()
        with pytest.raises(TimeoutError):
            terminal.read_until(b"never", SHORT)
        assert terminal.read_until(b"ready;", GENEROUS) == b"ready;"
        with pytest.raises(TimeoutError):
            terminal.read(timeout=SHORT)
        with pytest.raises(TimeoutError):
            terminal.wait(SHORT)
        terminal.send("more")
        assert terminal.read_until(b"more", GENEROUS) == b"more"


def test_what_came_before_an_interruption_is_read_next(engine):
    def interrupt(*_):
        raise KeyboardInterrupt

    with run(engine, raw("cat")) as terminal:
        eventually(lambda: engine.get(terminal.model["id"])["offset"] == 6, "output")
        before = signal.signal(signal.SIGALRM, interrupt)
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.2)
            with pytest.raises(KeyboardInterrupt):
                terminal.read_until(b"never", GENEROUS)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        assert terminal.read(timeout=GENEROUS) == b"ready;"


def test_input_that_the_program_does_not_want_yet_keeps_its_limit_of_time_and_arrives_later(engine, process):
    gate = process.root / "gate"
    typed = os.urandom(2 * MIB)
    program = f"""
import hashlib, os, time
while not os.path.exists({str(gate)!r}): time.sleep(0.01)
left, digest = {len(typed)}, hashlib.sha256()
while left:
    data = os.read(0, min(left, 65536))
    left -= len(data)
    digest.update(data)
print("digest", digest.hexdigest(), flush=True)
"""
    (process.root / "take.py").write_text(program)
    with run(engine, raw(f"{' '.join(PYTHON[:-1])} take.py")) as terminal:
        terminal.read_until(b"ready;", GENEROUS)
        with pytest.raises(TimeoutError):
            terminal.send(typed, SHORT)
        gate.touch()
        terminal.read_until(f"digest {hashlib.sha256(typed).hexdigest()}".encode(), GENEROUS)
    gate.unlink()


@pytest.mark.parametrize("size", [MIB, 4 * MIB])
def test_a_program_that_echoes_megabytes_does_not_stall_its_sender(engine, size):
    typed = os.urandom(size).replace(b"\x1b", b"")  # nothing that asks a terminal
    with run(engine, raw("cat")) as terminal:
        terminal.read_until(b"ready;", GENEROUS)
        terminal.send(typed, GENEROUS)
        back = bytearray()
        while len(back) < len(typed):
            back += terminal.read(timeout=GENEROUS)
        assert back == typed


def test_a_slow_reader_gets_all_of_a_flood_and_the_engine_does_not_grow(engine):
    command, digest = blocks(8)
    before = engine.status()["memory"]["private"]
    with run(engine, command) as terminal:
        held = 0
        # The flood stands still once everything between program and reader is full.
        while (offset := engine.get(terminal.model["id"])["offset"]) != held or not held:
            held = offset
            threading.Event().wait(SHORT)
        assert held < 4 * MIB
        assert engine.status()["memory"]["private"] - before < 8 * MIB
        found = hashlib.sha256()
        while data := terminal.read(100_000, GENEROUS):
            assert len(data) <= 100_000
            found.update(data)
        assert terminal.wait(GENEROUS) == {"code": 0, "signal": None}
    assert found.hexdigest() == digest


def test_waiting_lets_a_program_end_that_nobody_reads_and_keeps_the_newest(engine):
    command, _ = blocks(8)
    with run(engine, command) as terminal:
        assert terminal.wait(GENEROUS)["code"] == 0
        kept = bytearray()
        while data := terminal.read(timeout=GENEROUS):
            kept += data
    assert KEEP - 64 * 1024 <= len(kept) <= KEEP + MIB
    assert kept.endswith(bytes(range(33, 97)))


@pytest.mark.parametrize("code", [0, 3, 255])
def test_the_exit_code_is_told_again_and_again(engine, code):
    with run(engine, ["sh", "-c", f"exit {code}"]) as terminal:
        assert terminal.wait(GENEROUS) == terminal.wait() == terminal.exit == {"code": code, "signal": None}


def test_who_types_after_the_end_is_told(engine):
    with run(engine, ["true"]) as terminal:
        terminal.wait(GENEROUS)
        assert terminal.read() == b""
        with pytest.raises(NotFoundError, match="has ended"):
            terminal.send("hello", GENEROUS)


def test_a_terminal_is_resized_and_signalled_from_where_it_is_read(engine):
    with run(engine, shell("read x; stty size; exec sleep 1000")) as terminal:
        terminal.read_until(b"ready;", GENEROUS)
        terminal.resize(123, 45)
        eventually(lambda: engine.get(terminal.model["id"])["cols"] == 123, "the new size")
        terminal.send("\n")
        assert b"45 123" in terminal.read_until(b"45 123", GENEROUS)
        eventually(lambda: b"sleep" in _program(terminal.model["pid"]), "sleep")
        terminal.signal("KILL")
        assert "KILL" in terminal.wait(GENEROUS)["signal"]


def _program(pid):
    with open(f"/proc/{pid}/cmdline", "rb") as file:
        return file.read()


@pytest.mark.parametrize("size", [(0, 24), (80, 1001)])
def test_a_size_or_a_signal_that_is_none_is_refused_and_the_attachment_goes_on(engine, size):
    with run(engine, raw("cat")) as terminal:
        with pytest.raises(InvalidRequestError, match="1 to 1000"):
            terminal.resize(*size)
        with pytest.raises(InvalidRequestError, match="signal must be one of"):
            terminal.signal("NOPE")
        terminal.read_until(b"ready;", GENEROUS)


def test_since_gives_what_follows_an_offset(engine):
    with run(engine, raw("cat")) as first:
        first.read_until(b"ready;", GENEROUS)
        with engine.attach(first.model["id"], since=3) as second:
            assert second.read_until(b";", GENEROUS) == b"dy;"


def test_inputs_of_a_named_attachment_go_on_when_it_comes_back(engine):
    with run(engine, raw("cat"), attachment="me") as terminal:
        terminal.read_until(b"ready;", GENEROUS)
        terminal.send("1")
        terminal.send("2")
    with engine.attach(terminal.model["id"], attachment="me") as again:
        again.send("3", GENEROUS)
        assert again.read_until(b"3", GENEROUS) == b"ready;123"


def test_the_same_attachment_elsewhere_takes_over_and_the_first_is_told(engine):
    with run(engine, ["cat"], attachment="me") as first, engine.attach(first.model["id"], attachment="me") as second:
        with pytest.raises(TakenOverError, match="another connection"):
            first.read(timeout=GENEROUS)
        second.send("x", GENEROUS)


def test_who_may_only_watch_is_refused_what_is_more_and_watches_on(engine):
    with run(engine, raw("cat")) as writer, engine.attach(writer.model["id"], mode="ro") as watcher:
        writer.read_until(b"ready;", GENEROUS)
        for do in (lambda: watcher.send("x", GENEROUS), lambda: watcher.resize(9, 9), lambda: watcher.signal("INT")):
            with pytest.raises(NotAllowedError, match="watch"):
                do()
        writer.send("typed")
        assert watcher.read_until(b"typed", GENEROUS) == b"ready;typed"


def test_leaving_detaches_and_the_terminal_goes_on(engine):
    with run(engine, ["cat"]) as terminal:
        assert engine.get(terminal.model["id"])["clients"] == 1
    terminal.close()
    eventually(lambda: engine.get(terminal.model["id"])["clients"] == 0, "the detachment")
    assert engine.get(terminal.model["id"])["state"] == "running"


def test_descriptors_beyond_what_select_takes_do_no_harm(engine):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 2048:
        pytest.skip("no more than 2048 descriptors here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2048), hard))
    held = []
    try:
        while not held or held[-1] < 1024:
            held.append(os.open(os.devnull, os.O_RDONLY))
        with run(engine, raw("cat")) as terminal:
            terminal.read_until(b"ready;", GENEROUS)
            terminal.send("x", GENEROUS)
            assert terminal.read_until(b"x", GENEROUS) == b"x"
    finally:
        for fd in held:
            os.close(fd)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_an_engine_that_is_killed_is_told_to_who_reads_who_types_and_who_calls(tmp_path):
    with EngineProcess(tmp_path) as process, Engine.open(process.directory, str(process.root)) as engine:
        with run(engine, ["cat"]) as terminal:
            killer = threading.Timer(SHORT, process.process.kill)
            killer.start()
            with pytest.raises(EngineUnavailableError, match="engine"):
                terminal.read(timeout=GENEROUS)
            killer.join()
            with pytest.raises(EngineUnavailableError):
                terminal.send("x", GENEROUS)
            with pytest.raises(EngineUnavailableError):
                terminal.wait(GENEROUS)
        with pytest.raises(EngineUnavailableError):
            engine.list()
        assert not engine.alive()


def test_a_stream_that_ends_before_it_began_is_told(engine, process):
    ours = engine.open_stream(engine.create(["cat"])["id"], mode="sideways")
    terminal = Attachment(ours)
    with terminal, pytest.raises(InvalidRequestError, match="sideways"):
        terminal.hello(GENEROUS)


def test_a_line_that_the_program_cannot_take_is_an_error_and_the_attachment_goes_on(engine):
    model = engine.create(["sh", "-c", "printf 'ready;'; cat"])
    with engine.attach(model["id"]) as terminal:
        terminal.read_until(b"ready;", GENEROUS)
        with pytest.raises(TooLargeError, match="lines of at most 4,096 bytes"):
            terminal.send("x" * 10_000, GENEROUS)
        terminal.send("\rand on\r", GENEROUS)
        terminal.read_until(b"and on", GENEROUS)
    engine.delete(model["id"])


def test_without_any_time_what_is_there_is_seen(engine):
    with run(engine, shell("echo now; exit 3")) as terminal:
        eventually(lambda: engine.get(terminal.model["id"])["state"] == "exited", "its end")
        assert terminal.wait_for("now", timeout=0)
        eventually(lambda: ended_now(terminal), "its end, asked for again and again")
        with pytest.raises(NotFoundError):
            terminal.wait_for("never", timeout=0)
    with run(engine, shell("echo hello; read line; echo world; exec cat")) as terminal:
        assert terminal.read_until(b"hello", timeout=GENEROUS)
        terminal.send("\n")
        eventually(lambda: read_now(terminal), "what comes in two pieces, asked for again and again")
    with run(engine, ["cat"]) as terminal:
        for wait in (terminal.read, terminal.wait, lambda timeout: terminal.wait_for("x", timeout=timeout)):
            with pytest.raises(TimeoutError):
                wait(timeout=0)


def read_now(terminal):
    try:
        return terminal.read_until(b"world", timeout=0)
    except TimeoutError:
        return None


def ended_now(terminal):
    try:
        return terminal.wait(timeout=0)["code"] == 3
    except TimeoutError:
        return False


def test_a_flood_does_not_outlast_the_limit_of_time(engine):
    with run(engine, ["yes"]) as terminal:
        for _ in range(3):
            with pytest.raises(TimeoutError):
                terminal.wait_for("never", timeout=0.1)
            with pytest.raises(TimeoutError):
                terminal.read_until(b"never", timeout=0)


@pytest.mark.parametrize("timeout", [1e7, 1e300, float("inf")])
def test_a_limit_of_time_may_be_long(engine, timeout):
    with run(engine, ["sh", "-c", "sleep 0.1; echo x; exit 3"]) as terminal:
        assert terminal.wait_for("x", timeout=timeout)
        assert terminal.wait(timeout=timeout)["code"] == 3
    assert engine.run("echo x", timeout=timeout).text == "x\n"


def test_a_program_of_its_own_that_takes_too_long_is_said_to_have_begun(engine):
    with pytest.raises(TimeoutError, match=r"^'echo x; sleep 1000' did not end in 0\.5 s$") as raised:
        engine.run("echo x; sleep 1000", timeout=0.5)
    assert raised.value.result.text == "x\n"
    assert raised.value.result.started is not None
    assert raised.value.result.duration >= 0.5


@pytest.mark.parametrize("timeout", [float("nan"), "3", [1]])
def test_a_limit_of_time_that_is_no_number_is_refused_before_anything_is_typed(engine, timeout):
    with run(engine, shell("cat")) as terminal:
        for call in (terminal.wait, terminal.read, lambda timeout: terminal.wait_for("x", timeout=timeout)):
            with pytest.raises(InvalidRequestError, match="timeout must be"):
                call(timeout=timeout)
    before = len(engine.list())
    with pytest.raises(InvalidRequestError, match="timeout must be"):
        engine.run("true", timeout=timeout)
    assert len(engine.list()) == before
    with engine.attach(engine.create(["bash"])["id"]) as bash:
        bash.run("true", timeout=30)
        with pytest.raises(InvalidRequestError, match="timeout must be"):
            bash.send("echo typed\n", timeout=timeout)
        with pytest.raises(InvalidRequestError, match="timeout must be"):
            bash.run("echo typed", timeout=timeout)
        assert bash.run("echo next", timeout=30).text == "next\n"


@pytest.mark.parametrize("command", ["bash", b"bash", [b"bash"]])
def test_a_command_that_is_no_list_of_words_is_refused(engine, command):
    with pytest.raises(InvalidRequestError, match="list of words"):
        engine.create(command)


def test_a_command_may_be_any_words_in_turn(engine):
    with engine.attach(engine.create(map(str, ["echo", 1]))["id"]) as terminal:
        assert terminal.read_until(b"1", timeout=GENEROUS)


def test_nothing_is_found_at_once_and_eats_nothing(engine):
    with run(engine, shell("echo hello; exec cat")) as terminal:
        assert terminal.wait_for("", timeout=GENEROUS)[0] == b""
        assert terminal.read_until(b"hello", timeout=GENEROUS).endswith(b"ready;hello")


def test_a_forked_process_that_detaches_leaves_its_parent_attached(engine):
    with run(engine, ["cat"]) as terminal:
        if (child := os.fork()) == 0:
            terminal.close()
            os._exit(0)
        os.waitpid(child, 0)
        terminal.send("still here\n")
        assert terminal.read_until(b"still here", timeout=GENEROUS)


def test_a_run_whose_terminal_somebody_closes_has_its_result(process, engine):
    with Engine.open(process.directory, str(process.root)) as other:
        timer = threading.Timer(0.3, lambda: [other.delete(model["id"]) for model in other.list()])
        timer.start()
        assert engine.run("sleep 1000", timeout=30).signal == "HUP"


def test_a_forked_process_is_told_to_open_an_engine_of_its_own_and_harms_nobody(engine):
    reader, writer = os.pipe()
    if (child := os.fork()) == 0:
        said = b"nothing"
        try:
            engine.list()
        except EngineUnavailableError as error:
            said = str(error).encode()
        finally:
            engine.close()
            os.write(writer, said)
            os._exit(0)
    os.waitpid(child, 0)
    assert b"open another" in os.read(reader, 1000)
    os.close(reader)
    os.close(writer)
    assert engine.list() == []
