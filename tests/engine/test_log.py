"""The engine's log is bounded while it runs."""

import os
import subprocess
import sys

PROGRAM = """
import logging, os, sys
from orchflow_jupyter.engine.log import BoundedLog

handler = BoundedLog(sys.argv[1], limit=1000)
for number in range(100):
    handler.emit(logging.makeLogRecord({"msg": f"{number:0100d}"}))
os.write(2, b"from somebody else\\n")
"""


def run(stderr, path):
    """Write a hundred lines of a hundred digits to the log `path`, and one beside it, with `stderr` as what it says."""
    with stderr.open("ab") as file:
        subprocess.run([sys.executable, "-c", PROGRAM, str(path)], stderr=file, check=True)


def test_full_log_is_moved_aside_and_all_that_is_written_goes_to_the_new_one(tmp_path):
    log = tmp_path / "engine.log"
    run(log, log)
    assert sorted(os.listdir(tmp_path)) == ["engine.log", "engine.log.1"]
    before, now = (tmp_path / "engine.log.1").read_text(), log.read_text()
    assert max(len(before), len(now)) < 2000
    assert (before + now).endswith(f"{98:0100d}\n{99:0100d}\nfrom somebody else\n")


def test_log_that_was_full_at_the_start_is_moved_aside_first(tmp_path):
    log = tmp_path / "engine.log"
    log.write_text("of the engine before\n" * 100)
    run(log, log)
    assert "before" not in log.read_text()


def test_stderr_that_is_no_log_of_ours_is_left_alone(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    run(elsewhere, tmp_path / "engine.log")
    assert len(elsewhere.read_text().splitlines()) == 101
    assert os.listdir(tmp_path) == ["elsewhere"]
