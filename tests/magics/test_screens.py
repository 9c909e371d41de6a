"""`%orchflow screen` and `%orchflow image` in a real kernel."""

import pytest

pytest.importorskip("pyghostty", reason="pyghostty has no wheel here")

from tests.support.waiting import eventually


@pytest.fixture
def shown(magic, process):
    """A terminal that shows 30 lines."""
    made = process.create(["sh", "-c", "seq 30; exec cat"], name="numbers")
    eventually(lambda: process.call("terminals.screen", {"id": made})["cursor"]["y"] == 23, "its lines")
    return made


def test_text_of_the_screen_is_printed(magic, shown):
    assert magic.run("%orchflow screen numbers").text.split() == [str(n) for n in range(8, 31)]
    assert magic.run("%orchflow screen --lines 2 numbers").text.split() == [str(n) for n in range(6, 31)]


def test_picture_is_shown_in_the_cell(magic, shown):
    (given,) = magic.run("%orchflow image --dark numbers").shown
    assert given["image/svg+xml"].startswith("<svg")
    assert ">30</text>" in given["image/svg+xml"]


def test_picture_is_saved_as_its_name_says(magic, process, shown):
    pytest.importorskip("resvg_py")
    magic.run(f"import os; os.chdir({str(process.root)!r})")
    assert magic.run("%orchflow image -o screen.png numbers").shown == []
    magic.run("%orchflow image -o screen.svg numbers")
    assert (process.root / "screen.png").read_bytes().startswith(b"\x89PNG")
    assert (process.root / "screen.svg").read_bytes().startswith(b"<svg")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("-o screen.gif", "pictures are SVG or PNG: give 'screen.gif' the ending .svg or .png"),
        ("--png -o screen.svg", "leave one out"),
        ("-o no/such/place.svg", "'no/such/place.svg' cannot be written: No such file or directory"),
    ],
)
def test_picture_that_cannot_be_saved_so_is_a_usage_error(magic, shown, words, said):
    text = magic.run(f"%orchflow image {words} numbers").text
    assert text.startswith("UsageError: %orchflow image: ")
    assert said in text


def test_terminal_that_is_not_there_is_named(magic, process):
    assert "there is no terminal 'none'" in magic.run("%orchflow image none").text
