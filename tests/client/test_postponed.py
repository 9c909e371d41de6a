"""Interrupts that wait."""

import signal
import threading

import pytest

from orchflow_jupyter.client.postponed import Postponed


@pytest.fixture(autouse=True)
def interruptible():
    """Whoever started the tests may have had interrupts ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_interrupt_waits_for_the_end_and_is_raised_there():
    made = []

    def make():
        with Postponed():
            signal.raise_signal(signal.SIGINT)
            made.append("all of it")

    with pytest.raises(KeyboardInterrupt):
        make()
    assert made == ["all of it"]


def test_without_an_interrupt_nothing_happens_and_the_next_one_is_raised_as_ever():
    with Postponed():
        pass
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_in_another_thread_it_does_nothing():
    done = []

    def work():
        with Postponed():
            done.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [signal.default_int_handler]
