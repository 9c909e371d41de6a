"""What others do to a file that is open: merged, followed or announced, and nothing of what people wrote is lost."""

import asyncio
import os
import random
import subprocess
import threading

import pytest
from pycrdt import Text

from orchflow_jupyter.documents.places import region
from orchflow_jupyter.errors import InvalidRequestError, NotFoundError
from tests.documents.conftest import NEVER, QUICK, Kept, opened


def test_a_change_of_one_line_of_a_megabyte_sends_under_a_kilobyte(tmp_path, run):
    async def main():
        file = tmp_path / "a.txt"
        lines = [f"line {number} of a file with é in it\n" for number in range(28_000)]
        file.write_text("".join(lines))
        async with opened(tmp_path, "a.txt") as kept:
            lines[14_000] = "line 14000 of a file with 😀 in it\n"
            file.write_text("".join(lines))
            kept.sent.clear()
            kept.keeping.changed("modified")
            await kept.until(lambda: "😀" in kept.text)
            assert kept.text == "".join(lines)
            assert sum(map(len, kept.sent)) < 1000
            assert kept.keeping.base == file.read_bytes()
            assert not kept.keeping.unsaved

    run(main())


def test_what_was_not_saved_and_what_another_wrote_are_both_there(tmp_path, run):
    async def main():
        file = tmp_path / "a.txt"
        file.write_text("one\ntwo\nthree\n")
        async with opened(tmp_path, "a.txt") as kept:
            kept.type("one", "ONE")
            file.write_text("one\ntwo\nTHREE\n")
            kept.keeping.changed("modified")
            await kept.until(lambda: kept.text == "ONE\ntwo\nTHREE\n")
            assert kept.keeping.unsaved
            await kept.keeping.save()
            assert file.read_text() == "ONE\ntwo\nTHREE\n"
            assert kept.state["conflicts"] == []

    run(main())


def test_a_file_that_was_replaced_while_nobody_told_is_not_written_over(tmp_path, run):
    async def main():
        file = tmp_path / "a.txt"
        file.write_text("one\ntwo\n")
        async with opened(tmp_path, "a.txt") as kept:
            kept.type("one", "ONE")
            (tmp_path / "new").write_text("one\ntwo\nmore\n")
            (tmp_path / "new").rename(file)
            await kept.keeping.save()
            assert file.read_text() == kept.text == "ONE\ntwo\nmore\n"

    run(main())


@pytest.mark.parametrize("times", [1, 99])
def test_who_types_while_a_change_is_merged_loses_nothing(tmp_path, run, times):
    async def main():
        file = tmp_path / "a.txt"
        file.write_text("one\ntwo\nthree\n")
        async with opened(tmp_path, "a.txt") as kept:
            loop = asyncio.get_running_loop()
            content, typed = kept.keeping._content, []
            merge = content.merge

            async def type_more():
                typed.append("é")
                kept.type("one", "oneé")

            def meanwhile(*given):
                in_thread = threading.current_thread() is not threading.main_thread()
                if in_thread and len(typed) < times:
                    asyncio.run_coroutine_threadsafe(type_more(), loop).result()
                return merge(*given)

            content.merge = meanwhile
            file.write_text("one\ntwo\nTHREE\n")
            kept.keeping.changed("modified")
            await kept.until(lambda: "THREE" in kept.text)
            assert typed
            assert kept.text == f"one{''.join(typed)}\ntwo\nTHREE\n"

    run(main())


async def in_conflict(kept, file):
    """Both change the same line, among others."""
    kept.type("two", "mine")
    file.write_text("one\ntheirs\nthree and\n")
    kept.keeping.changed("modified")
    await kept.until(lambda: kept.state["conflicts"])
    (conflict,) = kept.state["conflicts"]
    return conflict


@pytest.mark.parametrize(
    ("take", "text"),
    [("ours", "mine\n"), ("theirs", "theirs\n"), ("both", "mine\ntheirs\n")],
)
def test_what_both_changed_is_kept_of_both_until_somebody_chooses(tmp_path, run, take, text):
    async def main():
        file = tmp_path / "a.txt"
        file.write_text("one\ntwo\nthree\n")
        async with opened(tmp_path, "a.txt") as kept:
            conflict = await in_conflict(kept, file)
            assert kept.text == "one\nmine\nthree and\n"
            assert (conflict["base"], conflict["ours"], conflict["theirs"]) == ("two\n", "mine\n", "theirs\n")
            kept.type("one", "zero\none")  # the region follows the text
            source = kept.room.doc.get("source", type=Text)
            assert region(source, conflict["start"], conflict["end"]) == (9, 14)
            await kept.keeping.save()
            assert kept.keeping.pending
            assert not kept.keeping.unsaved
            await kept.keeping.resolve(conflict["id"], take)
            assert kept.text == f"zero\none\n{text}three and\n"
            assert kept.state["conflicts"] == []
            await kept.keeping.save()
            assert file.read_text() == kept.text
            assert not kept.keeping.pending
            with pytest.raises(NotFoundError):
                await kept.keeping.resolve(conflict["id"], take)

    run(main())


def test_nobody_can_choose_what_there_is_not(tmp_path, run):
    async def main():
        file = tmp_path / "a.txt"
        file.write_text("one\ntwo\nthree\n")
        async with opened(tmp_path, "a.txt") as kept:
            conflict = await in_conflict(kept, file)
            with pytest.raises(InvalidRequestError, match="ours, theirs or both"):
                await kept.keeping.resolve(conflict["id"], "neither")
            assert kept.state["conflicts"]

    run(main())


def test_a_deleted_file_is_announced_and_made_anew_only_where_it_is_asked_for(tmp_path, run):
    async def main():
        file = tmp_path / "a.txt"
        file.write_text("one\n")
        async with opened(tmp_path, "a.txt", QUICK) as kept:
            file.unlink()
            kept.keeping.changed("deleted")
            await kept.until(lambda: kept.state["file"]["status"] == "deleted")
            kept.type("one", "two")
            await kept.until(lambda: kept.status == "unsaved" and kept.state["save"]["reason"])
            assert not file.exists()
            await kept.keeping.save()
            assert file.read_text() == "two\n"
            assert kept.state["file"]["status"] == "there"
            assert kept.status == "saved"

    run(main())


def test_a_file_that_comes_back_is_taken_up_again(tmp_path, run):
    async def main():
        file = tmp_path / "a.txt"
        file.write_text("one\n")
        async with opened(tmp_path, "a.txt", QUICK) as kept:
            file.unlink()
            kept.keeping.changed("deleted")
            await kept.until(lambda: kept.state["file"]["status"] == "deleted")
            file.write_text("two\n")
            kept.keeping.changed("created")
            await kept.until(lambda: kept.text == "two\n")
            assert kept.state["file"]["status"] == "there"

    run(main())


def test_a_renamed_file_is_followed(tmp_path, run):
    async def main():
        file = tmp_path / "a.txt"
        file.write_text("one\n")
        async with opened(tmp_path, "a.txt") as kept:
            file.rename(tmp_path / "b.txt")
            kept.keeping.changed("moved", "b.txt")
            kept.type("one", "two")
            await kept.keeping.save()
            assert (tmp_path / "b.txt").read_text() == "two\n"
            assert not file.exists()
            assert kept.state["path"] == kept.room.path == "b.txt"

    run(main())


def test_what_is_no_text_any_more_is_announced_and_not_written_over(tmp_path, run):
    async def main():
        file = tmp_path / "a.txt"
        file.write_text("one\n")
        async with opened(tmp_path, "a.txt", QUICK) as kept:
            file.write_bytes(b"\0\1\2")
            kept.keeping.changed("modified")
            await kept.until(lambda: kept.state["file"]["status"] == "replaced")
            assert "no text" in kept.state["file"]["message"]
            kept.type("one", "two")
            await kept.until(lambda: kept.state["save"]["reason"])
            assert file.read_bytes() == b"\0\1\2"
            assert kept.text == "two\n"
            with pytest.raises(Exception, match="no text"):
                await kept.keeping.save()
            assert file.read_bytes() == b"\0\1\2"
            file.write_text("one\nmore\n")
            kept.keeping.changed("modified")
            await kept.until(lambda: kept.text == "two\nmore\n")
            await kept.until(lambda: kept.status == "saved")
            assert file.read_text() == "two\nmore\n"

    run(main())


def test_a_checkout_of_another_branch_is_followed_and_unsaved_edits_live_on(tmp_path, run):
    def git(*words):
        identity = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main"]
        subprocess.run(["git", *identity, *words], cwd=tmp_path, check=True, capture_output=True)

    async def main():
        file = tmp_path / "a.txt"
        git("init")
        file.write_text("one\ntwo\nthree\nfour\n")
        git("add", ".")
        git("commit", "-m", "first")
        git("checkout", "-b", "other")
        file.write_text("one\ntwo\nthree\nFOUR\nfive\n")
        git("commit", "-am", "second")
        async with opened(tmp_path, "a.txt") as kept:
            git("checkout", "main")
            kept.keeping.changed("modified")
            await kept.until(lambda: kept.text == "one\ntwo\nthree\nfour\n")
            kept.type("one", "ONE")
            git("checkout", "other")
            kept.keeping.changed("modified")
            await kept.until(lambda: kept.text == "ONE\ntwo\nthree\nFOUR\nfive\n")
            assert kept.state["conflicts"] == []

    run(main())


def test_recovered_edits_are_offered_taken_and_dismissed(tmp_path, run):
    async def main():
        (tmp_path / "a.txt").write_text("one\ntwo\nthree\n")
        async with opened(tmp_path, "a.txt") as kept:
            kept.type("three", "THREE")
            number = await kept.keeping.offer("ONE\ntwo\nthree\n", "one\ntwo\nthree\n", "Ann")
            assert await kept.keeping.offer("ONE\ntwo\nthree\n", "one\ntwo\nthree\n", "Ann") == number
            (offer,) = kept.state["offers"]
            assert (offer["id"], offer["author"], offer["text"]) == (number, "Ann", "ONE\ntwo\nthree\n")
            await kept.keeping.take(number)
            assert kept.text == "ONE\ntwo\nTHREE\n"
            other = await kept.keeping.offer("x", "", "Bob")
            assert kept.keeping.pending
            await kept.keeping.dismiss(other)
            assert kept.state["offers"] == []
            with pytest.raises(NotFoundError):
                await kept.keeping.take(other)

    run(main())


def test_a_document_that_came_back_is_merged_with_what_the_file_holds_by_then(tmp_path, run):
    async def main():
        file = tmp_path / "a.txt"
        file.write_text("one\ntwo\nthree\n")
        lost = Kept(tmp_path, "a.txt")
        await lost.keeping.read()
        lost.keeping.fill()
        base = lost.keeping.base
        lost.type("one", "ONE")
        file.write_text("one\ntwo\nTHREE\n")
        kept = Kept(tmp_path, "a.txt", QUICK)
        kept.room.doc.apply_update(lost.room.doc.get_update())
        await kept.keeping.recover(base)
        assert kept.text == "ONE\ntwo\nTHREE\n"
        await kept.until(lambda: kept.status == "saved")
        assert file.read_text() == kept.text
        await kept.keeping.close()

    run(main())


def test_a_save_that_was_cut_short_is_known_for_our_own(tmp_path, run):
    async def main():
        file = tmp_path / "a.txt"
        file.write_text("")
        lost = Kept(tmp_path, "a.txt")
        await lost.keeping.read()
        lost.keeping.fill()
        noted = []

        async def saving(data):
            noted.append(data)

        lost.keeping.saving = saving
        lost.type("", "hel")
        await lost.keeping.save()
        lost.type("", "lo")
        kept = Kept(tmp_path, "a.txt", NEVER)
        kept.room.doc.apply_update(lost.room.doc.get_update())
        await kept.keeping.recover(b"", noted[-1])
        assert kept.text == "hello"
        assert kept.state["conflicts"] == []
        await kept.keeping.close()
        assert file.read_text() == "hello"

    run(main())


def test_random_edits_of_people_and_programs_lose_no_line_that_anybody_wrote(tmp_path, run):
    seed = int(os.environ.get("ORCHFLOW_SEED") or random.randrange(2**32))
    chance = random.Random(seed)

    async def main():
        file = tmp_path / "a.txt"
        file.write_text("".join(f"line {number}\n" for number in range(30)))
        written, replaced = [], set()
        async with opened(tmp_path, "a.txt") as kept:
            for number in range(60):
                line = f"{'mine' if chance.random() < 0.5 else 'theirs'} {number}\n"
                written.append(line)
                if line.startswith("mine"):
                    lines = kept.text.splitlines(keepends=True)
                    old = chance.choice(lines)
                    replaced.add(old)
                    kept.type(old, f"{line}é{number}\n")
                else:
                    lines = file.read_text().splitlines(keepends=True)
                    lines.insert(chance.randrange(len(lines) + 1), line)
                    file.write_text("".join(lines))
                    if chance.random() < 0.5:
                        kept.keeping.changed("modified")
                if chance.random() < 0.3:
                    await kept.keeping.save()
            await kept.keeping.save()
            kept_somewhere = kept.text + "".join(one["theirs"] + one["ours"] for one in kept.state["conflicts"])
            assert file.read_text() == kept.text
            assert [line for line in written if line not in kept_somewhere and line not in replaced] == []

    try:
        run(main())
    except BaseException:
        print(f"ORCHFLOW_SEED={seed}")  # noqa: T201
        raise
