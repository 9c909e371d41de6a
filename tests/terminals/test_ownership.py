"""Who has the say about a terminal's size."""

import itertools
import random

import pytest

from orchflow_jupyter.terminals.ownership import REPORT, Ownership
from tests.support.loops import FakeLoop

WIDE, NARROW, OTHER = (120, 40), (60, 20), (99, 33)
SETTLE = 1.0


class Owned:
    """An ownership on a clock that a test moves; `changes` are those of the terminal's size."""

    def __init__(self):
        self.loop = FakeLoop()
        self.changes = []
        self.ownership = Ownership(self.loop, SETTLE, self._apply)

    @property
    def size(self):
        return self.changes[-1] if self.changes else None

    def _apply(self, *size):
        if size != self.size:
            self.changes.append(size)

    def joins(self, name, size=None):
        claim = self.ownership.attached(name)
        if size:
            self.ownership.wish(claim, *size)
        return claim

    def types(self, claim, data=b"x"):
        if claim is not self.ownership.latest:  # as a session asks
            self.ownership.typed(claim, data)

    def leaves(self, claim):
        self.ownership.detached(claim)

    def later(self, seconds=10 * SETTLE):
        self.loop.pass_time(seconds)


@pytest.fixture
def owned():
    return Owned()


def test_until_somebody_types_the_first_who_said_a_size_has_its_way(owned):
    first = owned.joins("a", WIDE)
    owned.joins("b", NARROW)
    assert owned.changes == [WIDE]
    owned.ownership.wish(first, *OTHER)
    assert owned.changes == [WIDE, OTHER]


def test_who_types_gets_its_size_at_once_and_keeps_it(owned):
    first, second = owned.joins("a", WIDE), owned.joins("b", NARROW)
    owned.types(second)
    owned.types(second)
    assert owned.changes == [WIDE, NARROW]
    owned.ownership.wish(first, *OTHER)
    owned.later()
    assert owned.changes == [WIDE, NARROW]
    owned.types(first)
    assert owned.changes == [WIDE, NARROW, OTHER]


def test_two_who_type_in_turns_do_not_swing_the_size_and_the_last_word_gets_it(owned):
    first, second = owned.joins("a", WIDE), owned.joins("b", NARROW)
    for _ in range(50):
        owned.types(second)
        owned.later(SETTLE / 5)
        owned.types(first)
        owned.later(SETTLE / 5)
    assert owned.changes == [WIDE, NARROW]
    owned.types(first)
    owned.later()
    assert owned.changes == [WIDE, NARROW, WIDE]
    assert owned.loop.timers == []


def test_owner_that_leaves_is_followed_by_who_typed_last_then_by_who_came_last(owned):
    claims = {name: owned.joins(name, size) for name, size in [("a", WIDE), ("b", NARROW), ("c", OTHER)]}
    owned.types(claims["b"])
    owned.later()
    owned.types(claims["a"])
    owned.later()
    owned.leaves(claims["a"])
    owned.later()
    assert owned.size == NARROW
    owned.joins("d", (1, 1))
    owned.leaves(claims["b"])
    owned.later()
    assert owned.size == (1, 1)


def test_lost_connection_that_comes_back_soon_loses_no_say(owned):
    first, second = owned.joins("a", WIDE), owned.joins("b", NARROW)
    owned.types(first)
    owned.leaves(first)
    owned.leaves(second)
    owned.later(SETTLE / 2)
    owned.joins("b", NARROW)
    owned.later(SETTLE / 4)
    assert owned.joins("a", WIDE) is first
    owned.later()
    assert owned.changes == [WIDE]


def test_new_client_beside_one_that_has_just_gone_has_its_way_at_once(owned):
    owned.leaves(owned.joins("a", WIDE))
    owned.joins("b", NARROW)
    owned.later()
    assert owned.changes == [WIDE, NARROW]


def test_who_has_no_size_takes_nobodys_by_typing(owned):
    owned.joins("a", WIDE)
    owned.joins("b", NARROW)
    program = owned.joins("program")
    owned.types(program)
    owned.later()
    owned.leaves(program)
    owned.later()
    assert owned.changes == [WIDE]


def test_who_typed_last_and_says_a_size_then_gets_it(owned):
    owned.joins("a", WIDE)
    late = owned.joins("b")
    owned.types(late)
    owned.ownership.wish(late, *NARROW)
    assert owned.size == NARROW


@pytest.mark.parametrize(
    "report",
    [
        *(b"\x1b[I", b"\x1b[O", b"\x1b[?1;2c", b"\x1b[>0;276;0c", b"\x1b[24;80R", b"\x1b[0n", b"\x1b[?2026;2$y"),
        *(b"\x1b[8;24;80t", b"\x1b]11;rgb:0000/0000/0000\x1b\\", b"\x1b]4;1;rgb:1/2/3\x07", b"\x1bP1$r0m\x1b\\"),
        *(b"\x1b[<35;10;5M", b"\x1b[?0u", b"\x1b[1;1R\x1b[?6c"),
    ],
)
def test_what_an_emulator_says_by_itself_is_not_typed(owned, report):
    owned.joins("a", WIDE)
    owned.types(owned.joins("hidden", NARROW), report)
    owned.later()
    assert owned.changes == [WIDE]


@pytest.mark.parametrize(
    "keys",
    [b"", b"x", b"\r", b"\x1b", b"\x1b[A", b"\x1bOP", b"\x1b[15~", b"\x1b[<0;3;4M", b"\x1b[Ix"],
)
def test_what_a_person_does_is_typed(keys):
    assert not REPORT.fullmatch(keys)


def test_size_set_from_outside_holds_until_somebody_types(owned):
    first = owned.joins("a", WIDE)
    owned.types(first)
    owned.ownership.fix(*OTHER)
    owned.later()
    owned.joins("b", NARROW)
    assert owned.size == OTHER
    owned.types(first)
    assert owned.size == WIDE


def test_size_set_from_outside_holds_until_the_owner_says_another_one(owned):
    first = owned.joins("a", WIDE)
    owned.ownership.fix(*OTHER)
    owned.ownership.wish(first, *NARROW)
    assert owned.size == NARROW


def test_nothing_is_left_of_those_who_have_gone_and_of_one_that_has_ended(owned):
    for number in range(100):
        owned.leaves(owned.joins(f"a-{number}", (number + 1, 1)))
    owned.later()
    assert owned.loop.timers == []
    claim = owned.joins("a", WIDE)
    owned.leaves(owned.joins("b", NARROW))
    owned.ownership.close()
    owned.types(claim)
    owned.leaves(claim)
    assert owned.loop.timers == []


def test_whatever_happens_the_size_comes_to_rest_at_one_that_somebody_there_wants():
    for seed in range(200):
        owned, rng = Owned(), random.Random(seed)
        there, names = {}, (f"a-{n}" for n in itertools.count())
        for _ in range(60):
            what = rng.choice(["join", "type", "type", "wish", "leave", "wait"])
            if what == "join":
                name = next(names)
                there[name] = owned.joins(name, (rng.randint(1, 9), rng.randint(1, 9)))
            elif what == "wait":
                owned.later(rng.choice([0.1, 0.6, 1.5]))
            elif there:
                name = rng.choice(list(there))
                if what == "type":
                    owned.types(there[name])
                elif what == "wish":
                    owned.ownership.wish(there[name], rng.randint(1, 9), rng.randint(1, 9))
                else:
                    owned.leaves(there.pop(name))
        owned.later()
        assert not there or owned.size in [claim.size for claim in there.values()], f"seed {seed}"
        typed = [claim for claim in there.values() if claim.typed]
        if typed:
            assert owned.size == max(typed, key=lambda claim: claim.typed).size, f"seed {seed}"
        assert owned.loop.timers == []
