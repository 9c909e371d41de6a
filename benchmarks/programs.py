"""What runs in the terminals while they are measured: `python -S -E programs.py NAME [NUMBER ...]`.

Each puts its terminal into raw mode without echo, says `READY;` and then does its one thing. Started by path and
importing little, so that they are there at once.
"""

import os
import sys
import termios
import time

READY = b"READY;"
BLOCK = 64 * 1024
LETTERS = b"abcdefghijklmnopqrstuvwxyz012345"
PAUSE = 0.0005
"""Seconds between the two writes of `twice`."""


def raw():
    """Every byte as it is, in both directions, and no echo (cfmakeraw, termios(3))."""
    mode = termios.tcgetattr(0)
    mode[0] &= ~(termios.BRKINT | termios.ICRNL | termios.INLCR | termios.IGNCR | termios.ISTRIP | termios.IXON)
    mode[1] &= ~termios.OPOST
    mode[3] &= ~(termios.ECHO | termios.ECHONL | termios.ICANON | termios.ISIG | termios.IEXTEN)
    mode[6][termios.VMIN], mode[6][termios.VTIME] = 1, 0
    termios.tcsetattr(0, termios.TCSANOW, mode)
    write(READY)


def write(data):
    """All of `data`."""
    while data:
        data = data[os.write(1, data) :]


def echo():
    """What comes goes back: a C program, with nothing of ours in the way."""
    os.execvp("cat", ["cat"])


def twice():
    """Writes twice for each key, as line editors do: the character, a moment of thought, the rest."""
    while os.read(0, 1):
        os.write(1, b"a")
        time.sleep(PAUSE)
        os.write(1, b"b")


def clock(count, gap_us):
    """Says what time it is, `count` times, 20 bytes each, every `gap_us` microseconds, unasked after a first key."""
    os.read(0, 1)
    for _ in range(count):
        time.sleep(gap_us / 1e6)
        os.write(1, b"%019d;" % time.monotonic_ns())
    os.execvp("cat", ["cat"])


def burst(size):
    """`size` bytes in large blocks after the first key; then echoes."""
    os.read(0, 1)
    block = LETTERS * (BLOCK // len(LETTERS))
    while size > 0:
        write(block[:size])
        size -= BLOCK
    os.execvp("cat", ["cat"])


def log(size):
    """`size` bytes of numbered lines in colour after the first key, and a last line; then echoes."""
    os.read(0, 1)
    line, sent = 0, 0
    while sent < size:
        piece = b"".join(b"\x1b[3%dm%08d\x1b[m %b\r\n" % (n % 8, n, LETTERS) for n in range(line, line + 1000))
        write(piece)
        line, sent = line + 1000, sent + len(piece)
    write(b"the last line")
    os.execvp("cat", ["cat"])


def steady(size, gap_us):
    """`size` bytes every `gap_us` microseconds, as a build prints."""
    data = LETTERS * (size // len(LETTERS))
    while True:
        write(data)
        time.sleep(gap_us / 1e6)


def digest(size):
    """Takes `size` bytes and answers with their SHA-256, again and again."""
    import hashlib

    while True:
        left, taken = size, hashlib.sha256()
        while left:
            data = os.read(0, min(left, BLOCK))
            if not data:
                return
            taken.update(data)
            left -= len(data)
        write(taken.hexdigest().encode())


def flood():
    """The same short line for ever."""
    os.execvp("yes", ["yes", "the same short line for ever"])


if __name__ == "__main__":
    raw()
    globals()[sys.argv[1]](*map(int, sys.argv[2:]))
