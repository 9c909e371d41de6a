"""Screens as SVG: everything in its column, nothing that breaks the document."""

import xml.etree.ElementTree as ET

import pytest

from orchflow_jupyter.client.palette import PALETTES
from orchflow_jupyter.client.screen import Screen
from orchflow_jupyter.client.svg import HEIGHT, MARGIN, WIDTH, paint

NAMESPACE = "{http://www.w3.org/2000/svg}"


def screen(*lines, styles=({},), cols=20, rows=3, cursor=(0, 2), **more):
    return Screen.from_json(
        {
            "offset": 0,
            "title": "",
            "cols": cols,
            "rows": rows,
            "alternate": False,
            "cursor": {"x": cursor[0], "y": cursor[1], "visible": True, "shape": "block", "blinking": False},
            "modes": {},
            "colors": {},
            "styles": list(styles),
            "lines": [*lines, *[[]] * (rows - len(lines))],
        }
        | more
    )


def painted(shown, theme="light", cursor=False, lines=3):
    return ET.fromstring(paint(shown, PALETTES[theme], cursor=cursor, lines=lines))


def texts(document):
    return {text.text: text for text in document.iter(f"{NAMESPACE}text")}


def rectangles(document):
    """Those of the screen, without the frame."""
    return [
        (*(float(one.get(name)) for name in ("x", "y", "width", "height")), one.get("fill"))
        for one in document.iter(f"{NAMESPACE}rect")
    ][1:]


def test_picture_has_the_size_of_its_cells():
    document = painted(screen())
    assert document.get("width") == str(20 * WIDTH + 2 * MARGIN)
    assert document.get("height") == str(3 * HEIGHT + 2 * MARGIN)


def test_words_stand_in_their_columns_and_are_as_wide_as_these():
    found = texts(painted(screen([["ab  cd e", 0]])))
    assert {text: (one.get("x"), one.get("textLength")) for text, one in found.items()} == {
        "ab": ("0", str(2 * WIDTH)),
        "cd e": (str(4 * WIDTH), str(4 * WIDTH)),
    }


def test_wide_characters_stand_in_the_middle_of_two_columns_and_move_nothing():
    found = texts(painted(screen([["a", 0], ["漢\U0001f600", 0, 2], [["e\u0301"], 0], ["b", 0]])))
    assert float(found["漢"].get("x")) == 2 * WIDTH
    assert float(found["\U0001f600"].get("x")) == 4 * WIDTH
    assert float(found["e\u0301"].get("x")) == 5.5 * WIDTH
    assert float(found["b"].get("x")) == 6 * WIDTH


def test_markup_in_a_terminal_is_text():
    shown = screen([["<b>&amp;</b>", 0], ["\u0007\ufffe\ud800x", 0]], title='</title>"<script>')
    document = painted(shown)
    assert "<b>&amp;</b>" in texts(document)
    assert "x" in {text.strip() for text in texts(document)}
    assert document.find(f"{NAMESPACE}title").text == '</title>"<script>' == document.get("aria-label")
    assert not list(document.iter("script"))


def test_backgrounds_are_rectangles_from_run_to_run():
    document = painted(
        screen([["ab", 1], ["cd", 2], ["  ", 0], ["e", 2]], styles=({}, {"bg": 1}, {"bg": 1, "bold": True}))
    )
    red = PALETTES["light"].colour(1)
    assert rectangles(document) == [(0, 0, 4 * WIDTH, HEIGHT, red), (6 * WIDTH, 0, WIDTH, HEIGHT, red)]


def test_inverse_swaps_ink_and_paper():
    document = painted(screen([["ab", 1]], styles=({}, {"inverse": True})))
    assert rectangles(document)[0][4] == PALETTES["light"].foreground
    assert texts(document)["ab"].get("fill") == PALETTES["light"].background


def test_hidden_text_is_not_in_the_picture():
    assert texts(painted(screen([["secret", 1]], styles=({}, {"hidden": True})))) == {}


@pytest.mark.parametrize(
    ("style", "attribute"),
    [
        ({"bold": True}, ("font-weight", "700")),
        ({"italic": True}, ("font-style", "italic")),
        ({"dim": True}, ("opacity", ".6")),
    ],
)
def test_styles_are_attributes_of_the_text(style, attribute):
    found = texts(painted(screen([["ab", 1]], styles=({}, style))))["ab"]
    assert found.get(attribute[0]) == attribute[1]


@pytest.mark.parametrize("line", ["single", "double", "curly", "dotted", "dashed"])
def test_every_underline_is_drawn_in_its_colour(line):
    document = painted(screen([["ab", 1]], styles=({}, {"underline": line, "underline_color": "#123456"})))
    assert any("#123456" in (one.get("fill"), one.get("stroke")) for one in document.iter())


def test_block_cursor_shows_the_character_that_it_stands_on():
    document = painted(screen([["abc", 0]], cursor=(1, 0)), cursor=True)
    palette = PALETTES["light"]
    assert rectangles(document)[-1] == (WIDTH, 0, WIDTH, HEIGHT, palette.cursor)
    assert texts(document)["b"].get("fill") == palette.background


@pytest.mark.parametrize("where", [(20, 0), (19, 2)])
def test_cursor_at_the_edge_is_drawn(where):
    assert rectangles(painted(screen(cursor=where), cursor=True))


def test_lines_above_come_first_and_the_cursor_is_below_them():
    shown = screen(
        [["above", 0]], [["one", 0]], rows=3, cursor=(0, 0), scrollback=1, lines=[[["above", 0]], [["one", 0]], [], []]
    )
    document = painted(shown, cursor=True, lines=4)
    assert rectangles(document)[-1][1] == HEIGHT
