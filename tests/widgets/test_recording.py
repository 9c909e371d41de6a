"""The widget that plays recordings, in a real kernel."""

import pytest

from orchflow_jupyter.widgets.bundle import bundle, versioned
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
