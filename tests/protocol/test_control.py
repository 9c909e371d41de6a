"""Control calls as lines: however they are cut, and whatever else comes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchflow_jupyter import errors
from orchflow_jupyter.errors import NotFoundError, OrchflowError, ProtocolError, TooLargeError
from orchflow_jupyter.protocol.control import (
    MAX_LINE,
    Json,
    LineReader,
    decode_reply,
    encode_error,
    encode_request,
    encode_result,
)

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(st.text(), values, max_size=4)


def line_of(data):
    (value,) = LineReader().feed(data)
    return value


@given(st.lists(objects, max_size=6), st.lists(st.integers(1, 40), min_size=1))
def test_objects_come_out_whole_and_in_order_however_they_are_cut(calls, cuts):
    data = b"".join(encode_request(n, "m", params) for n, params in enumerate(calls))
    reader, taken, turn = LineReader(), [], 0
    while data:
        size = cuts[turn % len(cuts)]
        taken += reader.feed(data[:size])
        data, turn = data[size:], turn + 1
    assert [call["params"] for call in taken] == calls
    assert [call["id"] for call in taken] == list(range(len(calls)))


@given(st.binary(max_size=200))
def test_any_line_is_an_object_or_our_error(data):
    try:
        for value in LineReader().feed(data + b"\n"):
            assert isinstance(value, dict)
    except ProtocolError as error:
        assert "JSON object" in error.message  # noqa: PT017 - both ways out are right


@pytest.mark.parametrize("line", [b"", b"[]", b"1", b"null", b'"x"', b"{", b"\xff", b"[" * 100_000, b'{"a":' * 100_000])
def test_line_that_is_no_object_is_refused(line):
    with pytest.raises(ProtocolError, match="JSON object"):
        list(LineReader().feed(line + b"\n"))


def test_what_came_before_a_bad_line_is_not_lost():
    taken = []
    with pytest.raises(ProtocolError):
        taken.extend(LineReader().feed(b'{"a":1}\n{"b":2}\nbad\n'))
    assert taken == [{"a": 1}, {"b": 2}]


def test_line_may_have_the_limit_and_no_more():
    reader = LineReader(limit=10)
    assert list(reader.feed(b'{"a":12345')) == []
    with pytest.raises(TooLargeError, match="10 bytes"):
        list(reader.feed(b"6"))
    assert MAX_LINE == 4 * 1024 * 1024


@given(objects)
def test_request_is_json_rpc_on_one_line(params):
    data = encode_request(7, "terminals.create", params)
    assert data.count(b"\n") == 1
    assert json.loads(data) == {"jsonrpc": "2.0", "id": 7, "method": "terminals.create", "params": params}


def test_request_without_parameters_has_an_empty_object():
    assert line_of(encode_request(1, "hello"))["params"] == {}


@given(values)
def test_result_comes_back_as_it_was(value):
    assert decode_reply(line_of(encode_result("any id", value))) == value


@pytest.mark.parametrize("name", [name for name in errors.__all__ if name.endswith("Error")])
def test_error_comes_back_with_its_status_and_its_words(name):
    sent = getattr(errors, name)("what was wrong: ü\n")
    reply = line_of(encode_error(3, sent))
    assert (reply["id"], reply["error"]["data"]) == (3, {"status": sent.status, "reason": sent.reason})
    with pytest.raises(OrchflowError) as caught:
        decode_reply(reply)
    assert (caught.value.status, caught.value.message) == (sent.status, sent.message)


def test_error_that_says_nothing_is_still_an_error():
    with pytest.raises(OrchflowError, match="refused"):
        decode_reply({"error": {}})
    with pytest.raises(NotFoundError, match="refused"):
        decode_reply({"error": {"data": {"status": 404}}})


def test_a_result_that_is_json_already_goes_as_it_is():
    made = Json('{"a":["ä",1]}'.encode())
    assert decode_reply(line_of(encode_result("any id", made))) == made.value == {"a": ["ä", 1]}
