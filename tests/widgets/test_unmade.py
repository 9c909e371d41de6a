"""A widget that cannot be made says so once: its end says nothing more."""

import gc
import sys

import pytest

from orchflow_jupyter import Editor, FileEvents, Metrics, Recording, Terminal


@pytest.mark.parametrize("widget", [Editor, FileEvents, Metrics, Recording, Terminal])
def test_what_could_not_be_made_ends_in_silence(widget, monkeypatch):
    said = []
    monkeypatch.setattr(sys, "unraisablehook", lambda raised: said.append(repr(raised.exc_value)))
    with pytest.raises(TypeError, match="unexpected keyword"):
        widget("there is no such file", nonsense=1)
    gc.collect()
    assert said == []
