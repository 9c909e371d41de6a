"""Notebooks, with jupyter_ydoc's own class at the other end."""

import json

import pytest
from hypothesis import given
from jupyter_ydoc import YNotebook
from pycrdt import Doc

from orchflow_jupyter.documents.ipynb import model_of, parse
from orchflow_jupyter.documents.notebook import NotebookContent
from tests.documents.conftest import opened
from tests.documents.test_cells import NOTEBOOKS, carried_out, cell


def written(*cells, **about):
    whole = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **about}
    return json.dumps(whole, indent=1, sort_keys=True).encode() + b"\n"


def code(number, source=None, **more):
    return cell(number, source, execution_count=None, **more)


def sources(kept):
    return [one["source"] for one in YNotebook(kept.room.doc).get(deduplicate=False)["cells"]]


def test_a_document_is_what_jupyters_class_makes_of_the_file_and_not_edited_it_is_not_written(tmp_path, run):
    async def main():
        file = tmp_path / "a.ipynb"
        stream = {"output_type": "stream", "name": "stdout", "text": "out\n"}
        file.write_bytes(written(code(1, outputs=[stream]), {**cell(2), "cell_type": "markdown"}))
        before = file.stat()
        async with opened(tmp_path, "a.ipynb") as kept:
            theirs = YNotebook()
            theirs.set(json.loads(file.read_bytes()))
            assert YNotebook(kept.room.doc).get() == theirs.get()
            kept.edit(lambda doc: None)
            await kept.keeping.save()
            kept.edit(lambda doc: YNotebook(doc).set(YNotebook(doc).get()))
            await kept.keeping.save()
        assert file.stat().st_mtime_ns == before.st_mtime_ns

    run(main())


@given(NOTEBOOKS, NOTEBOOKS, NOTEBOOKS)
def test_a_merge_makes_of_the_document_what_it_makes_of_the_cells_and_is_written_so(base, ours, theirs):
    base, ours, theirs = ([{**one, "execution_count": None} for one in cells] for cells in (base, ours, theirs))
    content, doc = NotebookContent(), Doc()
    content.fill(doc, written(*ours))
    conflicts = content.apply(doc, content.merge(content.peek(doc), written(*base), written(*theirs)))
    cells, left = carried_out(base, ours, theirs)
    assert model_of(content.peek(doc))["cells"] == cells
    assert len(conflicts) == len(left)
    data = content.encode(content.peek(doc), written(*theirs))
    assert model_of(parse(data))["cells"] == cells
    for conflict in conflicts:
        content.resolve(doc, conflict, "theirs")


def test_an_edit_of_a_cell_is_saved_and_the_rest_of_the_file_is_as_it_was(tmp_path, run):
    async def main():
        file = tmp_path / "a.ipynb"
        file.write_bytes(written(code(1), code(2), metadata={"kernelspec": {"name": "python3", "display_name": "P"}}))
        before = file.read_bytes()
        async with opened(tmp_path, "a.ipynb") as kept:
            kept.edit(lambda doc: YNotebook(doc).set_cell(1, source="edited"))
            await kept.keeping.save()
        assert file.read_bytes() == before.replace(b"cell 2", b"edited")

    run(main())


def test_what_is_edited_here_and_what_changes_in_the_file_are_merged_cell_by_cell(tmp_path, run):
    async def main():
        file = tmp_path / "a.ipynb"
        file.write_bytes(written(code(1, "one\ntwo\n"), code(2), code(3)))
        async with opened(tmp_path, "a.ipynb") as kept:
            kept.edit(lambda doc: YNotebook(doc).set_cell(0, source="ONE\ntwo\n"))
            stream = {"output_type": "stream", "name": "stdout", "text": "out\n"}
            file.write_bytes(
                written(
                    code(1, "one\nTWO\n"),
                    code(9),
                    {**code(3, outputs=[stream]), "execution_count": 7},
                    nbformat_minor=5,
                )
            )
            kept.sent.clear()
            kept.keeping.changed("modified")
            await kept.until(lambda: sources(kept) == ["ONE\nTWO\n", "cell 9", "cell 3"])
            assert sum(map(len, kept.sent)) < 1500
            assert kept.state["conflicts"] == []
            await kept.keeping.save()
        said = json.loads(file.read_bytes())["cells"]
        assert ["".join(one["source"]) for one in said] == ["ONE\nTWO\n", "cell 9", "cell 3"]
        assert said[2]["execution_count"] == 7
        assert said[2]["outputs"] == [stream]

    run(main())


@pytest.mark.parametrize(("take", "source"), [("ours", "mine\n"), ("theirs", "theirs\n"), ("both", "mine\ntheirs\n")])
def test_a_conflict_in_a_cell_is_chosen_in(tmp_path, run, take, source):
    async def main():
        file = tmp_path / "a.ipynb"
        file.write_bytes(written(code(1, "one\n"), code(2)))
        async with opened(tmp_path, "a.ipynb") as kept:
            kept.edit(lambda doc: YNotebook(doc).set_cell(0, source="mine\n"))
            file.write_bytes(written(code(1, "theirs\n"), code(2)))
            kept.keeping.changed("modified")
            await kept.until(lambda: kept.state["conflicts"])
            (conflict,) = kept.state["conflicts"]
            assert (conflict["cell"], conflict["field"]) == ("c1", "source")
            await kept.keeping.resolve(conflict["id"], take)
            assert sources(kept)[0] == source

    run(main())


@pytest.mark.parametrize(("take", "there"), [("ours", ["mine", "cell 2"]), ("theirs", ["cell 2"])])
def test_a_cell_that_was_deleted_in_the_file_and_edited_here_is_chosen_about(tmp_path, run, take, there):
    async def main():
        file = tmp_path / "a.ipynb"
        file.write_bytes(written(code(1), code(2)))
        async with opened(tmp_path, "a.ipynb") as kept:
            kept.edit(lambda doc: YNotebook(doc).set_cell(0, source="mine"))
            file.write_bytes(written(code(2)))
            kept.keeping.changed("modified")
            await kept.until(lambda: kept.state["conflicts"])
            assert sources(kept) == ["mine", "cell 2"]
            (conflict,) = kept.state["conflicts"]
            await kept.keeping.resolve(conflict["id"], take)
            assert sources(kept) == there

    run(main())


def test_a_notebook_that_becomes_none_is_announced_and_not_written_over(tmp_path, run):
    async def main():
        file = tmp_path / "a.ipynb"
        file.write_bytes(written(code(1)))
        async with opened(tmp_path, "a.ipynb") as kept:
            file.write_bytes(b"{")
            kept.keeping.changed("modified")
            await kept.until(lambda: kept.state["file"]["status"] == "replaced")
            assert "no notebook" in kept.state["file"]["message"]
            assert sources(kept) == ["cell 1"]
        assert file.read_bytes() == b"{"

    run(main())


def test_the_kernel_that_another_chose_is_taken(tmp_path, run):
    async def main():
        file = tmp_path / "a.ipynb"
        file.write_bytes(written(code(1)))
        async with opened(tmp_path, "a.ipynb") as kept:
            spec = {"name": "python3", "display_name": "Python 3"}
            file.write_bytes(written(code(1), metadata={"kernelspec": spec}))
            kept.keeping.changed("modified")
            await kept.until(lambda: YNotebook(kept.room.doc).get()["metadata"]["kernelspec"] == spec)
            await kept.keeping.save()
        assert kept.figures.saves == 0

    run(main())
