"""What a document refuses, by name and at once, where it could otherwise lose what is edited."""

import asyncio
import json
import math
import os
import subprocess
import sys

import pytest

from orchflow_jupyter import Document, awatch, watch
from orchflow_jupyter.client import AsyncDocument
from orchflow_jupyter.errors import (
    EngineUnavailableError,
    InvalidRequestError,
    NotAllowedError,
    NotFoundError,
    NotSupportedError,
    TooLargeError,
)
from orchflow_jupyter.rendezvous import ENVIRONMENT, ROOT_ENVIRONMENT
from tests.support.waiting import GENEROUS, eventually


@pytest.fixture
def file(process, tmp_path_factory):
    """A file below the engine's root, another for each test."""
    path = process.root / tmp_path_factory.mktemp("edge").name
    path.write_text("one\ntwo\n")
    return path


FORKING = """
import os, sys
from orchflow_jupyter import Document
document = Document(sys.argv[1])
document.insert(0, "before ")
document.flush()
child = os.fork()
if child == 0:
    for attempt in (
        lambda: document.insert(0, "child "),
        lambda: setattr(document, "text", "child"),
        document.save,
        document.flush,
        lambda: document.on_change(print),
        lambda: setattr(document, "cursor", 0),
    ):
        try:
            attempt()
        except Exception as error:
            print(type(error).__name__, "fork" in str(error))
        else:
            print("taken")
    print(document.status, document.reason)
    with Document(sys.argv[1]) as own:
        own.insert(0, "own ")
    document.close()
    sys.exit()
assert os.waitpid(child, 0)[1] == 0
document.insert(0, "parent ")
document.save()
document.close()
"""


def test_a_fork_is_told_to_open_it_again_and_its_parent_goes_on(process, file):
    environment = os.environ | {ENVIRONMENT: process.directory, ROOT_ENVIRONMENT: str(process.root)}
    program = [sys.executable, "-W", "ignore", "-c", FORKING, str(file)]
    said = subprocess.run(program, env=environment, capture_output=True, text=True, timeout=GENEROUS)
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout.splitlines()[:6] == ["EngineUnavailableError True"] * 6
    assert said.stdout.splitlines()[6].startswith("offline this document was opened by the process from which")
    assert sorted(file.read_text().split()) == sorted(["parent", "own", "before", "one", "two"])


def test_what_was_closed_takes_no_edit(engine, file):
    with Document(file, engine=engine) as document:
        pass
    for attempt in (
        lambda: document.insert(0, "x"),
        lambda: setattr(document, "text", "x"),
        document.edit().__enter__,
        document.save,
        document.flush,
        document.__enter__,
        lambda: document.on_change(print),
        lambda: setattr(document, "cursor", 0),
    ):
        with pytest.raises(EngineUnavailableError, match="closed; open it again"):
            attempt()
    assert document.text == "one\ntwo\n"
    assert document.reason == "the document is closed; open it again to go on"


def test_one_for_loops_takes_edits_from_its_beginning_to_its_end(engine, file):
    async def run():
        document = AsyncDocument(file, engine=engine)
        with pytest.raises(EngineUnavailableError, match="async with"):
            document.insert(0, "x")
        with pytest.raises(EngineUnavailableError, match="async with"):
            await document.save()
        async with document:
            document.insert(0, "y")
            with pytest.raises(InvalidRequestError, match="open already"):
                await document.open()
        for attempt in (document.save, document.flush, document.open, document.__aenter__):
            with pytest.raises(EngineUnavailableError, match="closed; open it again"):
                await attempt()
        with pytest.raises(EngineUnavailableError, match="closed; open it again"):
            document.insert(0, "z")
        never = AsyncDocument(file, engine=engine)
        await never.close()
        return document.text

    assert asyncio.run(run()) == "yone\ntwo\n"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"mode": "r"}, "mode must be 'rw' or 'ro'"),
        ({"mode": None}, "mode must be"),
        ({"name": 5}, "name must be a str"),
        ({"name": " "}, "name must be a str"),
        ({"engine": "x"}, "engine must be an Engine"),
    ],
)
@pytest.mark.parametrize("kind", [Document, AsyncDocument])
def test_options_that_make_no_sense_are_named(engine, file, kind, options, words):
    with pytest.raises(InvalidRequestError, match=words):
        kind(file, **{"engine": engine} | options)


@pytest.mark.parametrize("path", ["", "a\0b", b"a", None, 5])
@pytest.mark.parametrize("kind", [Document, AsyncDocument, watch, awatch])
def test_a_path_that_is_none_is_named(engine, kind, path):
    with pytest.raises(InvalidRequestError, match="path must be"):
        kind(path, engine=engine)


def test_a_path_that_leads_to_no_file_says_what_is_there(engine, process):
    os.mkdir(process.root / "folder")
    os.mkfifo(process.root / "pipe")
    os.symlink("loop", process.root / "loop")
    for name, error, words in (
        ("folder", NotSupportedError, "is a directory"),
        ("pipe", NotSupportedError, "no regular file"),
        ("loop", (NotFoundError, NotAllowedError), "loop"),
        ("nothing/at all", NotFoundError, "there is no file"),
        ("/etc/passwd", NotAllowedError, "/etc/passwd is not below"),
    ):
        with pytest.raises(error, match=words):
            Document(process.root / name, engine=engine)


def test_a_name_that_is_not_utf_8_is_refused_and_hangs_nobody(engine, process):
    name = os.path.join(os.fsencode(process.root), b"caf\xe9.txt")
    with open(name, "w") as made:
        made.write("x")
    with pytest.raises(NotSupportedError, match=r"caf\\xe9\.txt.* is not UTF-8"):
        Document(os.fsdecode(name), engine=engine)


def test_a_file_that_gets_such_a_name_is_one_that_has_gone(engine, file):
    with Document(file, engine=engine) as document:
        os.rename(file, os.fsencode(file) + b"\xe9")
        eventually(lambda: document.file["status"] == "deleted", "that it has gone")
        document.insert(0, "x")
        document.save()
        assert file.read_text() == "xone\ntwo\n"


@pytest.mark.parametrize("index", ["0", 1.0, True, None])
def test_an_index_is_a_whole_number(engine, file, index):
    with Document(file, engine=engine) as document:
        for attempt in (
            lambda: document.insert(index, "x"),
            lambda: document.delete(index, 1),
            lambda: document.delete(0, index),
            lambda: document.replace("o", "x", index),
        ):
            with pytest.raises(InvalidRequestError, match="must be a whole number"):
                attempt()
        if index is not None:
            with pytest.raises(InvalidRequestError, match="cursor must be an index"):
                document.cursor = index
        assert document.text == "one\ntwo\n"


@pytest.mark.parametrize("cursor", [(1,), (1, 2, 3), "x", (0, "1")])
def test_a_cursor_is_one_index_or_two(engine, file, cursor):
    with Document(file, engine=engine) as document:
        with pytest.raises(InvalidRequestError, match="cursor must be an index"):
            document.cursor = cursor
        document.cursor = [1, 2]
        assert document.cursor == (1, 2)


def test_limits_of_time_and_callbacks_are_looked_at(engine, file):
    with Document(file, engine=engine) as document:
        for wrong in ("x", math.nan):
            with pytest.raises(InvalidRequestError, match="timeout must be"):
                document.save(wrong)
        with pytest.raises(InvalidRequestError, match="callback must be a function"):
            document.on_change(None)
    with pytest.raises(InvalidRequestError, match="timeout must be"):
        watch(file.parent, timeout="x", engine=engine)
    with pytest.raises(InvalidRequestError, match="callback must be a function"):
        watch(file.parent, callback=5, engine=engine)


@pytest.mark.parametrize("text", [None, b"x", 5])
def test_a_source_is_text(engine, process, text):
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "outputs": [], "execution_count": None, "source": "1"}
    path = process.root / f"source-{text!r}.ipynb"
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}))
    with Document(path, engine=engine) as document:
        with pytest.raises(InvalidRequestError, match="text must be a str"):
            document.cells[0].source = text
        with pytest.raises(InvalidRequestError, match=r"set cells\[i\].source, or insert and delete"):
            document.cells[0] = text
        assert document.cells[0].source == "1"
        document.cells[0].source += "+1"
        document.cells.append("")
        document.cells[1].source = document.cells[0].source
        assert document.cells[1].source == "1+1"


def test_text_that_could_not_be_opened_again_is_no_edit(engine, file):
    with Document(file, engine=engine) as document:
        for attempt in (lambda: document.insert(0, "a\0b"), lambda: setattr(document, "text", "one\0")):
            with pytest.raises(InvalidRequestError, match="NUL"):
                attempt()
        for attempt in (
            lambda: document.insert(0, "x" * 70_000_000),
            lambda: setattr(document, "text", "é" * 33_600_000),
        ):
            with pytest.raises(TooLargeError, match=r"67108864 may be edited \(OrchFlow.max_document\)"):
                attempt()
        document.insert(0, "still ")
        assert document.save(GENEROUS)["status"] == "saved"
    assert file.read_text() == "still one\ntwo\n"


@pytest.mark.long
def test_the_largest_text_that_may_be_arrives_is_saved_and_opened_again(engine, file):
    most = 64 * 1024 * 1024 - 8
    with Document(file, engine=engine) as document:
        document.insert(8, "x" * most)
        assert document.save(GENEROUS)["status"] == "saved"
        document.insert(0, "y")
        with pytest.raises(TooLargeError, match="shorten it"):
            document.save(GENEROUS)
        eventually(lambda: "shorten it" in (document.reason or ""), "that it failed, and why")
        document.delete(0, 1)
        assert document.save(GENEROUS)["status"] == "saved"
    with Document(file, engine=engine) as document:
        assert len(document.text) == most + 8


def test_cells_that_share_an_id_are_told_apart(engine, process):
    cell = {"cell_type": "code", "id": "same", "metadata": {}, "outputs": [], "execution_count": None}
    path = process.root / "same.ipynb"
    cells = [cell | {"source": source} for source in ("first", "second", "third")]
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}))
    before = path.read_bytes()
    with Document(path, engine=engine) as document:
        document.save()
        assert path.read_bytes() == before
        document.cells[1].source = "2nd"
        document.cells[2].delete()
        document.save()
        assert [cell.source.text for cell in document.cells] == ["first", "2nd"]
    written = json.loads(path.read_bytes())["cells"]
    assert ["".join(cell["source"]) for cell in written] == ["first", "2nd"]
    assert len({cell["id"] for cell in written}) == 2


@pytest.mark.parametrize("ignore", ["*.log", ["*.log"], ("*.log",), iter(["*.log"])])
def test_one_pattern_is_ignored_as_one(engine, process, ignore):
    with watch(process.root, ignore=ignore, timeout=GENEROUS, engine=engine) as batches:
        (process.root / "a.log").write_text("x")
        (process.root / "a.txt").write_text("x")
        seen = []
        while not any(path.endswith("a.txt") for path in seen):
            seen += [event.path for event in next(batches).events]
    assert not [path for path in seen if path.endswith(".log")]


@pytest.mark.parametrize("ignore", [5, [5], b"x", None])
def test_patterns_are_text(engine, process, ignore):
    for kind in (watch, awatch):
        with pytest.raises(InvalidRequestError, match="ignore must be patterns"):
            kind(process.root, ignore=ignore, engine=engine)
