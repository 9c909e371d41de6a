"""The built JavaScript as the kernel hands it out."""

import hashlib

import pytest

from orchflow_jupyter.widgets import bundle as module
from orchflow_jupyter.widgets.bundle import bundle, loader, versioned


def test_the_loader_that_every_widget_carries_is_small():
    assert 0 < len(loader().encode()) < 8 * 1024


def test_a_name_changes_with_its_content():
    digest = hashlib.sha256(bundle("terminal.js")).hexdigest()
    assert versioned("terminal.js") == f"terminal.js?v={digest[:12]}"


def test_what_is_not_built_is_told_with_what_to_do():
    with pytest.raises(ImportError, match="make install"):
        module.bundle("no-such.js")
