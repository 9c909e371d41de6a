"""The messages of file events: the vectors that TypeScript reads too, and that nothing else is taken for one."""

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchflow_jupyter.errors import ProtocolError
from orchflow_jupyter.protocol.files import (
    Batch,
    Event,
    Hello,
    Resync,
    batch_text,
    decode,
    event_text,
    hello_text,
    resync_text,
)

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "files.json").read_text())
NAMES = st.text(st.characters(exclude_categories=()), min_size=1)


def as_json(said):
    if isinstance(said, str):
        return {"type": said}
    if isinstance(said, Hello):
        return json.loads(hello_text(said))
    if said.resync:
        return json.loads(resync_text(said.clock, said.resync, said.sent))
    events = ",".join(event_text(*event) for event in said.events)
    return json.loads(batch_text(said.clock, events, said.first_seen, said.sent))


@pytest.mark.parametrize("case", VECTORS["messages"], ids=lambda case: case["name"])
def test_vector(case):
    assert as_json(decode(case["text"])) == case["message"]


@pytest.mark.parametrize("case", VECTORS["invalid"], ids=lambda case: case["name"])
def test_what_is_no_message_is_refused(case):
    with pytest.raises(ProtocolError):
        decode(case["text"])


@given(NAMES, NAMES, st.booleans())
def test_every_name_survives_half_surrogates_and_newlines_too(path, from_, is_dir):
    events = (Event("moved", path, is_dir, from_), Event("created", from_, is_dir))
    text = batch_text("a:b:1", ",".join(event_text(*event) for event in events), 1, 2)
    assert text.isascii()
    assert decode(text.encode()) == Batch("a:b:1", events, 1, 2)


@given(st.text() | st.binary())
def test_any_data_is_a_message_or_our_error(data):
    with contextlib.suppress(ProtocolError):
        decode(data)


def test_a_resync_has_no_events():
    batch = decode(resync_text("a:b:2", Resync("overflow", "src", "why"), 5))
    assert (batch.events, batch.resync) == ((), Resync("overflow", "src", "why"))
