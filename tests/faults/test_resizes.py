"""Resizes at 1,000 a second."""

import time

from orchflow_jupyter.protocol.terminal import Op
from tests.support.engine import PYTHON

WATCHER = """
import os, signal, sys
def told(*_):
    size = os.get_terminal_size()
    os.write(1, b"%dx%d;" % (size.columns, size.lines))
signal.signal(signal.SIGWINCH, told)
os.system("stty raw -echo")
os.write(1, b"ready;")
while data := os.read(0, 100):
    os.write(1, data)
"""
STORM = 1500


def test_a_storm_of_resizes_ends_with_the_last_one_and_holds_nobody_up(engine):
    stream = engine.run([*PYTHON, WATCHER])
    stream.text(b"ready;")
    other = engine.attach(stream.hello["id"], mode="ro")
    began = time.monotonic()
    for number in range(STORM):
        stream.send(Op.RESIZE, 0, (40 + number % 100, 10 + number % 50), wait=False)
        if number % 100 == 0:
            stream.type(b"(%d)" % number)
            stream.text(b"(%d)" % number)
        time.sleep(max(0, began + number / 1000 - time.monotonic()))
    last = (33, 7)
    stream.send(Op.RESIZE, 0, last)
    stream.text(b"33x7;")
    took = time.monotonic() - began
    assert (engine.model(stream.hello["id"])["cols"], engine.model(stream.hello["id"])["rows"]) == last
    stream.type(b"(end)")
    stream.text(b"(end)")
    sizes = [message.value for message in stream.of(Op.RESIZED)]
    assert sizes[-1] == last
    assert len(sizes) <= took / 0.05 + 2  # 50 ms lie between two of a storm
    other.until(lambda: other.end == stream.end, "the same for an onlooker")
    assert [message.value for message in other.of(Op.RESIZED)] == sizes
    assert bytes(stream.output).count(b"x") <= len(sizes)
