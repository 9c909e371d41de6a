"""A program behind a pseudo-terminal: spawn without fork, read, write, size, signals, end.

The program's side stays open here while the program lives, so that one that closes its own output, or hands it to
another program, does not look like the end (read(2) would fail with EIO, pty(7)). It is closed at the end: then the
kernel flushes what is under way, and reading on until EIO gives every byte.
"""

import contextlib
import errno
import fcntl
import os
import signal
import struct
import termios
import threading
from asyncio import AbstractEventLoop
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from orchflow_jupyter.terminals.descriptors import as_before

__all__ = ["Exit", "Pty", "spawn"]

IUTF8 = 0o40000
"""Erase whole characters in canonical mode (termios(3)); Python does not name it."""

SHORT = 2048
"""Bytes below which a read came from an interactive program."""

CHDIR = ("/bin/sh", "-c", 'cd -- "$0" && exec "$@"')
"""posix_spawn(3) has no portable way to set a working directory, and changing our own would race with threads."""

KEYS = {termios.VINTR: "INT", termios.VQUIT: "QUIT", termios.VSUSP: "TSTP"}
DISABLED = b"\0"
"""A key that is none (termios(3), _POSIX_VDISABLE)."""

DEFAULTED = frozenset(signal.valid_signals()) - {signal.SIGKILL, signal.SIGSTOP}


class Exit:
    """How a program ended: its exit code, or the signal's name without `SIG`; neither where nobody knows."""

    __slots__ = ("code", "reason", "signal")

    def __init__(self, status: int | None) -> None:
        code = None if status is None else os.waitstatus_to_exitcode(status)
        self.code = code if code is None or code >= 0 else None
        self.signal = None if code is None or code >= 0 else _signal_name(-code)
        self.reason: str | None = None
        """Why we ended it, where that is to be told."""

    def as_json(self) -> dict[str, int | str | None]:
        """`{"code", "signal"}`, one of them null, or both; and the `reason` where there is one."""
        return {"code": self.code, "signal": self.signal} | ({"reason": self.reason} if self.reason else {})


class Pty:
    """Our side of a running program. All calls are non-blocking; what the kernel does not take now, it says."""

    def __init__(self, pid: int, master: int, slave: int, pidfd: int = -1) -> None:
        self.pid = pid
        self.fd = master
        self._slave = slave
        self._pidfd = pidfd

    def read_into(self, space: memoryview, reads: int = 1) -> int:
        """Read what is there into `space`, by at most `reads` system calls, of some 4 KiB each (the kernel's limit).

        A short read ends it: it came from an interactive program, and asking for more would only cost time. 0 is
        nothing now, -1 the end.
        """
        readv, fd, size, filled = os.readv, self.fd, len(space), 0
        try:
            for _ in range(reads):
                count = readv(fd, (space[filled:],))
                filled += count
                if count < SHORT or filled == size:
                    return filled or -1
        except BlockingIOError:
            pass
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            return filled or -1
        return filled

    def write(self, data: bytes | memoryview) -> int:
        """How many bytes the kernel took, maybe none."""
        try:
            return os.write(self.fd, data)
        except BlockingIOError:
            return 0
        except OSError as error:
            if error.errno == errno.EIO:
                return len(data)  # nobody is there to read it any more
            raise

    def interrupted_by(self, data: bytes) -> str | None:
        """The signal that `data` ends with the key of (termios(3), ISIG): what was typed before it is forgotten."""
        with contextlib.suppress(termios.error):
            attributes = termios.tcgetattr(self.fd)
            for key, name in KEYS.items():
                if attributes[3] & termios.ISIG and data[-1:] == attributes[6][key] != DISABLED:
                    termios.tcflush(self._slave, termios.TCIFLUSH)
                    return name
        return None

    def resize(self, cols: int, rows: int) -> None:
        """Tell the kernel, which tells the program by SIGWINCH."""
        with contextlib.suppress(OSError):
            _set_size(self.fd, cols, rows)

    def canonical(self) -> bool:
        """Whether the kernel gathers lines for the program, and cuts long ones (ICANON, termios(3))."""
        try:
            return bool(termios.tcgetattr(self.fd)[3] & termios.ICANON)
        except (termios.error, ValueError):
            return False

    def foreground(self) -> int:
        """The process group in the foreground (tcgetpgrp(3)); the program's own where there is none."""
        try:
            return os.tcgetpgrp(self.fd) or self.pid
        except OSError:
            return self.pid

    def occupied(self) -> bool:
        """Whether it runs something, in the foreground or behind it (proc(5); only the foreground on other systems)."""
        try:
            with open(f"/proc/{self.pid}/task/{self.pid}/children", "rb") as children:
                return bool(children.read(1))
        except OSError:
            return self.foreground() != self.pid

    def send_signal(self, name: str) -> None:
        """Send a signal to the process group in the foreground, as a key would."""
        _kill_group(self.foreground(), getattr(signal, f"SIG{name}"))

    def hang_up(self) -> None:
        """Tell the program and what it runs in the foreground that the terminal goes away."""
        self._to_all(signal.SIGHUP)
        self._to_all(signal.SIGCONT)  # one that is stopped could not hear it

    def kill(self) -> None:
        """End the program and what it runs in the foreground, without asking."""
        self._to_all(signal.SIGKILL)

    def watch(self, loop: AbstractEventLoop, ended: Callable[[Exit], None]) -> None:
        """Call `ended` in `loop`, once, when the program has ended and is reaped."""
        if self._pidfd >= 0:
            loop.add_reader(self._pidfd, self._reap, loop, ended)
            return

        def wait() -> None:
            _, status = _waited(self.pid, 0)
            loop.call_soon_threadsafe(ended, Exit(status))

        threading.Thread(target=wait, name=f"wait-{self.pid}", daemon=True).start()

    def let_go(self) -> None:
        """Close the program's side: from now on reading runs to the end."""
        if self._slave >= 0:
            os.close(self._slave)
            self._slave = -1

    def close(self) -> None:
        """Close everything; nothing may be read after it."""
        self.let_go()
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    def _reap(self, loop: AbstractEventLoop, ended: Callable[[Exit], None]) -> None:
        pid, status = _waited(self.pid, os.WNOHANG)
        if pid:
            loop.remove_reader(self._pidfd)
            os.close(self._pidfd)
            self._pidfd = -1
            ended(Exit(status))

    def abandon(self, loop: AbstractEventLoop | None = None) -> None:
        """End it at once and give everything back, where nothing of it is used, nor watched in the `loop`."""
        _end(self.pid)
        if loop is not None:
            loop.remove_reader(self.fd)
        self.close()
        if self._pidfd >= 0:
            os.close(self._pidfd)
            self._pidfd = -1

    def _to_all(self, number: signal.Signals) -> None:
        for group in {self.pid, self.foreground()}:
            _kill_group(group, number)


def spawn(
    command: Sequence[str], executable: str, cwd: str | None, env: Mapping[str, str], cols: int, rows: int
) -> Pty:
    """Start `command` in a session of its own with a new terminal as its controlling one.

    `executable` is the absolute path of what `command[0]` names; `cwd` is None for our own directory. The first
    terminal that a session leader opens becomes its controlling terminal (tty(4)), so the path is opened, not copied.
    Raises `OSError` where the kernel refuses.
    """
    master, slave = os.openpty()
    try:
        os.set_blocking(master, False)
        _set_size(slave, cols, rows)
        attributes = termios.tcgetattr(slave)
        attributes[0] |= IUTF8
        termios.tcsetattr(slave, termios.TCSANOW, attributes)
        argv = list(command) if cwd is None else [*CHDIR, cwd, executable, *command[1:]]
        begin = partial(
            os.posix_spawn,
            executable if cwd is None else CHDIR[0],
            argv,
            env,
            setsid=True,
            setsigdef=DEFAULTED,
            setsigmask=(),
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.ttyname(slave), os.O_RDWR, 0),
                (os.POSIX_SPAWN_DUP2, 0, 1),
                (os.POSIX_SPAWN_DUP2, 0, 2),
            ],
        )
        try:
            with as_before():
                pid = begin()
        except OSError as error:
            if error.errno != errno.EMFILE:
                raise
            pid = begin()  # some C libraries open the terminal before they have closed anything
        try:
            pidfd = os.pidfd_open(pid) if hasattr(os, "pidfd_open") else -1
        except OSError:
            _end(pid)
            raise
    except BaseException:
        os.close(master)
        os.close(slave)
        raise
    return Pty(pid, master, slave, pidfd)


def _end(pid: int) -> None:
    """Kill a child that has only just begun, and reap it."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    _waited(pid, 0)


def _waited(pid: int, options: int) -> tuple[int, int | None]:
    """As waitpid(2); a child that somebody else in this process has reaped has ended, and how is not known."""
    try:
        return os.waitpid(pid, options)
    except ChildProcessError:
        return pid, None


def _set_size(fd: int, cols: int, rows: int) -> None:
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))


def _kill_group(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return  # it has just ended, or is another's by now


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name.removeprefix("SIG")
    except ValueError:
        return f"RT{number}"
