"""The queue of what was typed, before a program that takes what a test lets it take."""

import contextlib

from hypothesis import given
from hypothesis import strategies as st

from orchflow_jupyter.terminals.input import PIECE, TURNS, InputQueue
from tests.support.echo import EchoPty
from tests.support.loops import FakeLoop

HIGH, LOW = 1000, 200


@contextlib.contextmanager
def queue(takes=0):
    loop, pty, released = FakeLoop(), EchoPty(takes=takes), []
    try:
        yield InputQueue(loop, pty, HIGH, LOW, lambda: released.append(len(pty.typed))), pty, loop, released
    finally:
        pty.close()


def let_take(pty, loop, count):
    pty.takes = count
    loop.writers[pty.fd]()


def test_input_goes_to_the_program_in_the_turn_in_which_it_comes():
    with queue(takes=None) as (waiting, pty, loop, released):
        waiting.write(b"at once")
        assert (bytes(pty.typed), len(waiting), loop.writers, released) == (b"at once", 0, {}, [])


def test_what_the_program_does_not_take_waits_and_goes_in_order():
    with queue(takes=3) as (waiting, pty, loop, _):
        waiting.write(b"abcdef")
        waiting.write(b"ghi")
        assert (bytes(pty.typed), len(waiting)) == (b"abc", 6)
        let_take(pty, loop, 4)
        assert (bytes(pty.typed), len(waiting)) == (b"abcdefg", 2)
        let_take(pty, loop, 100)
        assert (bytes(pty.typed), len(waiting), loop.writers) == (b"abcdefghi", 0, {})
        waiting.write(b"j")
        assert bytes(pty.typed) == b"abcdefghij"


def test_the_key_that_interrupts_overtakes_what_a_program_does_not_take():
    with queue() as (waiting, pty, loop, released):
        waiting.write(b"x" * HIGH * 2)
        waiting.write(b"\x03")
        assert (len(waiting), pty.signals, loop.writers, released) == (0, ["INT"], {}, [0])
        pty.takes = None
        waiting.write(b"on\x03")  # to who takes it, it is a key as any other
        assert (bytes(pty.typed), pty.signals) == (b"on\x03", ["INT"])


def test_watermarks_hold_back_and_release():
    with queue() as (waiting, pty, loop, released):
        waiting.write(b"x" * LOW)
        assert (waiting.full, waiting.held) == (False, False)
        waiting.write(b"x")
        assert (waiting.full, waiting.held) == (True, False)
        waiting.write(b"x" * (HIGH - LOW))
        assert (waiting.full, waiting.held) == (True, True)
        let_take(pty, loop, HIGH - LOW)
        assert (waiting.full, waiting.held, released) == (True, False, [])
        let_take(pty, loop, 1)
        assert (waiting.full, released) == (False, [HIGH - LOW + 1])
        let_take(pty, loop, LOW)
        assert len(released) == 1


def test_long_queue_does_not_keep_the_loop():
    with queue() as (waiting, pty, loop, _):
        waiting.write(bytes(3 * TURNS * PIECE))
        let_take(pty, loop, 10 * TURNS * PIECE)
        assert len(pty.typed) == TURNS * PIECE
        loop.writers[pty.fd]()
        loop.writers[pty.fd]()
        assert (len(waiting), loop.writers) == (0, {})


def test_end_of_the_program_forgets_what_waits_and_releases():
    with queue() as (waiting, pty, loop, released):
        waiting.write(b"x" * 2 * HIGH)
        waiting.close()
        assert (len(waiting), waiting.held, loop.writers, released) == (0, False, {}, [0])
        waiting.write(b"for nobody")
        assert (len(waiting), bytes(pty.typed)) == (0, b"")
        waiting.close()


@given(st.lists(st.tuples(st.binary(max_size=300), st.integers(0, 400)), max_size=40))
def test_every_byte_arrives_once_and_in_order_whatever_the_program_takes(steps):
    with queue() as (waiting, pty, loop, _):
        whole = b""
        for data, takes in steps:
            pty.takes = takes
            waiting.write(data)
            whole += data
            assert whole.startswith(bytes(pty.typed))
            assert len(pty.typed) + len(waiting) == waiting.taken == len(whole)
            assert bool(loop.writers) is bool(len(waiting))
            if pty.fd in loop.writers:
                let_take(pty, loop, takes)
        if pty.fd in loop.writers:
            let_take(pty, loop, len(whole))
        assert bytes(pty.typed) == whole
