"""The configuration of the extension."""

from dataclasses import replace
from pathlib import Path

import pytest
from traitlets import TraitError

from orchflow_jupyter.rendezvous import journal_directory
from orchflow_jupyter.server.config import OrchFlow
from orchflow_jupyter.settings import EngineSettings


@pytest.mark.parametrize("name", sorted(OrchFlow.class_own_traits(config=True)))
def test_every_setting_says_what_it_is_for(name):
    assert len(OrchFlow.class_traits()[name].help) > 30


def test_the_defaults_are_the_engines_own_but_for_where_journals_are():
    engines = EngineSettings()
    documents = replace(engines.documents, journal=journal_directory())
    assert OrchFlow().engine_settings() == replace(engines, documents=documents)


def test_what_is_set_reaches_the_engine():
    settings = OrchFlow(linger=1, max_terminals=2, keep_exited=3, ring_bytes=1 << 20, window=1 << 18).engine_settings()
    assert (settings.linger, settings.max_terminals, settings.keep_exited) == (1, 2, 3)
    assert (settings.terminal.ring_bytes, settings.terminal.window) == (1 << 20, 1 << 18)


def test_every_limit_that_can_be_set_reaches_the_engine():
    names = (
        "max_clients",
        "max_connections",
        "rate",
        "input_rate",
        "cull_idle_timeout",
        "cull_interval",
    )
    given = {name: 100 + number for number, name in enumerate(names)}
    settings = OrchFlow(**given, cull_connected=True, cull_busy=True).engine_settings()
    assert {name: getattr(settings, name) for name in names} == given
    assert (settings.cull_connected, settings.cull_busy) == (True, True)
    terminal = OrchFlow(input_bytes=1 << 20, scrollback=5, scrollback_bytes=6).engine_settings().terminal
    assert (terminal.input_high, terminal.input_low) == (1 << 20, 1 << 18)
    assert (terminal.scrollback, terminal.scrollback_bytes) == (5, 6)


def test_what_is_set_of_files_reaches_the_engine():
    files = (
        OrchFlow(files_window=0.1, files_keep=1, files_ring_bytes=1 << 20, files_polling=True).engine_settings().files
    )
    assert (files.window, files.keep, files.ring_bytes, files.polling) == (0.1, 1, 1 << 20, True)


def test_what_is_set_of_documents_reaches_the_engine():
    given = {"save_after": 2, "save_within": 3, "keep": 4, "remember": 5, "journal": "/journals"}
    traits = {f"documents_{name}": value for name, value in given.items()}
    documents = OrchFlow(max_documents=6, max_document=7, documents_clients=8, **traits).engine_settings().documents
    assert {name: getattr(documents, name) for name in given} == given
    assert (documents.max_rooms, documents.max_document, documents.max_members) == (6, 7, 8)


@pytest.mark.parametrize("name", sorted(OrchFlow.class_own_traits(config=True)))
def test_every_setting_is_in_the_page_about_them(name):
    assert f"| `{name}` |" in (Path(__file__).parents[2] / "docs" / "limits.md").read_text()


@pytest.mark.parametrize(
    "wrong",
    [
        {"engine": "elsewhere"},
        {"relay": "yes"},
        {"compression": "on"},
        {"linger": -1},
        {"linger": float("nan")},
        {"linger": float("inf")},
        {"max_terminals": 0},
        {"max_connections": 0},
        {"rate": 9},
        {"keep_exited": -1},
        {"window": 1},
        {"window": 1 << 40},
        {"input_bytes": 1},
        {"input_bytes": 1 << 40},
        {"scrollback": -1},
        {"scrollback": 2_000_000},
        {"scrollback_bytes": -1},
        {"scrollback_bytes": 1 << 40},
        {"cull_idle_timeout": -1},
        {"cull_idle_timeout": float("nan")},
        {"files_window": 0},
        {"files_keep": -1},
        {"files_ring_bytes": 1},
        {"max_documents": 0},
        {"max_document": 0},
        {"documents_clients": 0},
        {"documents_save_after": -1},
        {"documents_save_within": -1},
        {"documents_keep": -1},
        {"documents_remember": -1},
        {"ring_bytes": 0},
        {"ring_bytes": 1 << 40},
        {"max_clients": 0},
        {"cull_interval": 0},
        {"input_rate": -1},
    ],
    ids=repr,
)
def test_what_cannot_be_is_refused(wrong):
    with pytest.raises(TraitError):
        OrchFlow(**wrong)
