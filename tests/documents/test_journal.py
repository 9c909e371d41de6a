"""A journal: what it said is safe is there, whatever happens to the file or the disk."""

import asyncio
import os
import random

import pytest

from orchflow_jupyter.documents import journal as module
from orchflow_jupyter.documents.journal import Journal
from orchflow_jupyter.documents.journal_file import heads, read
from orchflow_jupyter.documents.journal_writer import JournalWriter
from orchflow_jupyter.documents.journals import any_in
from tests.support.waiting import GENEROUS


@pytest.fixture
def run(tmp_path):
    """Run a coroutine that gets a fresh journal, with the base `base`, and its writer."""

    def run(work, base=b"base"):
        async def within():
            writer = JournalWriter(0.001)
            journal = Journal(writer, str(tmp_path / "journals"), "name", "a/b.md", base, 4)
            journal.renew([b"first"])
            try:
                async with asyncio.timeout(GENEROUS):
                    return await work(journal)
            finally:
                await journal.close(forget=False)
                writer.close()

        return asyncio.run(within())

    return run


@pytest.fixture
def file(tmp_path):
    return str(tmp_path / "journals" / "name.journal")


def test_what_was_appended_comes_back_in_order_with_the_base(run, file):
    async def work(journal):
        journal.append(b"second")
        journal.based(b"base and more")
        journal.append(b"third" * 1000)
        journal.based(b"now base and more of it")

    run(work)
    recovered = read(file)
    assert recovered.head[1:3] == ("name", "a/b.md")
    assert recovered.base == b"now base and more of it"
    assert recovered.updates == [b"first", b"second", b"third" * 1000]
    assert recovered.cut == 0


def test_safe_is_what_is_on_disk_already(run, file):
    told = []

    async def work(journal):
        def safe(number):
            told.append((number, len(read(file).updates)))

        journal.safe = safe
        for number in range(1, 50):
            assert journal.append(b"x") == number
            if number % 7 == 0:
                await asyncio.sleep(0.002)
        await journal.flush()
        assert journal.on_disk == 49

    run(work)
    assert told[-1][0] == 49
    assert all(there >= number + 1 for number, there in told)


def test_many_updates_are_one_write(run):
    async def work(journal):
        await journal.flush()
        jobs = []
        take = journal.take
        journal.take = lambda: jobs.append(1) or take()
        for _ in range(1000):
            journal.append(b"x")
        await journal.flush()
        return jobs

    assert len(run(work)) == 1


def test_written_anew_it_holds_what_it_was_given_and_what_came_after(run, file):
    async def work(journal):
        for _ in range(100):
            journal.append(b"x" * 100)
        journal.based(b"other")
        await journal.flush()
        before = journal.size
        journal.append(b"part of all")
        journal.renew([b"all"], clean=True)
        journal.append(b"after")
        await journal.flush()
        assert journal.size < before
        assert journal.on_disk == journal.last == 102

    run(work)
    recovered = read(file)
    assert recovered.updates == [b"all", b"after"]
    assert recovered.base == b"other"
    assert recovered.head.clean


def test_it_asks_to_be_written_anew_when_it_has_grown(run, monkeypatch):
    monkeypatch.setattr(module, "FLOOR", 1000)

    async def work(journal):
        grown = []
        journal.grown = lambda: grown.append(journal.size)
        await journal.flush()
        first = journal.size
        while not grown:
            journal.append(random.randbytes(100))
            await journal.flush()
        assert grown[0] > max(1000, 4 * first)

    run(work)


def test_a_save_that_had_begun_is_known(run, file):
    async def work(journal):
        await journal.saving(b"basis")
        assert read(file).saving == b"basis"
        journal.based(b"saved")
        await journal.flush()
        assert read(file).saving is None

    run(work)


def test_cut_anywhere_the_whole_records_before_are_there(run, file):
    updates = [random.randbytes(random.randint(0, 60)) for _ in range(20)]

    async def work(journal):
        for update in updates:
            journal.append(update)

    run(work)
    with open(file, "rb") as source:
        whole = source.read()
    found = set()
    for end in range(len(whole) + 1):
        with open(file, "wb") as target:
            target.write(whole[:end])
        recovered = read(file)
        if recovered is not None:
            assert recovered.updates == [b"first", *updates][: len(recovered.updates)]
            found.add(len(recovered.updates))
    assert found == set(range(len(updates) + 2))


def test_a_byte_that_is_wrong_cuts_there(run, file, caplog):
    async def work(journal):
        for number in range(5):
            journal.append(b"update %d" % number)

    run(work)
    with open(file, "r+b") as target:
        data = target.read()
        at = data.index(b"update 3")
        target.seek(at)
        target.write(b"X")
    recovered = read(file)
    assert recovered.updates == [b"first", b"update 0", b"update 1", b"update 2"]
    assert "is cut by" in caplog.text


def test_on_a_full_disk_it_waits_and_nothing_is_called_safe(run, file, monkeypatch, caplog):
    async def work(journal):
        await journal.flush()
        full = True
        write = os.write

        def some(fd, data):
            if full:
                write(fd, data[:10])
                raise OSError(28, "No space left on device")
            return write(fd, data)

        monkeypatch.setattr(os, "write", some)
        told = []
        journal.safe = told.append
        journal.append(b"one")
        await journal.flush()
        journal.append(b"two")
        journal.renew([b"all"])
        journal.append(b"three")
        await journal.flush()
        assert told == []
        assert read(file).updates == [b"first"]
        full = False
        journal.append(b"four")
        while journal.on_disk < journal.last:
            await journal.flush()
        assert told[-1] == 4

    run(work)
    assert read(file).updates in ([b"first", b"one", b"two", b"three", b"four"], [b"all", b"three", b"four"])
    assert caplog.text.count("cannot be written") == 1


def test_forgotten_it_is_gone_and_kept_it_is_found(run, tmp_path, file):
    folder = str(tmp_path / "journals")

    async def keeps(journal):
        journal.append(b"x")

    run(keeps)
    assert any_in(folder)
    assert [(head.name, head.path, head.clean) for head in heads(folder)] == [("name", "a/b.md", False)]
    assert os.stat(folder).st_mode & 0o777 == 0o700
    assert os.stat(file).st_mode & 0o777 == 0o600

    async def forgets(journal):
        await journal.close(forget=True)

    run(forgets)
    assert not any_in(folder)
    assert list(heads(folder)) == []


def test_what_is_no_journal_is_passed_over(tmp_path):
    (tmp_path / "a.journal").write_bytes(b"")
    (tmp_path / "b.journal").write_bytes(b"garbage" * 100)
    (tmp_path / "c.journal.new").write_bytes(b"half")
    (tmp_path / "other").write_text("x")
    assert list(heads(str(tmp_path))) == []
    assert read(str(tmp_path / "b.journal")) is None
    assert not (tmp_path / "c.journal.new").exists()
    assert list(heads(str(tmp_path / "nowhere"))) == []
