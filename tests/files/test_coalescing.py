"""The rules: each as a case that TypeScript reads too, and all of them by replaying random windows."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchflow_jupyter.files.coalescing import Window
from tests.support.replay import Tree

CASES = json.loads((Path(__file__).parents[1] / "vectors" / "files.json").read_text())["coalescing"]


def coalesced(raw):
    window = Window()
    for kind, path, is_dir, *more in raw:
        if kind == "moved":
            window.moved(more[0], path, is_dir, *more[1:])
        else:
            getattr(window, kind)(path, is_dir)
    return window.events()


def as_json(event):
    value = {"kind": event.kind, "path": event.path, "is_dir": event.is_dir}
    return value | ({} if event.from_ is None else {"from": event.from_})


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_rule(case):
    assert [as_json(event) for event in coalesced(case["raw"])] == case["events"]


NAMES = ["a", "long", "A"]
DIRECTORIES = ["a", "long", "A", "a/long", "long/a"]
PATHS = [*NAMES, *(f"{directory}/{name}" for directory in DIRECTORIES for name in NAMES)]
OPERATIONS = st.tuples(
    st.sampled_from(["file", "file", "directory", "write", "write", "delete", "move", "move", "move", "flush"]),
    st.sampled_from(PATHS),
    st.sampled_from(PATHS),
)


@settings(max_examples=1500, deadline=None)
@given(st.lists(OPERATIONS, max_size=25), st.lists(OPERATIONS, max_size=25))
def test_replaying_windows_on_the_tree_as_it_was_gives_the_tree_as_it_is(before, after):
    tree = Tree()
    for operation in before:
        tree.carry_out(*operation)
    copy = tree.copy()
    batches, raw = [], []
    for operation in after:
        if operation[0] == "flush":
            batches.append(coalesced(raw))
            raw = []
        raw += tree.carry_out(*operation)
    batches.append(coalesced(raw))
    for batch in batches:
        for event in batch:
            copy.replay(event)
    copy.read(tree)
    assert copy.entries == tree.entries


@settings(max_examples=1000, deadline=None)
@given(st.lists(OPERATIONS, max_size=25), st.lists(OPERATIONS, max_size=25))
def test_what_one_window_names_can_be_read_at_once(before, after):
    tree = Tree()
    for operation in before:
        tree.carry_out(*operation)
    copy = tree.copy()
    for event in coalesced([one for operation in after for one in tree.carry_out(*operation)]):
        copy.replay(event, tree)
    assert copy.entries == tree.entries


@settings(max_examples=300, deadline=None)
@given(st.lists(OPERATIONS, max_size=25))
def test_there_are_never_more_events_than_were_taken_and_no_file_is_named_twice_but_for_a_move(operations):
    tree = Tree()
    for path in ("a", "b"):
        tree.carry_out("directory", path, path)
    raw = [one for operation in operations for one in tree.carry_out(*operation)]
    events = coalesced(raw)
    assert len(events) <= len(raw) + sum(one[0] == "moved" for one in raw)
    if not any(event.is_dir for event in events):
        created = [event.path for event in events if event.kind in ("created", "moved")]
        assert len(created) == len(set(created))
