"""Messages of a document's stream, against the vectors that the TypeScript side is tested against, too."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchflow_jupyter.errors import ProtocolError
from orchflow_jupyter.protocol.documents import (
    QUERY,
    Awareness,
    Call,
    Face,
    QueryAwareness,
    StepOne,
    Update,
    decode,
    encode_awareness,
    encode_call,
    encode_step_one,
    encode_step_two,
    encode_update,
)

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "documents.json").read_text())


def named(vectors):
    return [pytest.param(vector, id=vector["name"]) for vector in vectors]


def message(says):
    match says["kind"]:
        case "step one":
            return StepOne(bytes.fromhex(says["state"]))
        case "update":
            return Update(bytes.fromhex(says["update"]), says["answers"])
        case "awareness":
            return Awareness(tuple(Face(*face) for face in says["faces"]))
        case "query awareness":
            return QueryAwareness()
    return Call(says["value"])


def encoded(said):
    match said:
        case StepOne(state):
            return encode_step_one(state)
        case Update(update, answers):
            return encode_step_two(update) if answers else encode_update(update)
        case Awareness(faces):
            return encode_awareness(faces)
        case QueryAwareness():
            return QUERY
    return encode_call(said.value)


@pytest.mark.parametrize("vector", named(VECTORS["messages"]))
def test_a_message_is_the_same_there_and_back(vector):
    said = message(vector["says"])
    assert decode(bytes.fromhex(vector["hex"])) == said
    assert encoded(said).hex() == vector["hex"]


@pytest.mark.parametrize("vector", named(VECTORS["bad"]))
def test_what_is_no_message_is_refused(vector):
    with pytest.raises(ProtocolError):
        decode(bytes.fromhex(vector["hex"]))


@pytest.mark.parametrize("data", ["0200", "7d0161"])
def test_kinds_of_other_servers_are_refused_by_ours(data):
    with pytest.raises(ProtocolError, match="kind"):
        decode(bytes.fromhex(data))


@pytest.mark.parametrize("shown", ["{", "\udcff", "[" * 100_000])
def test_a_client_that_shows_no_json_is_refused(shown):
    face = encode_awareness([Face(1, 1, "0")])[:-2]
    content = shown.encode("utf-8", "surrogateescape")
    sized = encode_update(content)[2:]
    told = face[2:] + sized
    with pytest.raises(ProtocolError):
        decode(b"\x01" + encode_update(told)[2:])


@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_are_refused(data):
    try:
        said = decode(data)
    except ProtocolError:
        return
    assert decode(encoded(said)) == said
