"""Output of real programs and generated sequences, for emulators to agree on."""

import fcntl
import os
import pathlib
import pty
import select
import shutil
import struct
import subprocess
import termios
import time

__all__ = ["COLS", "GENERATED", "LOG", "PROGRAMS", "ROWS", "record"]

COLS, ROWS = 80, 24
LOG = b"".join(
    b"\x1b[3%dm%06d\x1b[0m a line of the log, \x1b[1mbold\x1b[0m, %s\r\n" % (n % 8, n, b"x" * (n % 90))
    for n in range(25_000)
)
CURSES = """
import curses, time
def show(screen):
    curses.start_color()
    screen.box()
    screen.addstr(3, 3, "curses", curses.A_REVERSE)
    curses.mousemask(-1)
    screen.refresh()
    time.sleep(9)
curses.wrapper(show)
"""
PROGRAMS = {
    "vim left open": (
        ["vim", "-u", "NONE", "-N", "+syntax on", "+set number", "-n"],
        [b":e FILE\r", b"Gdd", b"ihello \x1b"],
    ),
    "vim closed": (["vim", "-u", "NONE", "-N", "-n"], [b":e FILE\r", b":q!\r"]),
    "less left open": (["less", "FILE"], [b" ", b"/import\r", b"n"]),
    "bash": (["bash", "--norc", "-i"], [b"ls --color=always /\r", b"echo abc\x01\x1b[C\r", b"bind -v | head -5\r"]),
    "htop left open": (["htop", "-d", "5"], [b"t"]),
    "tmux left open": (
        ["tmux", "-L", "corpus", "-f", "/dev/null", "new", "bash --norc"],
        [b"ls --color=always /\r", b"\x02%echo beside\r", b'\x02"seq 100\r'],
    ),
    "tmux closed": (
        ["tmux", "-L", "corpus2", "-f", "/dev/null", "new", "bash --norc"],
        [b"seq 30\r", b"exit\r"],
    ),
    "curses": (["python3", "-c", CURSES], []),
}
GENERATED = {
    "24-bit colours": "".join(f"\x1b[48;2;{n};{255 - n};9m\x1b[38;2;255;{n};0m{n % 10}" for n in range(256))
    + "\x1b[0m\r\n",
    "256 colours": "".join(f"\x1b[48;5;{n}m {n:3} \x1b[0m" for n in range(256)) + "\r\n",
    "attributes": "".join(f"\x1b[{n}mstyle {n}\x1b[0m " for n in (1, 2, 3, 4, 5, 7, 8, 9)) + "\r\n",
    "wide characters": "漢字かな交じり文 " * 30 + "\r\nend\r\n",
    "emoji": "\U0001f600 ok \U0001f680\r\n" * 3,
    "alternate screen left open": "shell\r\n\x1b[?1049h\x1b[2J\x1b[5;10Hfull screen"
    "\x1b[?1h\x1b[?1002;1006h\x1b[?2004h\x1b[24;80Hq",
    "blank rows below": "text\r\n\x1b[2J\x1b[3;1Hhere\x1b[1;1H",
    "scrolling region": "\x1b[5;20r\x1b[20;1H" + "in the region\r\n" * 40 + "\x1b[5A",
    "coloured rows": "\x1b[2J\x1b[H\x1b[44m\x1b[K top\r\n\x1b[2K\r\n\x1b[K\r\nlast\x1b[0m",
    "behind the last column": "\x1b[2J\x1b[H" + "0123456789" * 8,
    "deletes": "a\x7fb\x1b[3\x7f1mc\x1b\x7f[1mdef\r\n" + "\x7f" * 90 + "h",
    "saved cursor": "\x1b[2J\x1b[7;7H\x1b[35m\x1b7\x1b[0m\x1b[1;1H",
}


def record(command, keys, folder):
    """What the program writes on a terminal while the keys are typed; None where it is not installed."""
    program = shutil.which(command[0])
    if program is None:
        return None
    file = folder / "file.py"
    file.write_bytes(pathlib.Path(__file__).read_bytes() * 3)
    command = [word.replace("FILE", str(file)) for word in command]
    pid, master = pty.fork()
    if pid == 0:
        os.execve(program, command, os.environ | {"TERM": "xterm-256color", "LANG": "C.UTF-8", "PS1": "$ "})
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLS, 0, 0))
    output = b""
    for key in [b"", *keys, b""]:
        os.write(master, key.replace(b"FILE", str(file).encode()))
        quiet = time.monotonic() + 0.4
        while select.select([master], [], [], max(0, quiet - time.monotonic()))[0]:
            try:
                data = os.read(master, 65536)
            except OSError:
                break
            output += data
            quiet = time.monotonic() + 0.2
    os.close(master)
    if command[0] == "tmux":  # its server goes on without it
        subprocess.run([*command[:3], "kill-server"], stderr=subprocess.DEVNULL)
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    return output
