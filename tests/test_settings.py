"""The settings: each is documented, frozen, and comes back from JSON as it went."""

import ast
import dataclasses
import inspect
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchflow_jupyter import settings
from orchflow_jupyter.errors import InvalidRequestError
from orchflow_jupyter.settings import (
    BatchSettings,
    DocumentsSettings,
    EngineSettings,
    FilesSettings,
    TerminalSettings,
    from_dict,
    to_dict,
)

KINDS = [BatchSettings, TerminalSettings, FilesSettings, DocumentsSettings, EngineSettings]
NUMBERS = [(kind, field.name) for kind in KINDS for field in dataclasses.fields(kind) if field.type in (int, float)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_setting_is_documented(kind):
    body = ast.parse(inspect.getsource(kind)).body[0].body
    for statement, after in zip(body, [*body[1:], None], strict=True):
        if isinstance(statement, ast.AnnAssign) and not dataclasses.is_dataclass(
            getattr(settings, ast.unparse(statement.annotation), None)
        ):
            assert isinstance(after, ast.Expr), f"{kind.__name__}.{statement.target.id} says nothing of itself"
            assert after.value.value.endswith("."), statement.target.id


@pytest.mark.parametrize("kind", KINDS)
def test_settings_cannot_be_changed(kind):
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(kind(), dataclasses.fields(kind)[0].name, 1)


def test_nothing_given_is_the_defaults():
    assert from_dict({}) == EngineSettings()


def test_what_is_named_changes_and_the_rest_stays():
    made = from_dict({"linger": 5, "terminal": {"window": 10, "batch": {"adaptive": False}}})
    assert made == EngineSettings(linger=5, terminal=TerminalSettings(window=10, batch=BatchSettings(adaptive=False)))


@given(st.dictionaries(st.sampled_from(NUMBERS), st.integers(0, 10**9)))
def test_settings_come_back_from_json_as_they_went(changes):
    made = {kind: kind(**{name: value for (k, name), value in changes.items() if k is kind}) for kind in KINDS}
    terminal = dataclasses.replace(made[TerminalSettings], batch=made[BatchSettings])
    whole = dataclasses.replace(made[EngineSettings], terminal=terminal, files=made[FilesSettings])
    whole = dataclasses.replace(whole, documents=made[DocumentsSettings])
    assert from_dict(json.loads(json.dumps(to_dict(whole)))) == whole


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"lingre": 1}, "no such setting: lingre; there are linger"),
        ({"terminal": {"windows": 1}}, "no such setting: windows; there are ring_bytes"),
        ({"terminal": {"batch": {"x": 1, "a": 2}}}, "no such setting: a, x; there are max_wait"),
    ],
)
def test_setting_that_is_none_is_refused_with_those_that_are(values, said):
    with pytest.raises(InvalidRequestError, match=said):
        from_dict(values)


def test_watermarks_are_in_order():
    made = EngineSettings()
    assert made.terminal.input_low < made.terminal.input_high
    assert made.terminal.window <= made.terminal.ring_bytes // 2
    assert made.terminal.slow_resume <= made.terminal.ring_bytes
    assert made.terminal.batch.max_bytes <= made.terminal.window
    assert made.idle_exit <= made.linger
