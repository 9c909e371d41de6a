"""200 terminals in which nothing happens."""

import re
import time
from pathlib import Path

from tests.support.waiting import eventually

COUNT = 200
EACH = 150_000
"""Bytes of the engine's own memory that an idle terminal may take."""


def woken(pid):
    """How often the process has waited, and was woken, in all its threads (proc(5))."""
    texts = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/status")]
    return sum(int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", text, re.MULTILINE)[1]) for text in texts)


def test_idle_terminals_take_little_memory_and_wake_nobody(engine):
    before = engine.status()["memory"]["private"]
    terminals = [engine.create(["sh", "-i"]) for _ in range(COUNT)]
    eventually(lambda: all(engine.model(terminal)["offset"] for terminal in terminals), "their prompts")
    assert (engine.status()["memory"]["private"] - before) / COUNT < EACH

    seen = [engine.model(terminal)["offset"] for terminal in terminals]

    def sleeps():
        last = woken(engine.pid)
        time.sleep(1)
        return woken(engine.pid) == last

    eventually(sleeps, "a second without a wake-up")
    assert [engine.model(terminal)["offset"] for terminal in terminals] == seen
