"""What an engine counts, and what it takes of the machine."""

import mmap

from orchflow_jupyter.engine.counters import Counters, memory


def test_counters_begin_at_nothing_and_are_told_by_name():
    counters = Counters()
    counters.inputs += 3
    told = counters.as_json()
    assert told.pop("inputs") == 3
    assert set(told.values()) == {0}


def test_memory_grows_with_what_is_held():
    before = memory()
    # A map of its own: what malloc gives may be memory that the process has already.
    with mmap.mmap(-1, 16 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as block:
        for page in range(0, len(block), mmap.PAGESIZE):
            block[page] = 1
        after = memory()
    assert 15 << 20 < after["private"] - before["private"] < 32 << 20
    assert after["private"] <= after["resident"]


def test_memory_that_cannot_be_known_is_told_as_such(monkeypatch):
    def refuse(*_, **__):
        raise FileNotFoundError

    monkeypatch.setattr("builtins.open", refuse)
    assert memory() == {"private": None, "resident": None}
