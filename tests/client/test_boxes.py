"""Lines and blocks: every character of the two ranges is drawn, and reaches the edges where neighbours go on."""

import re
import unicodedata

import pytest

from orchflow_jupyter.client.boxes import _weights, outline

WIDTH, HEIGHT = 8, 17


def corners(path):
    """The smallest rectangle around all rectangles of a path."""
    found = [
        [float(n) for n in match] for match in re.findall(r"M([-\d.]+) ([-\d.]+)h([-\d.]+)v([-\d.]+)h[-\d.]+z", path)
    ]
    assert found, path
    return (
        min(x for x, *_ in found),
        min(y for _, y, *_ in found),
        max(x + w for x, _, w, _ in found),
        max(y + h for _, y, _, h in found),
    )


@pytest.mark.parametrize("code", range(0x2500, 0x25A0))
def test_every_character_is_drawn_within_its_cell(code):
    path, _, opacity = outline(chr(code), WIDTH, HEIGHT)
    assert path.startswith("M")
    assert 0 < opacity <= 1
    if "z" in path:
        left, top, right, bottom = corners(path)
        assert 0 <= left < right <= WIDTH
        assert 0 <= top < bottom <= HEIGHT


@pytest.mark.parametrize("character", ["a", "\u24ff", "\u25a0", "漢"])
def test_other_characters_are_letters(character):
    assert outline(character, WIDTH, HEIGHT) is None


@pytest.mark.parametrize(
    ("character", "weights"),
    [
        ("─", {"LEFT": 1, "RIGHT": 1}),
        ("┃", {"UP": 2, "DOWN": 2}),
        ("┅", {"LEFT": 2, "RIGHT": 2}),
        ("╌", {"LEFT": 1, "RIGHT": 1}),
        ("┌", {"DOWN": 1, "RIGHT": 1}),
        ("╬", {"UP": 3, "DOWN": 3, "LEFT": 3, "RIGHT": 3}),
        ("╒", {"DOWN": 1, "RIGHT": 3}),
        ("╫", {"UP": 3, "DOWN": 3, "LEFT": 1, "RIGHT": 1}),
        ("┞", {"UP": 2, "RIGHT": 1, "DOWN": 1}),
        ("╼", {"LEFT": 1, "RIGHT": 2}),
        ("╊", {"LEFT": 1, "RIGHT": 2, "UP": 2, "DOWN": 2}),
    ],
)
def test_each_side_has_the_weight_that_the_name_says(character, weights):
    assert _weights(unicodedata.name(character)) == weights


@pytest.mark.parametrize("character", "─━═│┃║┌┐└┘├┤┬┴┼╔╗╚╝╠╣╦╩╬╓╜┍┚")
def test_lines_reach_the_edges_that_they_go_to(character):
    left, top, right, bottom = corners(outline(character, WIDTH, HEIGHT)[0])
    sides = _weights(unicodedata.name(character))
    assert (left == 0, right == WIDTH) == ("LEFT" in sides, "RIGHT" in sides)
    assert (top == 0, bottom == HEIGHT) == ("UP" in sides, "DOWN" in sides)


@pytest.mark.parametrize(
    ("character", "rectangle"),
    [
        ("█", (0, 0, 8, 17)),
        ("▀", (0, 0, 8, 8.5)),
        ("▄", (0, 8.5, 8, 17)),
        ("▌", (0, 0, 4, 17)),
        ("▐", (4, 0, 8, 17)),
        ("▏", (0, 0, 1, 17)),
        ("▝", (4, 0, 8, 8.5)),
    ],
)
def test_blocks_fill_their_part_of_the_cell(character, rectangle):
    assert corners(outline(character, WIDTH, HEIGHT)[0]) == rectangle
