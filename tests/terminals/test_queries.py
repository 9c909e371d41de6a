"""Queries of programs: answered by the engine while nobody may write, and by nobody else then."""

import pytest

from orchflow_jupyter.terminals.emulator import emulator
from orchflow_jupyter.terminals.queries import HEARD
from tests.support.sessions import Played

WITH_SNAPSHOTS = pytest.param({"snapshots": True}, marks=pytest.mark.skipif(not emulator.there, reason="no pyghostty"))

ANSWERS = {
    "what it is": (b"\x1b[c", b"\x1b[?1;2c"),
    "which version": (b"\x1b[>c", b"\x1b[>0;276;0c"),
    "how it is": (b"\x1b[5n", b"\x1b[0n"),
    "where the cursor is": (b"one\r\nfour\x1b[6n", b"\x1b[2;5R"),
    "two at once": (b"\x1b[5nabc\x1b[6n", b"\x1b[0n\x1b[1;4R"),
    "a mode that is set": (b"\x1b[?2004h\x1b[?2004$p", b"\x1b[?2004;1$y"),
}


def asked(it):
    return bytes(it.pty.typed)


@pytest.mark.parametrize(("asks", "answer"), ANSWERS.values(), ids=ANSWERS)
@pytest.mark.parametrize("settings", [WITH_SNAPSHOTS])
def test_program_that_nobody_watches_is_answered(asks, answer, settings):
    with Played(**settings) as it:
        it.say(asks)
        assert asked(it) == answer


@pytest.mark.parametrize("cut", range(1, 4))
def test_query_that_comes_in_two_pieces_is_answered_once(cut):
    with Played() as it:
        it.say(b"text\x1b[5n"[: 4 + cut])
        it.say(b"text\x1b[5n"[4 + cut :])
        it.say(b"more")
        assert asked(it) == b"\x1b[0n"


def test_query_is_left_to_a_client_that_may_write():
    with Played() as it:
        listener = it.attach()
        it.say(b"\x1b[5n")
        assert asked(it) == b""
        it.session.detach(listener)
        it.say(b"text")
        assert asked(it) == b"", "what came to the client is not answered again"
        it.say(b"\x1b[5n")
        assert asked(it) == b"\x1b[0n"


def test_onlooker_answers_nothing_so_the_engine_does():
    with Played() as it:
        it.attach(writable=False)
        it.say(b"\x1b[5n")
        assert asked(it) == b"\x1b[0n"


def test_a_client_without_an_emulator_answers_nothing_so_the_engine_does():
    with Played() as it:
        code = it.attach(answers=False)
        it.say(b"\x1b[5n")
        assert asked(it) == b"\x1b[0n"
        page = it.attach()
        it.session.detach(code)
        it.say(b"\x1b[5n")
        assert asked(it) == b"\x1b[0n"
        it.attach(answers=False)
        it.session.detach(page)
        it.say(b"\x1b[5n")
        assert asked(it) == b"\x1b[0n\x1b[0n"


def test_where_there_is_no_emulator_only_what_needs_none_is_answered():
    with Played(snapshots=False) as it:
        it.say(b"\x1b[6n\x1b[5n")
        assert asked(it) == b"\x1b[0n"


def test_program_that_asks_and_does_not_listen_fills_nothing():
    with Played(takes=0) as it:
        it.say(b"\x1b[5n" * 30_000)
        assert len(it.session.input) <= 2 * 65536


def test_answer_is_of_the_place_where_it_was_asked():
    with Played() as it:
        it.say(b"a\x1b[6nb\r\n\x1b[6nc")
        assert asked(it) == b"\x1b[1;2R\x1b[2;1R"


REPLIES = (
    b"\x1b[?1;2c",
    b"\x1b[2;5R",
    b"\x1b[0n",
    b"\x1b[?2004;1$y",
    b"\x1b]11;rgb:0000/0000/0000\x07",
    b"\x1bP1$r0m\x1b\\",
)
KEYS = (
    b"x",
    b"\x1b",
    b"\x1b[A",
    b"\x1bOR",
    b"\x1b[1;2R",
    b"\x1b[15~",
    b"\x1b[I",
    b"\x1b[<0;3;4M",
    b"\x1b[200~pasted\x1b[201~",
)


@pytest.mark.parametrize("reply", REPLIES)
def test_of_two_who_answer_the_program_hears_the_one_who_is_first(reply):
    with Played() as it:
        one, another = it.attach(), it.attach()
        it.session.type(another, reply, 1)
        it.session.type(one, reply, 1)
        it.session.type(one, reply, 2)
        it.session.type(another, reply, 2)
        assert asked(it) == reply * 2


def test_who_is_silent_keeps_nobody_from_answering():
    with Played() as it:
        one, another = it.attach(), it.attach()
        it.session.type(one, b"\x1b[0n", 1)
        it.loop.pass_time(HEARD)
        it.session.type(another, b"\x1b[0n", 1)
        it.session.detach(another)
        it.session.type(one, b"\x1b[0n", 2)
        assert asked(it) == b"\x1b[0n" * 3


@pytest.mark.parametrize("key", KEYS)
def test_keys_and_pastes_of_all_reach_the_program(key):
    with Played() as it:
        first, second = it.attach(), it.attach()
        it.session.type(second, key, 1)
        it.session.type(first, key, 1)
        assert asked(it) == key * 2
