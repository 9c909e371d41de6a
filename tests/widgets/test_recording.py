"""The widget that plays recordings, in a real kernel."""

import codecs
import json

import pytest

from orchflow_jupyter.errors import InvalidRequestError
from orchflow_jupyter.widgets.bundle import bundle, versioned
from orchflow_jupyter.widgets.casts import playable
from tests.support.kernel import KernelError

CAST = '{"version": 3, "term": {"cols": 80, "rows": 24}}\n[0.5, "o", "hi"]\n'


@pytest.fixture
def played(kernel):
    kernel.run("from orchflow_jupyter import Recording")
    return kernel


def test_the_page_gets_the_file_and_how_to_play_it(played):
    (played.work / "a.cast").write_text(CAST + '[0.1, "o", "ha')
    _, comm = played.widget("Recording('a.cast', speed=2, idle_limit=3, theme='dark')")
    state = comm.state
    assert {name: state[name] for name in ("path", "speed", "idle_limit", "theme", "bundle")} == {
        "path": "a.cast",
        "speed": 2.0,
        "idle_limit": 3.0,
        "theme": "dark",
        "bundle": versioned("recording.js"),
    }
    played.run("r = Recording('a.cast')")
    assert played.value(f"r.data == {CAST.encode()!r}") == "True"


@pytest.mark.parametrize("path", ["5", "b'a.cast'", "'a\\0b'", "''"])
def test_what_is_no_path_is_told(played, path):
    with pytest.raises(KernelError, match="path must be that of a file"):
        played.run(f"Recording({path})")


def test_what_cannot_be_played_is_told(played):
    (played.work / "bad.cast").write_text("hello\n")
    (played.work / "list.cast").write_text("[]\n")
    (played.work / "size.cast").write_text('{"version": 3}\n[0.1, "o", "x"]\n')
    (played.work / "old.cast").write_text('{"version": 2, "width": 0, "height": 24}\n[0.1, "o", "x"]\n')
    for path, name in (
        ("no.cast", "NotFoundError"),
        ("size.cast", "InvalidRequestError"),
        ("old.cast", "InvalidRequestError"),
        ("bad.cast", "InvalidRequestError"),
        ("list.cast", "InvalidRequestError"),
    ):
        with pytest.raises(KernelError) as caught:
            played.run(f"Recording({path!r})")
        assert caught.value.name == name
        assert path in caught.value.text


HEAD = CAST.split("\n")[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ('{"version": 3, "term": {"cols": 5000, "rows": 24}}\n[0.1, "o", "x"]\n', "5000 x 24 cells"),
        ('{"version": 3, "term": {"cols": true, "rows": 24}}\n', "does not say of how many"),
        ('{"version": true}\n', "no asciicast"),
        (HEAD + '\n[0.1, "o"]\n', "none of its lines"),
        (HEAD + '\n# a word\n\n[0.1, "o"]\n', "none of its lines"),
        ('{"x":' + 5000 * "[", "no asciicast"),
        ('{"version": 1, "width": 80, "height": 24, "stdout": [["x", "y"]]}', "is damaged"),
        ('{"version": 1, "width": 80, "height": 24}', "is damaged"),
    ],
)
def test_of_what_nothing_can_be_played_it_is_said_why(text, said):
    with pytest.raises(InvalidRequestError, match=f"a.cast .*{said}"):
        playable(text.encode(), "a.cast")


GOOD = '[0.5, "o", "x"]'


@pytest.mark.parametrize(
    "bad",
    [
        '["x", "o", "txt"]',
        "[0.5]",
        '[0.5, "o"]',
        '[0.5, "o", null]',
        '[0.5, "o", "x", 1]',
        '[-1, "o", "x"]',
        '[1e300, "o", "x"]',
        '[NaN, "o", "x"]',
        '[0.5, 1, "x"]',
        '[0.5, "r", "x"]',
        '[0.5, "r", "0x24"]',
        '[0.5, "r", "1001x24"]',
        '[0.5, "r", "٣x٤"]',
        '[0.5, "o", "x"]\r[0.5, "o", "y"]',
        "{}",
        "half",
        "\\xff",
    ],
)
def test_lines_that_would_stop_the_player_are_left_out(bad):
    data = f'{HEAD}\n{GOOD}\n# a word\n{bad}\n\n[1, "r", "81x24"]\n[1, "m", ""]\n[1, "new", ""]\n{GOOD}\n'
    got, note = playable(data.encode().replace(b"\\xff", b"\xff"), "a.cast")
    assert got == f'{HEAD}\n{GOOD}\n[1, "r", "81x24"]\n[1, "m", ""]\n[1, "new", ""]\n{GOOD}\n'.encode()
    assert note == "Line 4 is no event: left out."


def test_one_with_comments_alone_is_empty():
    assert playable(f"{HEAD}\n# a word\n\n".encode(), "a.cast") == (f'{HEAD}\n[0.0, "o", ""]\n'.encode(), "")


def test_one_of_version_1_is_played_as_it_is():
    data = b'{"version": 1, "width": 80, "height": 24, "stdout": [[0.1, "x"], [2, "y"]]}'
    assert playable(data, "a.cast") == (data, "")
    many = json.dumps(json.loads(data), indent=2).encode()
    assert playable(many, "a.cast") == (many, "")


def test_a_forgotten_line_end_and_a_byte_order_mark_lose_nothing():
    assert playable(codecs.BOM_UTF8 + CAST.rstrip().encode(), "a.cast") == (CAST.encode(), "")


def test_one_in_which_nothing_happened_yet_is_played_as_empty(played):
    head = CAST.split("\n")[0]
    for there in (head, head + "\n", head + '\n[0.5, "o", "h'):
        (played.work / "begun.cast").write_text(there)
        played.run("r = Recording('begun.cast')")
        assert played.value(f'r.data == {head.encode()!r} + b\'\\n[0.0, "o", ""]\\n\'') == "True"


def test_pauses_are_cut_to_a_number_of_seconds(played):
    (played.work / "a.cast").write_text(CAST)
    for limit in ("inf", "nan"):
        with pytest.raises(KernelError, match="finite"):
            played.run(f"Recording('a.cast', idle_limit=float({limit!r}))")


def test_the_player_travels_by_the_kernel_where_no_server_answers(played):
    (played.work / "a.cast").write_text(CAST)
    identity, _ = played.widget("Recording('a.cast')")
    content, buffers = played.ask(identity, {"kind": "bundle"}, "bundle")
    assert (content, buffers) == ({"kind": "bundle"}, [bundle("recording.js")])
