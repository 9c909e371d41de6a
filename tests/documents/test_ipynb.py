"""A notebook's file comes back as it was, but for what was edited."""

import json

import nbformat
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from orchflow_jupyter.documents.ipynb import model_of, parse, render
from orchflow_jupyter.errors import NotSupportedError

SOURCES = st.text(alphabet="ab \né😀", max_size=12)
JSONS = st.sampled_from([1, 1.5, "a\nb", True, ["a", "b"], {"b": [1], "a": None}])
METADATA = st.dictionaries(st.sampled_from(["tags", "name", "trusted"]), JSONS, max_size=2)
OUTPUTS = st.one_of(
    st.fixed_dictionaries({"output_type": st.just("stream"), "name": st.just("stdout"), "text": SOURCES}),
    st.fixed_dictionaries(
        {
            "output_type": st.just("display_data"),
            "metadata": METADATA,
            "data": st.fixed_dictionaries({"text/plain": SOURCES, "application/json": JSONS}),
        }
    ),
)
CODE = st.fixed_dictionaries(
    {
        "cell_type": st.just("code"),
        "execution_count": st.none() | st.integers(1, 9),
        "metadata": METADATA,
        "outputs": st.lists(OUTPUTS, max_size=2),
        "source": SOURCES,
    }
)
MARKDOWN = st.fixed_dictionaries({"cell_type": st.just("markdown"), "metadata": METADATA, "source": SOURCES})
CELLS = st.lists(st.one_of(CODE, MARKDOWN), max_size=5).map(
    lambda cells: [{**cell, "id": f"cell-{number}"} for number, cell in enumerate(cells)]
)


def notebook(cells, metadata=None, minor=5):
    kept = cells if minor >= 5 else [{key: value for key, value in cell.items() if key != "id"} for cell in cells]
    return {"cells": kept, "metadata": metadata or {}, "nbformat": 4, "nbformat_minor": minor}


def written(cells, **about):
    """As nbformat writes it."""
    node = nbformat.from_dict(notebook(json.loads(json.dumps(cells)), **about))
    return (nbformat.v4.writes(node) + "\n").encode()


@given(CELLS, METADATA, st.sampled_from([4, 5]))
def test_what_was_not_edited_is_written_byte_for_byte_however_the_file_was(cells, metadata, minor):
    whole = notebook(cells, metadata, minor)
    for data in (
        written(cells, metadata=metadata, minor=minor),
        json.dumps(whole).encode(),
        json.dumps(whole, indent=4, ensure_ascii=True).encode(),
        b"\xef\xbb\xbf" + json.dumps(whole, indent="\t", ensure_ascii=False).replace("\n", "\r\n").encode(),
    ):
        assert render(model_of(parse(data)), data) == data


MARKED = {"cell_type": "markdown", "metadata": {"name": 1}, "source": "", "id": "cell-0"}


@given(CELLS, CELLS, st.sampled_from([4, 5]))
@example([MARKED], [MARKED | {"metadata": {"name": True}}], 4)
def test_what_was_edited_says_that_and_is_written_as_nbformat_writes_it(cells, others, minor):
    base, wanted = written(cells, minor=minor), written(others, minor=minor)
    made = render(model_of(parse(wanted)), base)
    assert model_of(parse(made)) == model_of(parse(wanted))
    assert made == wanted


@pytest.mark.parametrize("style", [{"indent": 2}, {"separators": (",", ":")}, {}, {"indent": 1, "ensure_ascii": False}])
def test_an_edit_of_one_cell_leaves_the_rest_of_the_file_as_it_is(style):
    cell = {"source": "", "cell_type": "code", "outputs": [], "metadata": {}}
    cells = [{"id": f"c{number}", **cell, "source": f"x = {number}é"} for number in range(9)]
    whole = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"b": 1, "a": 2}, "cells": cells}
    data = json.dumps(whole, **style).encode()
    model = model_of(parse(data))
    model["cells"][4]["source"] = cells[4]["source"] = "y"
    assert render(model, data) == json.dumps(whole, **style).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{",
        b"{}",
        b'{"nbformat": 3, "worksheets": []}',
        b'{"nbformat": 4, "cells": [1]}',
        b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": "\\ud800"}]}',
        b"[" * 100_000,
        b"\0",
    ],
)
def test_what_is_no_notebook_is_refused_with_a_reason(data):
    with pytest.raises(NotSupportedError, match="notebook"):
        parse(data)
