"""What a terminal shows, asked of a real engine with a real program."""

import os

import pytest

pytest.importorskip("pyghostty", reason="pyghostty has no wheel here")

from orchflow_jupyter.errors import InvalidRequestError, NotFoundError, NotSupportedError
from tests.support.engine import EngineProcess, raw


def test_screen_is_that_of_all_output(engine):
    stream = engine.run(raw("printf '\\033[1;31mred\\033[0m plain\\r\\n\\033]2;called\\007done'; exec cat"))
    identity = stream.greet()["id"]
    stream.text(b"ready;")
    stream.text(b"done")
    told = engine.call("terminals.screen", {"id": identity})
    assert told["lines"][:2] == [[["ready;", 0], ["red", 1], [" plain", 0]], [["done", 0]]]
    assert told["styles"] == [{}, {"fg": 1, "bold": True}]
    assert (told["title"], told["cols"], told["rows"], len(told["lines"])) == ("called", 80, 24, 24)
    assert (told["cursor"]["x"], told["cursor"]["y"]) == (4, 1)


def test_screen_of_an_ended_program_is_its_last_one(engine):
    stream = engine.run(["sh", "-c", "seq 100"])
    identity = stream.greet()["id"]
    stream.rest()
    told = engine.call("terminals.screen", {"id": identity, "scrollback": 10})
    assert [line[0][0] for line in told["lines"][:-1]] == [str(n) for n in range(68, 101)]


def test_many_lines_above_are_read_in_slices_and_whole(engine):
    stream = engine.run(["sh", "-c", "seq 3000"])
    identity = stream.greet()["id"]
    stream.rest()
    told = engine.call("terminals.screen", {"id": identity, "scrollback": 60_000})
    assert told["scrollback"] == len(told["lines"]) - 24
    assert [line[0][0] for line in told["lines"][:-1]] == [str(n) for n in range(1, 3001)]


@pytest.mark.parametrize("wrong", [{"scrollback": -1}, {"scrollback": "all"}, {"lines": 3}])
def test_what_makes_no_sense_is_refused(engine, wrong):
    with pytest.raises(InvalidRequestError, match=next(iter(wrong))):
        engine.call("terminals.screen", {"id": "t-none", **wrong})


def test_unknown_terminal_is_refused(engine):
    with pytest.raises(NotFoundError):
        engine.call("terminals.screen", {"id": "t-none"})


def test_engine_without_the_library_says_how_to_get_it(tmp_path, monkeypatch):
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "sitecustomize.py").write_text(
        "import importlib.util as u\nfind = u.find_spec\n"
        "u.find_spec = lambda name, *more: None if name == 'pyghostty' else find(name, *more)\n"
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(hidden), os.environ.get("PYTHONPATH", "")]))
    with EngineProcess(tmp_path) as engine:
        made = engine.create(["cat"])
        with pytest.raises(NotSupportedError, match="pip install pyghostty"):
            engine.call("terminals.screen", {"id": made})
