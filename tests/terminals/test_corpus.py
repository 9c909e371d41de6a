"""What a new client is sent shows, in xterm.js, what the program's output straight into xterm.js shows."""

import base64
import json
import pathlib
import re
import shutil
import subprocess

import pytest

from orchflow_jupyter.protocol.terminal import Op
from orchflow_jupyter.terminals.screen import Screen
from tests.support.corpus import COLS, GENERATED, LOG, PROGRAMS, ROWS, record
from tests.support.sessions import Played, pulled

ROOT = pathlib.Path(__file__).parents[2]
KIB = 1024
JOINS = 4

ON_A_BLANK = re.compile(r"\w+ \d+,\d+:  \|1\|[^ ]* is  \|1\|")
"""The background of a cell that holds no character."""

pytestmark = pytest.mark.skipif(
    not shutil.which("node") or not (ROOT / "js/node_modules/@xterm/headless").exists(),
    reason="xterm.js is not installed: npm ci in js/",
)


class Xterm:
    """Two xterm.js in Node, compared."""

    def __init__(self):
        script = ROOT / "tests/support/compare_screens.mjs"
        self.node = subprocess.Popen(["node", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def differences(self, direct, client, *, parts=False, more=False):
        job = {"cols": COLS, "rows": ROWS, "direct": coded(direct), "client": coded(client)}
        job |= {"parts": parts, "more": more}
        self.node.stdin.write(json.dumps(job).encode() + b"\n")
        self.node.stdin.flush()
        return json.loads(self.node.stdout.readline())

    def close(self):
        self.node.stdin.close()
        self.node.stdout.close()
        self.node.wait()


def coded(steps):
    def text(step):
        return base64.b64encode(step).decode()

    kinds = {bytes: text, tuple: list, dict: lambda step: {name: text(data) for name, data in step.items()}}
    return [kinds[type(step)](step) for step in steps]


@pytest.fixture(scope="module")
def xterm():
    made = Xterm()
    yield made
    made.close()


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    found = {name: record(*PROGRAMS[name], folder) for name in PROGRAMS}
    return found | {name: text.encode() for name, text in GENERATED.items()}


def sent(messages):
    """What a client does with messages: steps for its emulator."""
    steps = []
    for message in messages:
        if message.op is Op.SNAPSHOT:
            steps.append({"snapshot": message.value})
        elif message.op in (Op.OUTPUT, Op.RESIZED):
            steps.append(message.value)
    return steps


@pytest.mark.parametrize("name", [*PROGRAMS, *GENERATED])
def test_client_that_joins_shows_what_the_output_shows(name, recorded, xterm):
    if recorded[name] is None:
        pytest.skip(f"{PROGRAMS[name][0][0]} is not installed")
    output = LOG + recorded[name]
    with Played(size=(COLS, ROWS), snapshots=True) as it:
        written = 0
        for join in range(1, JOINS + 1):
            end = len(LOG) + len(recorded[name]) * join // JOINS
            new = output[written:end]
            for at in range(0, len(new), 64 * KIB):
                it.write(new[at : at + 64 * KIB])
                it.session.checkpoints.follow()
            written = end
            listener = it.attach()
            messages = []
            while came := pulled(listener):
                messages += came
                listener.acknowledge(listener.offset)
            assert messages[1].op is Op.SNAPSHOT
            it.session.detach(listener)
            # Once is enough to see that a snapshot in parts shows what the whole one does.
            assert xterm.differences([new], sent(messages), parts=join == JOINS, more=join > 1) == []


@pytest.mark.parametrize("name", [*PROGRAMS, *GENERATED])
def test_snapshot_alone_differs_only_as_documented(name, recorded, xterm):
    if recorded[name] is None:
        pytest.skip(f"{PROGRAMS[name][0][0]} is not installed")
    output = LOG[-100_000:].partition(b"\n")[2] + recorded[name]
    screen = Screen(COLS, ROWS, 10_000, 1 << 24)
    screen.feed(output)
    assert screen.ground
    differences = xterm.differences([output], [{"snapshot": screen.snapshot()}])
    unexplained = [text for text in differences if ": wrapped " not in text and not ON_A_BLANK.match(text)]
    assert unexplained == []  # docs/decisions/0007-checkpoints.md explains the others
