"""What programs take of the machine."""

import os
import subprocess
import sys

from orchflow_jupyter.terminals.consumption import NOTHING_TAKEN, consumption
from tests.support.waiting import eventually

CHILD = "import sys; x = bytearray(50_000_000); print('.', flush=True); sys.stdin.read()"


def test_what_a_program_has_begun_counts_with_it():
    shell = ["sh", "-c", f'"{sys.executable}" -c "{CHILD}"; :']
    with subprocess.Popen(shell, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
        program.stdout.read(1)
        taken = consumption(program.pid)
        assert taken["resident"] > 50_000_000
        assert taken["cpu"] >= 0
        program.stdin.close()
        eventually(lambda: program.poll() is not None, "the end")
    assert consumption(program.pid) == NOTHING_TAKEN


def test_time_is_that_of_the_processor():
    began = consumption(os.getpid())["cpu"]
    eventually(lambda: sum(range(1_000_000)) and consumption(os.getpid())["cpu"] > began, "time")
