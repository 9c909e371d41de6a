"""Saving: when, what of it is told, and what happens where it fails."""

import asyncio
from dataclasses import replace

import pytest

from orchflow_jupyter.documents.storage import LocalStorage
from orchflow_jupyter.errors import InvalidRequestError, NotFoundError, StorageError, TooLargeError
from tests.documents.conftest import NEVER, QUICK, opened


def test_a_file_that_is_opened_and_not_edited_is_never_written(tmp_path, run):
    async def main():
        file = tmp_path / "a.txt"
        file.write_bytes(b"one\r\ntwo\n")
        before = file.stat()
        async with opened(tmp_path, "a.txt", QUICK) as kept:
            assert kept.text == "one\ntwo\n"
            assert kept.state["save"] == {"status": "saved", "reason": None, "at": None}
            assert (await kept.keeping.save())["status"] == "saved"
        assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
        assert kept.figures.saves == 0

    run(main())


def test_an_edit_is_saved_by_itself_and_everybody_sees_so(tmp_path, run):
    async def main():
        file = tmp_path / "a.txt"
        file.write_bytes(b"one\r\ntwo\r\n")
        async with opened(tmp_path, "a.txt", QUICK) as kept:
            kept.type("two", "too")
            assert kept.keeping.unsaved
            await kept.until(lambda: kept.status == "saved" and not kept.keeping.unsaved)
            assert file.read_bytes() == b"one\r\ntoo\r\n"
            assert kept.state["save"]["at"] > 0
            assert kept.state["dirty"] is False

    run(main())


def test_steady_typing_is_saved_all_the_same(tmp_path, run):
    async def main():
        file = tmp_path / "a.txt"
        file.write_text("")
        async with opened(tmp_path, "a.txt", QUICK) as kept:
            for _ in range(2000):
                kept.type("", "x")
                await asyncio.sleep(0.005)
                if file.read_text():
                    break
            assert file.read_text()

    run(main())


def test_what_is_typed_while_it_is_saved_is_unsaved_and_saved_next(tmp_path, run):
    async def main():
        (tmp_path / "a.txt").write_text("one\n")
        async with opened(tmp_path, "a.txt") as kept:
            kept.type("one", "two")

            async def meanwhile(digest):
                if kept.text == "two\n":
                    kept.type("two", "three")

            kept.keeping.saving = meanwhile
            await kept.keeping.save()
            assert kept.keeping.unsaved
        assert (tmp_path / "a.txt").read_text() == "three\n"

    run(main())


class Failing(LocalStorage):
    """A file on a disk that fails until it is mended."""

    broken = True

    async def write(self, data, expected):
        if self.broken:
            raise StorageError("the disk is full")
        return await super().write(data, expected)


def test_a_save_that_fails_is_told_to_everybody_and_tried_again_until_it_does_not(tmp_path, run):
    async def main():
        (tmp_path / "a.txt").write_text("one\n")
        storage = Failing(str(tmp_path), "a.txt", 1000)
        async with opened(tmp_path, "a.txt", QUICK, storage) as kept:
            kept.type("one", "two")
            await kept.until(lambda: kept.status == "failed")
            assert kept.state["save"]["reason"] == "the disk is full"
            assert kept.state["dirty"] is True
            assert kept.keeping.pending
            await kept.until(lambda: kept.figures.failed_saves > 2)
            storage.broken = False
            await kept.until(lambda: kept.status == "saved")
            assert (tmp_path / "a.txt").read_text() == "two\n"

    run(main())


def test_closing_saves_and_what_cannot_be_saved_stays_unsaved(tmp_path, run):
    async def main():
        (tmp_path / "a.txt").write_text("one\n")
        async with opened(tmp_path, "a.txt", NEVER) as kept:
            kept.type("one", "two")
        assert (tmp_path / "a.txt").read_text() == "two\n"
        storage = Failing(str(tmp_path), "a.txt", 1000)
        async with opened(tmp_path, "a.txt", NEVER, storage) as kept:
            kept.type("two", "three")
        assert kept.keeping.unsaved
        assert kept.status == "failed"

    run(main())


def test_lines_that_a_client_ended_otherwise_are_mended(tmp_path, run):
    async def main():
        (tmp_path / "a.txt").write_text("one\n")
        async with opened(tmp_path, "a.txt") as kept:
            kept.type("", "two\r\nthree\r")
            await kept.keeping.save()
            assert kept.text == "one\ntwo\nthree\n"
            assert (tmp_path / "a.txt").read_bytes() == b"one\ntwo\nthree\n"

    run(main())


def test_what_the_encoding_lacks_fails_the_save_until_it_is_gone(tmp_path, run):
    async def main():
        (tmp_path / "a.txt").write_bytes(b"caf\xe9\n")
        async with opened(tmp_path, "a.txt", QUICK) as kept:
            kept.type("", "→")
            await kept.until(lambda: kept.status == "failed")
            assert "has no '→'" in kept.state["save"]["reason"]
            kept.type("→", "!")
            await kept.until(lambda: kept.status == "saved")
            assert (tmp_path / "a.txt").read_bytes() == b"caf\xe9\n!"

    run(main())


def test_what_could_not_be_opened_again_is_not_written_and_stays(tmp_path, run):
    async def main():
        file = tmp_path / "a.txt"
        file.write_text("one\n")
        async with opened(tmp_path, "a.txt", replace(NEVER, max_document=12)) as kept:
            for text, words, error in (
                ("\0", "NUL character in line 2", InvalidRequestError),
                ("x" * 9, "12 may be edited", TooLargeError),
            ):
                kept.type("", text)
                with pytest.raises(error, match=words):
                    await kept.keeping.save()
                assert (kept.status, file.read_text()) == ("failed", "one\n")
                assert words in kept.state["save"]["reason"]
                kept.type(text, "")
            kept.type("", "two")
            await kept.keeping.save()
            assert file.read_text() == "one\ntwo"

    run(main())


def test_a_file_in_whose_place_something_else_is_says_so(tmp_path, run):
    async def main():
        file = tmp_path / "a.txt"
        file.write_text("one\n")
        async with opened(tmp_path, "a.txt", QUICK) as kept:
            file.write_bytes(b"\0\1\2\xff" * 9)
            kept.keeping.changed("modified")
            await kept.until(lambda: kept.state["file"]["status"] == "replaced")
            kept.type("one", "two")
            await kept.until(lambda: kept.status == "unsaved")
            assert "cannot be edited, and is not written over: this is no text" in kept.state["save"]["reason"]
            file.unlink()
            kept.keeping.changed("deleted")
            await kept.until(lambda: "not there any more" in str(kept.state["save"]["reason"]))

    run(main())


def test_where_its_directory_has_gone_saving_says_what_to_make(tmp_path, run):
    async def main():
        (tmp_path / "in").mkdir()
        file = tmp_path / "in" / "a.txt"
        file.write_text("one\n")
        async with opened(tmp_path, "in/a.txt", NEVER) as kept:
            file.unlink()
            (tmp_path / "in").rmdir()
            kept.keeping.changed("deleted")
            await kept.until(lambda: kept.state["file"]["status"] == "deleted")
            kept.type("one", "two")
            with pytest.raises(NotFoundError, match=r"no directory in any more for in/a\.txt: make it"):
                await kept.keeping.save()
            (tmp_path / "in").mkdir()
            await kept.keeping.save()
            assert file.read_text() == "two\n"

    run(main())


def test_a_save_that_failed_is_tried_again_when_something_is_done_to_the_file(tmp_path, run):
    async def main():
        file = tmp_path / "a.txt"
        file.write_text("one\n")
        storage = Failing(str(tmp_path), "a.txt", 1000)
        async with opened(tmp_path, "a.txt", QUICK, storage) as kept:
            kept.keeping._timing.failed = lambda **_: None  # by itself it is not tried again
            kept.type("one", "two")
            await kept.until(lambda: kept.status == "failed")
            storage.broken = False
            kept.keeping.changed("modified")
            await kept.until(lambda: kept.status == "saved")
            assert file.read_text() == "two\n"

    run(main())
