"""Text that is cut at every byte, on its way in and out, comes out whole: characters of one to four bytes and more."""

import codecs

import pytest

from orchflow_jupyter.client import Engine
from orchflow_jupyter.client.running import Running
from orchflow_jupyter.protocol.terminal import Op
from tests.support.engine import PYTHON, raw

TEXT = "aé€😀👩‍👩‍👧‍👦ä̈한\u200d🏳️‍🌈\U0001f1e9\U0001f1ea∑\x1b[31mró\x1b[0mż"
DATA = TEXT.encode()
SLOWLY = f"""
import os, time
os.system("stty raw -echo")
os.write(1, b"ready;")
os.read(0, 1)
for byte in {DATA!r}:
    os.write(1, bytes([byte]))
    time.sleep(0.002)
"""


def test_input_cut_at_every_byte_is_the_programs_as_it_was(engine):
    stream = engine.run(raw("exec cat"))
    stream.text(b"ready;")
    for byte in DATA:
        stream.type(bytes([byte]))
    stream.text(DATA)
    for cut in range(len(DATA)):
        stream.type(DATA[:cut])
        stream.type(DATA[cut:])
    stream.until(lambda: stream.end == 6 + len(DATA) * (len(DATA) + 1), "all of them")
    assert bytes(stream.output[6:]) == DATA * (len(DATA) + 1)


def test_output_cut_at_every_byte_is_the_clients_as_it_was(engine):
    stream = engine.run([*PYTHON, SLOWLY])
    stream.text(b"ready;")
    stream.type(b"x")
    stream.rest()
    assert bytes(stream.output[6:]) == DATA
    assert len(stream.of(Op.OUTPUT)) > len(DATA) / 4  # it came in pieces


def test_a_client_that_begins_at_any_byte_gets_the_rest(engine):
    stream = engine.run(raw(f"printf %s '{TEXT}'; exec sleep 1000"))
    stream.text(DATA)
    for since in range(stream.end + 1):
        late = engine.attach(stream.hello["id"], since=since)
        late.until(lambda late=late: late.end == stream.end, "the rest")
        assert late.start == since
        assert bytes(late.output) == bytes(stream.output[since:])
        late.close()


def test_pythons_client_types_and_reads_it(engine):
    command = raw("exec cat")
    opened = Engine.open(engine.directory, str(engine.root))
    with opened as client, client.attach(client.create(command)["id"]) as terminal:
        terminal.read_until(b"ready;", timeout=30)
        terminal.send(TEXT)
        assert terminal.read_until(DATA, timeout=30) == DATA
        for byte in DATA:
            terminal.send(bytes([byte]))
        assert terminal.wait_for(TEXT, timeout=30)[0] == DATA


@pytest.mark.parametrize("cut", range(len(DATA) + 1))
def test_a_commands_text_is_whole_wherever_its_output_is_cut(cut):
    seen = []
    running = Running("show", watch=seen.append)
    running.output(DATA[:cut], cut)
    running.output(DATA[cut:], len(DATA))
    running.ended({"code": 0, "signal": None})
    assert running.result.text == TEXT
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    assert "".join(map(decoder.decode, seen)) == TEXT
