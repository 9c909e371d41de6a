"""The errors: one tree, as its module draws it, with the codes of the protocol."""

import errno
import inspect
import re

import pytest

from orchflow_jupyter import errors
from orchflow_jupyter.errors import OrchflowError, from_status

KINDS = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, OrchflowError)]
DRAWN = re.findall(r"^([ │├└─]+)(\w+Error)\b(.*)$", errors.__doc__, re.MULTILINE)

PROTOCOL_CODES = {4400, 4401, 4403, 4404, 4408, 4413, 4429, 1012}


def test_drawn_tree_is_the_tree_of_the_classes():
    parents, path = {}, []
    for lines, name, _ in DRAWN:
        depth = (len(lines) - 4) // 4
        path[depth:] = [name]
        parents[name] = path[depth - 1] if depth else None
    assert parents == {kind.__name__: kind.__base__.__name__ if kind is not OrchflowError else None for kind in KINDS}


@pytest.mark.parametrize(("name", "text"), [(name, text) for _, name, text in DRAWN if ":" in text])
def test_drawn_codes_are_the_codes_of_the_class(name, text):
    kind = getattr(errors, name)
    assert [int(code) for code in re.findall(r"\d{3,4}", text)] == [kind.status, kind.close_code]


def test_every_error_is_exported():
    assert {kind.__name__ for kind in KINDS} | {"from_status", "of_system"} == set(errors.__all__)


def test_a_limit_of_the_systems_is_one_of_ours():
    assert isinstance(errors.of_system(OSError(errno.EMFILE, "too many")), errors.TooManyError)
    assert errors.of_system(OSError(errno.EIO, "broken")) is None
    assert errors.of_system(ValueError("x")) is None


def test_every_close_code_of_the_protocol_has_its_error():
    assert {kind.close_code for kind in KINDS} >= PROTOCOL_CODES


def test_close_codes_may_be_sent_by_an_application():
    # RFC 6455, section 7.4: 1011 and 1012 are registered, 4000 to 4999 are ours
    assert all(kind.close_code in (1011, 1012) or 4000 <= kind.close_code <= 4999 for kind in KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_error_comes_back_from_its_status_as_itself_or_its_parent(kind):
    error = from_status(kind.status, "why")
    assert isinstance(kind("why"), type(error))
    assert (error.status, error.message) == (kind.status, "why")


@pytest.mark.parametrize("status", [0, 200, 418, 500, 502])
def test_status_of_nobody_is_an_error_all_the_same(status):
    assert type(from_status(status, "why")) is OrchflowError


@pytest.mark.parametrize("kind", KINDS)
def test_error_is_told_as_message_and_reason(kind):
    assert kind("why").as_json() == {"message": "why", "reason": kind.reason}
    assert re.fullmatch(r"[a-z_]+", kind.reason)
