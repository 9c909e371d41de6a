"""What is under way to a browser: bounded while it answers, and nobody waits for ever."""

import asyncio

from orchflow_jupyter.server import terminal_window
from orchflow_jupyter.server.terminal_window import EVERY, WINDOW, Window
from tests.support.waiting import GENEROUS


def filled(window):
    """The marks of as much as goes without an answer."""
    marks = []
    while not window.full:
        if mark := window.sent(1000):
            marks.append(mark)
    return marks


def waits(window, then=lambda: None):
    """Whether one who asks for room waits until `then` was done, and no longer."""

    async def run():
        waiting = asyncio.ensure_future(window.room())
        await asyncio.sleep(0)
        waited = not waiting.done()
        then()
        async with asyncio.timeout(GENEROUS):
            await waiting
        return waited

    return asyncio.run(run())


def test_little_is_not_asked_about_and_much_is_asked_about_now_and_then():
    window = Window()
    assert window.sent(EVERY - 1) is None
    assert window.sent(1) is not None
    assert window.sent(EVERY - 1) is None
    assert not window.full


def test_no_more_than_a_window_is_under_way():
    window = Window()
    marks = filled(window)
    assert len(marks) == WINDOW // EVERY
    assert waits(window, lambda: window.answered(marks[0]))
    assert not window.full
    assert not waits(window)


def test_an_answer_stands_for_all_before_it():
    window = Window()
    window.answered(filled(window)[-1])
    assert len(filled(window)) == WINDOW // EVERY


def test_what_is_no_answer_says_nothing():
    window = Window()
    filled(window)
    for data in (b"", b"7", b"x" * 9):
        window.answered(data)
        assert window.full
    window.answered(b"\xff" * 8)  # more than was asked is taken for all
    assert not window.full
    filled(window)


def test_while_no_answer_can_be_heard_nobody_waits():
    window = Window()
    filled(window)
    assert waits(window, lambda: window.hear(False))
    window.hear(True)
    assert window.full


def test_something_that_answers_no_pings_is_not_waited_for_for_ever(monkeypatch):
    monkeypatch.setattr(terminal_window, "PATIENCE", 0.01)
    window = Window()
    filled(window)
    assert waits(window)
    assert not window.full
    assert filled(window)
