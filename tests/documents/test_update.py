"""What is read off an update, beside what pycrdt makes of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as some
from pycrdt import Array, Doc, Map, Text, merge_updates

from orchflow_jupyter.documents import update
from orchflow_jupyter.documents.update import nests

SEVERAL = "you have, uv" * 20_000
"""With as many of the bytes that nested values begin with as it takes for an update to be read."""

plain = some.none() | some.booleans() | some.integers(-(2**40), 2**40) | some.floats(allow_nan=False) | some.text()
values = some.recursive(
    plain | some.binary(), lambda inner: some.lists(inner) | some.dictionaries(some.text(), inner), max_leaves=8
)
edits = some.one_of(
    some.tuples(some.just("insert"), some.floats(0, 1), some.text()),
    some.tuples(some.just("delete"), some.floats(0, 1), some.integers(1, 5)),
    some.tuples(some.just("format"), some.floats(0, 1), plain),
    some.tuples(some.just("embed"), some.floats(0, 1), some.dictionaries(some.text(), plain)),
    some.tuples(some.just("append"), some.floats(0, 1), values),
    some.tuples(some.just("set"), some.text(), values),
    some.tuples(some.just("type"), some.text(), some.sampled_from([Text, Array, Map])),
)


class Editor:
    """A document, and the updates that its edits made."""

    def __init__(self):
        self.doc = Doc()
        self.text = self.doc.get("text", type=Text)
        self.rich = self.doc.get("rich", type=Text)  # whose places are not those of its characters
        self.array = self.doc.get("array", type=Array)
        self.map = self.doc.get("map", type=Map)
        self.updates = []
        self._subscription = self.doc.observe(lambda event: self.updates.append(event.update))

    def edit(self, what, where, value):
        length = len(str(self.text).encode())
        at = int(where * length) if isinstance(where, float) else 0
        while at and not _begins(str(self.text).encode(), at):
            at -= 1
        if what == "insert":
            self.text.insert(at, value)
        elif what == "delete" and length:
            del self.text[at:]
        elif what == "format":
            self.rich.insert(0, "rich")
            self.rich.format(0, 2, {"kind": value})
        elif what == "embed":
            self.rich.insert_embed(0, value)
        elif what == "append":
            self.array.append(value)
        elif what == "set":
            self.map[where] = value
        elif what == "type":
            self.map[where] = value()


def _begins(data, at):
    return at == len(data) or data[at] & 0xC0 != 0x80


@given(some.lists(some.tuples(some.booleans(), edits), max_size=12))
def test_whatever_pycrdt_writes_can_be_read(work):
    with pytest.MonkeyPatch.context() as patch:
        ann, bob = Editor(), Editor()
        for first, edit in work:
            (ann if first else bob).edit(*edit)
            bob.doc.apply_update(ann.doc.get_update(bob.doc.get_state()))
        ann.doc.apply_update(bob.doc.get_update())
        patch.setattr(update, "DEPTH", 12)  # so that nearly all are read, and none nests so deep
        written = [*ann.updates, *bob.updates, ann.doc.get_update()]
        assert not any(map(nests, [*written, merge_updates(*written)]))


def test_what_is_large_and_has_something_before_and_behind_it_can_be_read():
    ann = Editor()
    ann.text.insert(0, "ab")
    ann.text.insert(2, SEVERAL)
    ann.text.insert(1, SEVERAL)
    del ann.text[10:20]
    assert not any(map(nests, [*ann.updates, ann.doc.get_update()]))


def deep(depth):
    value = 1
    for _ in range(depth):
        value = [value, "u"]
    return value


def test_values_that_nest_too_deep_are_found_wherever_they_are():
    ann = Editor()
    ann.text.insert(0, SEVERAL)
    ann.array.append(deep(900))
    assert not nests(ann.doc.get_update())
    ann.array.append(1)
    ann.array.insert(1, deep(1100))
    assert nests(ann.doc.get_update())
    assert nests(ann.updates[-1])
