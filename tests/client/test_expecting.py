"""What is waited for in output, however it is cut: pure."""

import random
import re

import pytest

from orchflow_jupyter.client.attachment import KEEP
from orchflow_jupyter.client.expecting import Expected
from orchflow_jupyter.errors import InvalidRequestError


@pytest.mark.parametrize("seed", range(50))
def test_it_is_what_a_search_in_all_of_it_finds(seed):
    chance = random.Random(seed)
    data = bytes(chance.choices(b"ab", k=200))
    patterns = ["abba", b"bbbbbb", re.compile(rb"(?<=a)b+a{3}"), re.compile(rb"^b", re.MULTILINE), "aaaaa"]
    wanted = chance.sample(patterns, 3)
    expected, at, came = Expected(wanted), 0, None
    while at < len(data) and came is None:
        size = chance.randint(1, 7)
        expected.feed(data[at : at + size])
        at += size
        came = expected.match()
    once = Expected(wanted)
    once.feed(data[:at])
    whole = once.match()
    assert (came is None) == (whole is None)
    if came is not None:
        assert (came[0], came[1].span()) == (whole[0], whole[1].span())
        assert expected.found == once.found == data[came[1].end() : at]


def test_the_newest_is_kept_and_a_match_across_pieces_found():
    expected = Expected(["needle"])
    for _ in range(3):
        expected.feed(b"x" * KEEP)
        assert expected.match() is None
    expected.feed(b"nee")
    assert expected.match() is None
    expected.feed(b"dle!")
    assert expected.match()[1][0] == b"needle"
    assert expected.found == b"!"


@pytest.mark.parametrize("patterns", ["x", b"x", re.compile(b"x"), 5, None, [], [5], [None], [re.compile("x")]])
def test_what_is_no_list_of_patterns_is_refused(patterns):
    with pytest.raises(InvalidRequestError, match=r"pattern|output is bytes"):
        Expected(patterns)
