"""Pictures: what notebooks show, what files hold, and what is refused."""

import struct
import sys
import xml.etree.ElementTree as ET

import pytest

from orchflow_jupyter.client.image import draw
from orchflow_jupyter.client.screen import Screen
from orchflow_jupyter.errors import InvalidRequestError, NotSupportedError
from tests.client.test_screen import TOLD

SHOWN = Screen.from_json(TOLD)


def size(png):
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", png[16:24])


def test_svg_is_shown_and_saved(tmp_path):
    image = draw(SHOWN)
    image.save(tmp_path / "screen.svg")
    assert (tmp_path / "screen.svg").read_bytes() == image.data
    svg, about = image._repr_svg_()
    shown = ET.fromstring(svg)
    assert (shown.get("width"), shown.get("role"), about["alt"]) == (str(image.width), "img", image.text)
    assert image._repr_png_() is None


def test_png_has_its_scale_and_is_shown_at_its_size():
    pytest.importorskip("resvg_py")
    image = SHOWN.image("png", scale=3, theme="dark")
    assert size(image.data) == (3 * image.width, 3 * image.height)
    assert image._repr_png_() == (
        image.data,
        {"width": image.width, "height": image.height, "alt": image.text},
    )
    assert image._repr_svg_() is None


def test_html_says_in_words_what_is_in_the_picture():
    html = SHOWN._repr_html_()
    assert html.startswith('<img src="data:image/svg+xml;base64,')
    assert 'alt="above\na 漢字e\u0301"' in html


def test_trimmed_picture_ends_with_text_or_cursor():
    whole, to_cursor, to_text = SHOWN.image(), SHOWN.image(trim=True), SHOWN.image(trim=True, cursor=False)
    assert whole.height == to_cursor.height > to_text.height


@pytest.mark.parametrize(
    "wrong",
    [{"format": "gif"}, {"theme": "blue"}, {"theme": []}, {"scale": 0}, {"scale": "2"}, {"scale": float("nan")}],
)
def test_what_makes_no_sense_is_refused(wrong):
    with pytest.raises(InvalidRequestError, match="format must be"):
        draw(SHOWN, **wrong)


def test_png_without_its_library_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(NotSupportedError, match="pip install resvg-py"):
        draw(SHOWN, "png")
