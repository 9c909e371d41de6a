"""The configuration of the extension."""

import pytest
from traitlets import TraitError

from orchflow_jupyter.server.config import OrchFlow
from orchflow_jupyter.settings import EngineSettings


@pytest.mark.parametrize("name", sorted(OrchFlow.class_own_traits(config=True)))
def test_every_setting_says_what_it_is_for(name):
    assert len(OrchFlow.class_traits()[name].help) > 30


def test_the_defaults_are_the_engines_own():
    assert OrchFlow().engine_settings() == EngineSettings()


def test_what_is_set_reaches_the_engine():
    settings = OrchFlow(linger=1, max_terminals=2, keep_exited=3, ring_bytes=1 << 20, window=1 << 18).engine_settings()
    assert (settings.linger, settings.max_terminals, settings.keep_exited) == (1, 2, 3)
    assert (settings.terminal.ring_bytes, settings.terminal.window) == (1 << 20, 1 << 18)


@pytest.mark.parametrize(
    "wrong",
    [{"engine": "elsewhere"}, {"relay": "yes"}, {"compression": "on"}, {"linger": -1}, {"ring_bytes": 0}],
    ids=repr,
)
def test_what_cannot_be_is_refused(wrong):
    with pytest.raises(TraitError):
        OrchFlow(**wrong)
