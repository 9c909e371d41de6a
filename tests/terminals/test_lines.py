"""What is lost of lines that are too long, counted and as the kernel does it."""

import os
import subprocess
import sys

import pytest

from orchflow_jupyter.terminals.input import InputQueue
from orchflow_jupyter.terminals.lines import MAX_LINE, Lines
from tests.support.echo import EchoPty
from tests.support.loops import FakeLoop

READ = "import os; print(sum(len(os.read(0, 1 << 17)) for _ in range(%d)), flush=True)"


class Typed:
    """Lines of a program that reads line by line; `type` gives what was lost."""

    def __init__(self, *, line_by_line=True):
        self.pty = EchoPty()
        self.pty.line_by_line = line_by_line
        self.input = InputQueue(FakeLoop(), self.pty, 1 << 20, 1 << 19, lambda: None)
        self.lines = Lines(self.pty, self.input)

    def type(self, data, *, seen=True, anyway=True):
        lost = self.lines.cut(data, anyway=anyway) if seen else 0
        if anyway or not lost:
            self.input.write(data)
        return lost


@pytest.fixture
def typed():
    typed = Typed()
    yield typed
    typed.pty.close()


@pytest.mark.parametrize(
    "lines",
    [[MAX_LINE], [MAX_LINE + 1], [12_300], [10, 5000, 4096, 4095], [1] * 2000],
    ids=lambda lines: f"{len(lines)}-{lines[0]}",
)
def test_what_is_counted_is_what_the_kernel_drops(typed, lines):
    data = b"".join(b"x" * length + b"\r" for length in lines)
    near, far = os.openpty()
    reader = subprocess.Popen(
        [sys.executable, "-S", "-c", READ % len(lines)], stdin=far, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        for line in data.splitlines(keepends=True):
            os.write(near, line)
            os.read(near, 1 << 17)  # its echo
        got = int(reader.stdout.readline())
    finally:
        reader.kill()
        reader.wait()
        reader.stdout.close()
        os.close(near)
        os.close(far)
    assert typed.type(data) == len(data) - got


def test_a_line_that_comes_in_pieces_is_one_line(typed):
    assert [typed.type(b"x" * 3000) for _ in range(3)] == [0, 6000 - MAX_LINE, 3000]
    assert typed.type(b"x" * 100 + b"\n" + b"y" * 3000) == 100
    assert typed.type(b"y" * 2000) == 5000 - MAX_LINE


def test_what_was_typed_between_ends_the_line_as_far_as_one_knows(typed):
    typed.type(b"x" * 4000)
    typed.type(b"\r", seen=False)
    assert typed.type(b"x" * 4000) == 0


def test_a_program_that_reads_key_by_key_loses_nothing():
    typed = Typed(line_by_line=False)
    assert typed.type(b"x" * 100_000) == 0
    typed.pty.close()


def test_what_was_refused_is_in_no_line(typed):
    assert typed.type(b"x" * 5000, anyway=False) == 5000 - MAX_LINE
    assert typed.type(b"x" * 4000, anyway=False) == 0
    assert typed.type(b"x" * 100, anyway=False) == 5
