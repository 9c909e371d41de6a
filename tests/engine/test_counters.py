"""What an engine counts, and what it takes of the machine."""

import os

from orchflow_jupyter.engine.counters import Counters, memory


def test_counters_begin_at_nothing_and_are_told_by_name():
    counters = Counters()
    counters.inputs += 3
    told = counters.as_json()
    assert told.pop("inputs") == 3
    assert set(told.values()) == {0}


def test_memory_grows_with_what_is_held():
    before = memory()
    block = bytearray(os.urandom(1)) * (16 << 20)
    after = memory()
    assert 15 << 20 < after["private"] - before["private"] < 32 << 20
    assert after["private"] <= after["resident"]
    del block


def test_memory_that_cannot_be_known_is_told_as_such(monkeypatch):
    def refuse(*_, **__):
        raise FileNotFoundError

    monkeypatch.setattr("builtins.open", refuse)
    assert memory() == {"private": None, "resident": None}
