"""Whether a process has become another shell, asked of real processes."""

import os
import subprocess

import pytest

from orchflow_jupyter.terminals.replacement import replaced
from tests.support.waiting import eventually


@pytest.fixture
def process():
    """Starts a program that waits; ended after the test."""
    started = []

    def start(*words, **env):
        started.append(subprocess.Popen(words, stdin=subprocess.PIPE, env=os.environ | env))
        return started[-1]

    yield start
    for each in started:
        each.stdin.close()
        each.wait()


def test_it_is_told_when_another_shell_has_taken_the_place(process):
    shell = process("sh", ORCHFLOW_NONCE="x")
    shell.stdin.write(b"unset ORCHFLOW_NONCE\necho >&2; exec sh -i 2>/dev/null\n")
    assert not replaced(shell.pid)
    shell.stdin.flush()
    eventually(lambda: replaced(shell.pid), "another shell")


def test_other_programs_scripts_and_ended_processes_are_no_other_shell(process):
    assert not replaced(process("cat").pid)
    assert not replaced(process("sh", "-c", "read x").pid)
    ended = process("true")
    os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
    assert not replaced(ended.pid)
    ended.wait()
    assert not replaced(ended.pid)
