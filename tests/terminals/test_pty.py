"""Real programs behind real terminals, without anything of the engine's around them."""

import asyncio
import contextlib
import os
import shutil
import signal
from pathlib import Path

import pytest

from orchflow_jupyter.terminals.pty import Exit, Pty, spawn
from tests.support.engine import descriptors
from tests.support.loops import in_loop, soon

SH = shutil.which("sh")


@contextlib.contextmanager
def program(*words, cwd=None, env=None, cols=80, rows=24):
    pty = spawn(["sh", *words], SH, cwd, env if env is not None else dict(os.environ), cols, rows)
    ended = []
    pty.watch(asyncio.get_running_loop(), ended.append)
    pty.ended = ended
    try:
        yield Driven(pty, ended)
    finally:
        if not ended:
            pty.kill()
            asyncio.get_running_loop().remove_reader(pty._pidfd)
            os.close(pty._pidfd)
            os.waitpid(pty.pid, 0)
        pty.close()


class Driven:
    """A program, and all that it has said."""

    def __init__(self, pty: Pty, ended):
        self.pty, self.ended = pty, ended
        self.said = bytearray()

    def read(self):
        """All that is there now; whether that was the end."""
        space = memoryview(bytearray(65536))
        while (count := self.pty.read_into(space)) > 0:
            self.said += space[:count]
        return count < 0

    async def text(self, wanted):
        await soon(lambda: (self.read(), wanted in self.said)[1], f"{wanted!r} in {bytes(self.said)!r}")

    async def end(self):
        await soon(lambda: (self.read(), self.ended)[1], "the end")
        self.pty.let_go()
        assert self.read()
        return self.ended[0].as_json()


@in_loop
async def test_program_has_a_terminal_of_its_own_with_its_size():
    with program("-c", "tty; stty size; ps -o pid=,pgid=,sid= $$", cols=101, rows=31) as it:
        assert await it.end() == {"code": 0, "signal": None}
        terminal, size, ids, _ = it.said.decode().split("\r\n")
        assert terminal.startswith("/dev/pts/")
        assert size == "31 101"
        assert ids.split() == [str(it.pty.pid)] * 3


@in_loop
async def test_erase_takes_whole_characters():
    with program("-c", "stty -a; cat") as it:
        await it.text(b"iutf8")  # stty writes line by line
        assert b" iutf8" in it.said


@in_loop
async def test_program_starts_in_the_directory_that_was_asked_for():
    with program("-c", "pwd; echo $0", "argument zero", cwd="/usr") as it:
        await it.end()
        assert bytes(it.said) == b"/usr\r\nargument zero\r\n"


@in_loop
async def test_program_gets_this_environment_and_no_other():
    with program("-c", "echo $ONLY-$HOME-", env={"ONLY": "this"}) as it:
        await it.end()
        assert bytes(it.said) == b"this--\r\n"


@in_loop
async def test_all_output_is_there_after_the_end():
    for _ in range(20):
        with program("-c", "stty raw; printf ready; exec head -c 300000 /dev/zero") as it:
            assert await it.end() == {"code": 0, "signal": None}
            assert bytes(it.said) == b"ready" + bytes(300_000)


@in_loop
async def test_program_that_closes_its_side_has_not_ended():
    with program("-c", "exec <&- >&- 2>&-; sleep 0.1; echo back >/dev/tty; exec sleep 100") as it:
        await it.text(b"back")
        assert it.read() is False
        assert it.ended == []


@in_loop
async def test_write_says_how_much_the_kernel_took():
    with program("-c", "stty raw -echo; printf ready; exec sleep 100") as it:
        await it.text(b"ready")
        total, refused = 0, 0
        while refused < 3:  # what the kernel has taken it moves on a little later, and has some room again
            count = it.pty.write(bytes(1 << 20))
            total += count
            refused = 0 if count else refused + 1
            await asyncio.sleep(0.02)
        assert 0 < total < 1 << 17
        assert it.pty.write(b"x") == 0


@in_loop
async def test_size_that_changes_is_told_by_a_signal():
    with program("-c", "trap 'stty size' WINCH; echo ready; while :; do sleep 0.01; done") as it:
        await it.text(b"ready")
        it.pty.resize(120, 40)
        await it.text(b"40 120")


@in_loop
async def test_signal_goes_to_the_foreground():
    with program("-c", "set -m; trap 'echo wrong' TERM; sleep 100; echo sleep gave $?; exec sleep 100") as it:
        await soon(lambda: it.pty.foreground() != it.pty.pid, "a job in the foreground")
        it.pty.send_signal("TERM")
        await it.text(b"sleep gave 143")
        assert b"wrong" not in it.said


@in_loop
async def test_hang_up_reaches_one_that_is_stopped_and_kill_reaches_all():
    for how, expected in (("hang_up", "HUP"), ("kill", "KILL")):
        with program("-c", "kill -STOP $$; exec sleep 100") as it:
            stat = Path(f"/proc/{it.pty.pid}/stat")
            await soon(lambda stat=stat: b"(sh) T" in stat.read_bytes(), "a stop")
            getattr(it.pty, how)()
            assert await it.end() == {"code": None, "signal": expected}


@in_loop
async def test_end_closes_every_descriptor():
    before = descriptors(os.getpid())
    for _ in range(10):
        with program("-c", "exit 7") as it:
            assert await it.end() == {"code": 7, "signal": None}
        it.pty.close()
    assert descriptors(os.getpid()) == before


def killed_and_reaped():
    pty = spawn(["sh", "-c", "sleep 1000"], SH, None, {}, 80, 24)
    os.kill(pty.pid, signal.SIGKILL)
    os.waitpid(pty.pid, 0)
    return pty


@in_loop
async def test_a_program_that_somebody_else_has_reaped_has_ended_and_how_is_not_known():
    before = descriptors(os.getpid())
    pty, told = killed_and_reaped(), []
    pty.watch(asyncio.get_running_loop(), told.append)
    assert (await soon(lambda: told))[0].as_json() == {"code": None, "signal": None}
    pty.close()
    assert descriptors(os.getpid()) == before


def test_one_that_is_abandoned_has_ended_and_leaves_nothing_open():
    before = descriptors(os.getpid())
    pty = spawn(["sh", "-c", "sleep 1000"], SH, None, {}, 80, 24)
    pty.abandon()
    assert descriptors(os.getpid()) == before
    with pytest.raises(ChildProcessError):
        os.waitpid(pty.pid, 0)


def test_program_that_cannot_be_started_leaves_nothing_open():
    before = descriptors(os.getpid())
    with pytest.raises(OSError, match="No such file"):
        spawn(["none"], "/no/such/program", None, {}, 80, 24)
    assert descriptors(os.getpid()) == before


@pytest.mark.parametrize(
    ("status", "code", "name"),
    [
        (0, 0, None),
        (3 << 8, 3, None),
        (signal.SIGKILL, None, "KILL"),
        (signal.SIGSEGV | 0x80, None, "SEGV"),
        (40, None, "RT40"),
    ],
)
def test_end_is_told_as_a_code_or_a_signal(status, code, name):
    assert Exit(status).as_json() == {"code": code, "signal": name}


@in_loop
async def test_it_tells_whether_the_kernel_gathers_lines():
    with program("-c", "echo lines; read line; stty -icanon; echo keys; sleep 1000") as it:
        await it.text(b"lines")
        assert it.pty.canonical()
        it.pty.write(b"\n")
        await it.text(b"keys")
        assert not it.pty.canonical()
    assert not it.pty.canonical()
