"""`AsyncDocument` against a real engine."""

import asyncio

import pytest

from orchflow_jupyter.client import AsyncDocument, AsyncEngine, Document
from orchflow_jupyter.errors import InvalidRequestError, NotAllowedError, NotFoundError
from tests.support.waiting import GENEROUS, until


@pytest.fixture
def file(process, tmp_path_factory):
    """A file below the engine's root, another for each test."""
    path = process.root / tmp_path_factory.mktemp("x").name
    path.write_text("one\ntwo\n")
    return path


@pytest.mark.parametrize("kind", ["blocking", "asynchronous"])
def test_a_loop_edits_with_either_engine_beside_a_thread(engine, process, file, kind):
    async def run():
        opened = engine if kind == "blocking" else await AsyncEngine.open(process.directory, str(process.root))
        other = await asyncio.to_thread(Document, file, name="Bob", engine=engine)
        async with asyncio.timeout(GENEROUS), AsyncDocument(file, name="Ann", engine=opened) as document:
            told = []
            document.on_change(told.append)
            document.insert(4, "é😀")
            with document.edit():
                document.replace("two", "2")
                document.insert(0, "x")
                with pytest.raises(InvalidRequestError):
                    await document.flush()
            await document.flush()
            await until(lambda: other.text == document.text == "xone\né😀2\n")
            other.insert(0, "y")
            await until(lambda: [change.by for change in told] == ["local", "local", "remote"])
            await until(lambda: [cursor.name for cursor in document.cursors] == ["Bob"])
            await until(lambda: document.cursors[0].index == 1)
            await until(lambda: [cursor.index for cursor in other.cursors] == [2])
            assert (await document.save())["status"] == "saved"
            assert file.read_text() == "yxone\né😀2\n"
        assert document.status == "offline"
        await asyncio.to_thread(other.close)
        if opened is not engine:
            await opened.close()

    asyncio.run(run())


def test_a_loop_comes_back_with_what_was_edited_meanwhile(engine, file):
    async def run():
        async with asyncio.timeout(GENEROUS), AsyncDocument(file, engine=engine) as document:
            document._transport._transport.abort()
            document.insert(0, "meanwhile ")
            await document.flush()
            async with AsyncDocument(file, engine=engine) as other:
                assert other.text == document.text == "meanwhile one\ntwo\n"

    asyncio.run(run())


def test_what_is_refused_is_raised(engine, process, file, tmp_path):
    async def run():
        with pytest.raises(NotFoundError):
            await AsyncDocument(process.root / "nothing", engine=engine).open()
        async with AsyncDocument(file, mode="ro", engine=engine) as document:
            with pytest.raises(NotAllowedError):
                document.insert(0, "x")

    asyncio.run(run())


def test_a_new_file_is_made_where_there_is_none(engine, process, file):
    async def run():
        made = file.with_name(f"{file.name}.new")
        async with AsyncDocument(made, new=True, engine=engine) as document:
            assert document.text == made.read_text() == ""
        async with AsyncDocument(file, new=True, engine=engine) as document:
            assert document.text == "one\ntwo\n"

    asyncio.run(run())
