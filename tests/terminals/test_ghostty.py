"""pyghostty by compiled declarations: the same library, whichever way it was loaded."""

import subprocess
import sys

import pytest

pytest.importorskip("pyghostty", reason="pyghostty has no wheel here")

USE = """
import sys
{before}
from orchflow_jupyter.terminals.screen import Screen
screen = Screen(20, 3, 100, 1 << 20)
screen.feed(b"one\\r\\n\\x1b[31mtwo")
print(sys.modules["pyghostty._ffi"].__dict__.get("CDEF") is not None, screen.snapshot())
"""


def loaded(before=""):
    run = subprocess.run([sys.executable, "-c", USE.format(before=before)], capture_output=True, text=True, check=True)
    return run.stdout.split(" ", 1)


def test_compiled_declarations_are_those_of_the_installed_library():
    from tests.support import ghostty_abi

    assert ghostty_abi.TARGET.read_text() == ghostty_abi.generated(), "run: python -m tests.support.ghostty_abi"


def test_nothing_is_parsed_when_the_library_is_loaded():
    parsed, snapshot = loaded()
    assert parsed == "False"
    assert "two" in snapshot


def test_library_of_another_version_is_loaded_with_its_own_declarations():
    other = "from orchflow_jupyter.terminals import ghostty_abi; ghostty_abi.SOURCE = 'another'"
    parsed, snapshot = loaded(other)
    assert parsed == "True"
    assert snapshot == loaded()[1]
