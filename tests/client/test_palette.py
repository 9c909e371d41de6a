"""The colours of pictures are those of the widget, and text can be read on them."""

import itertools
import re
from pathlib import Path

import pytest

from orchflow_jupyter.client.palette import CONTRAST, PALETTES, _contrast, _luminance, _rgb, legible

WIDGET = Path(__file__).parents[2] / "js/src/ui/palette.ts"
NAMES = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")


def contrast(one, other):
    return _contrast(_luminance(_rgb(one)), _luminance(_rgb(other)))


@pytest.mark.parametrize("theme", PALETTES)
def test_palette_is_the_widgets(theme):
    block = re.search(rf"^  {theme}: {{(.*?)^  }},", WIDGET.read_text(), re.DOTALL | re.MULTILINE)[1]
    widget = dict(re.findall(r'(\w+): "(#\w{6})"', block))
    ours = PALETTES[theme]
    assert (ours.foreground, ours.background, ours.cursor) == (
        widget["foreground"],
        widget["background"],
        widget["cursor"],
    )
    assert ours.colours == tuple(
        [widget[name] for name in NAMES] + [widget[f"bright{name.capitalize()}"] for name in NAMES]
    )


def test_the_256_colours_are_xterms():
    palette = PALETTES["light"]
    told = {16: "#000000", 21: "#0000ff", 67: "#5f87af", 231: "#ffffff", 232: "#080808", 255: "#eeeeee"}
    assert {number: palette.colour(number) for number in told} == told


def test_what_a_program_changed_is_taken_over():
    changed = PALETTES["dark"].with_changes({"background": "#102030", "palette": {1: "#abcdef"}})
    assert (changed.background, changed.colour(1), changed.colour(2)) == ("#102030", "#abcdef", "#3fb950")


def test_text_can_be_read_on_every_background():
    levels = ("00", "33", "77", "aa", "ff")
    colours = ["#" + "".join(rgb) for rgb in itertools.product(levels, repeat=3)]
    for ink, paper in itertools.product(colours[::3], colours):
        assert contrast(legible(ink, paper), paper) >= CONTRAST


def test_what_can_be_read_stays_as_it_is():
    assert legible("#000000", "#ffffff") == "#000000"
    assert legible("#d7dce1", "#111418") == "#d7dce1"
