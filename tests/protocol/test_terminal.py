"""The terminal messages against the vectors that TypeScript reads too, and against arbitrary bytes."""

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchflow_jupyter.errors import ProtocolError
from orchflow_jupyter.protocol import terminal
from orchflow_jupyter.protocol.terminal import SIGNALS, WITH_BYTES, WITH_JSON, WITH_NOTHING, WITH_SIZE, Message, Op

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "terminal.json").read_text(encoding="utf-8"))


def message_of(fields):
    op = Op[fields["op"]]
    if op in WITH_BYTES:
        value = bytes.fromhex(fields["data"])
    elif op in WITH_SIZE:
        value = (fields["cols"], fields["rows"])
    elif op is Op.SIGNAL:
        value = fields["signal"]
    elif op is Op.HELLO:
        value = fields["model"]
    elif op is Op.EVENT:
        value = fields["event"]
    elif op in (Op.EXIT, Op.ERROR):
        value = {k: v for k, v in fields.items() if k not in ("op", "sequence", "timestamp")}
    else:
        value = None
    return Message(op, fields["sequence"], fields["timestamp"], value)


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_vector_decodes_and_encodes(case):
    data, message = bytes.fromhex(case["hex"]), message_of(case["message"])
    assert terminal.decode(data) == message
    if message.op not in WITH_JSON:
        assert terminal.encode(message) == data


@pytest.mark.parametrize("case", VECTORS["invalid"], ids=lambda case: case["name"])
def test_invalid_vector_is_refused_with_a_reason(case):
    with pytest.raises(ProtocolError, match=r"\w{3}"):
        terminal.decode(bytes.fromhex(case["hex"]))


def test_vectors_name_every_op():
    assert {case["message"]["op"] for case in VECTORS["cases"]} == {op.name for op in Op}


def test_every_op_has_one_kind_of_data():
    kinds = [WITH_BYTES, WITH_SIZE, WITH_JSON, WITH_NOTHING, frozenset({Op.SIGNAL})]
    assert sum(map(len, kinds)) == len(Op)
    assert frozenset().union(*kinds) == frozenset(Op)


u64 = st.integers(0, 2**64 - 1)
json_objects = st.dictionaries(st.text(), st.none() | st.booleans() | st.integers() | st.text(), max_size=4)
values = {
    **dict.fromkeys(WITH_BYTES, st.binary(max_size=100)),
    **dict.fromkeys(WITH_SIZE, st.tuples(st.integers(1, 1000), st.integers(1, 1000))),
    **dict.fromkeys(WITH_JSON, json_objects),
    **dict.fromkeys(WITH_NOTHING, st.none()),
    Op.SIGNAL: st.sampled_from(SIGNALS),
}
messages = st.sampled_from(list(Op)).flatmap(lambda op: st.builds(Message, st.just(op), u64, u64, values[op]))


@given(messages)
def test_what_is_encoded_decodes_to_itself(message):
    assert terminal.decode(terminal.encode(message)) == message


@given(st.binary(max_size=60) | st.builds(lambda op, rest: bytes([op]) + rest, st.sampled_from(list(Op)), st.binary()))
def test_arbitrary_bytes_decode_or_raise_our_error(data):
    with contextlib.suppress(ProtocolError):
        terminal.decode(data)


@pytest.mark.parametrize(
    "message",
    [
        Message(Op.ACK, -1),
        Message(Op.ACK, 2**64),
        Message(Op.RESIZE, value=(70000, 1)),
        Message(Op.SIGNAL, value="USR1"),
    ],
)
def test_what_cannot_be_said_is_refused(message):
    with pytest.raises(ProtocolError):
        terminal.encode(message)


def test_ops_of_engine_have_the_high_bit():
    assert {op for op in Op if op.of_engine} == {op for op in Op if op & 0x80}
