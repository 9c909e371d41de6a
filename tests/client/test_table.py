"""Tables as text and as HTML."""

from orchflow_jupyter.client.table import Table


def test_text_is_in_columns():
    table = Table(["name", "n"], [["a", 1], ["longer", None]])
    assert repr(table) == "name    n\na       1\nlonger"


def test_html_shows_what_was_meant_and_runs_nothing():
    table = Table(["<th>"], [["<script>alert(1)</script>"], ["a & \"b\" 'c'"]])
    html = table._repr_html_()
    assert "<script>" not in html
    assert "<th>" not in html.replace("<th style", "")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "a &amp; &quot;b&quot; &#x27;c&#x27;" in html


def test_a_state_is_a_dot_before_the_rows_name_and_text_goes_without():
    table = Table(["name"], [["a"], ["b"], ["c"]], states=["ok", "failed", "running"])
    colours = ["success", "error", "brand"]
    rows = table._repr_html_().split("<tr>")[2:]
    assert [f"--jp-{colour}-color1" in row for colour, row in zip(colours, rows, strict=True)] == [True] * 3
    assert repr(table) == "name\na\nb\nc"


def test_no_rows_say_so():
    table = Table(["name"], [], "None <yet>")
    assert repr(table) == "None <yet>"
    assert table._repr_html_() == "<p>None &lt;yet&gt;</p>"
