"""A file is written whole, stays what it is, and is not written over where another changed it."""

import errno
import os
import shutil
import stat
import subprocess

import pytest

from orchflow_jupyter.documents.storage import LocalStorage
from orchflow_jupyter.errors import (
    ConflictError,
    NotAllowedError,
    NotFoundError,
    NotSupportedError,
    StorageError,
    TooLargeError,
)
from tests.support.waiting import eventually


@pytest.fixture
def file(tmp_path):
    file = tmp_path / "root" / "a.txt"
    file.parent.mkdir()
    file.write_text("one\n")
    return file


@pytest.fixture
def storage(file):
    return LocalStorage(str(file.parent), "a.txt", 1000)


def alone(file):
    """Nothing is left beside it."""
    return sorted(os.listdir(file.parent)) == [file.name]


def test_what_is_written_is_there_with_the_mode_the_owner_and_the_attributes_it_had(file, storage, run):
    file.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(file, 12, 34)
    try:
        os.setxattr(file, "user.note", b"mine")
    except OSError:
        noted = False
    else:
        noted = True
    before = file.stat()
    data, stamp = run(storage.read())
    stamp = run(storage.write(data + b"two\n", stamp))
    after = file.stat()
    assert file.read_bytes() == b"one\ntwo\n"
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
    assert not noted or os.getxattr(file, "user.note") == b"mine"
    assert after.st_ino != before.st_ino
    assert run(storage.unchanged(stamp))
    assert stamp == run(storage.read())[1]
    assert alone(file)


def test_a_link_within_the_root_is_followed_and_stays_one(file, run):
    (file.parent / "sub").mkdir()
    link = file.parent / "sub" / "link.txt"
    link.symlink_to("../a.txt")
    storage = LocalStorage(str(file.parent), "sub/link.txt", 1000)
    data, stamp = run(storage.read())
    run(storage.write(b"two\n", stamp))
    assert data == b"one\n"
    assert link.is_symlink()
    assert file.read_text() == "two\n"


@pytest.mark.parametrize("path", ["../out.txt", "link.txt", "folder/out.txt", "sub/../../out.txt"])
def test_what_leads_out_of_the_root_is_refused(file, path, run):
    outside = file.parent.parent / "out.txt"
    outside.write_text("not yours\n")
    (file.parent / "link.txt").symlink_to(outside)
    (file.parent / "folder").symlink_to(file.parent.parent)
    (file.parent / "sub").mkdir()
    storage = LocalStorage(str(file.parent), path, 1000)
    with pytest.raises(NotAllowedError, match="out of the root"):
        run(storage.read())
    with pytest.raises(NotAllowedError, match="out of the root"):
        run(storage.write(b"mine\n", None))
    assert outside.read_text() == "not yours\n"


def test_a_file_of_two_names_keeps_both(file, storage, run):
    other = file.parent / "b.txt"
    other.hardlink_to(file)
    _, stamp = run(storage.read())
    stamp = run(storage.write(b"longer than before\n", stamp))
    assert other.read_text() == "longer than before\n"
    run(storage.write(b"short\n", stamp))
    assert other.read_text() == file.read_text() == "short\n"


def test_a_read_only_file_is_not_written_and_says_so(file, storage, run):
    file.chmod(0o444)
    _, stamp = run(storage.read())
    assert not storage.writable
    with pytest.raises(NotAllowedError, match="read-only"):
        run(storage.write(b"two\n", stamp))
    assert file.read_text() == "one\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o444
    file.chmod(0o644)
    run(storage.write(b"two\n", stamp))
    assert storage.writable


@pytest.mark.parametrize("how", ["written", "replaced", "deleted", "made"])
def test_a_file_that_another_changed_is_not_written_over(file, storage, run, how):
    _, stamp = run(storage.read())
    if how == "written":
        file.write_text("theirs\n")
    elif how == "replaced":
        (file.parent / "new").write_text("two\n")
        (file.parent / "new").rename(file)
    elif how == "deleted":
        file.unlink()
    else:
        stamp = None
    before = file.read_text() if file.exists() else None
    with pytest.raises(ConflictError):
        run(storage.write(b"mine\n", stamp))
    assert (file.read_text() if file.exists() else None) == before
    assert len(os.listdir(file.parent)) == file.exists()


def test_a_file_that_is_replaced_while_it_is_saved_is_not_written_over(file, storage, run, monkeypatch):
    _, stamp = run(storage.read())
    fsync = os.fsync

    def slow(descriptor):
        fsync(descriptor)
        file.write_text("theirs\n")

    monkeypatch.setattr(os, "fsync", slow)
    with pytest.raises(ConflictError):
        run(storage.write(b"mine\n", stamp))
    assert file.read_text() == "theirs\n"
    assert alone(file)


def test_a_file_that_was_only_touched_is_the_one_that_is_expected(file, storage, run):
    _, stamp = run(storage.read())
    os.utime(file, (1, 1))
    assert not run(storage.unchanged(stamp))
    run(storage.write(b"two\n", stamp))
    assert file.read_text() == "two\n"


def test_what_is_not_there_is_made_and_what_has_no_directory_is_not(file, storage, run):
    file.unlink()
    with pytest.raises(NotFoundError):
        run(storage.read())
    run(storage.write(b"new\n", None))
    assert file.read_text() == "new\n"
    with pytest.raises(NotFoundError):
        run(LocalStorage(str(file.parent), "none/a.txt", 1000).write(b"x", None))


def test_what_is_too_large_or_no_file_is_refused(file, run):
    with pytest.raises(TooLargeError, match="more than 3 bytes"):
        run(LocalStorage(str(file.parent), "a.txt", 3).read())
    (file.parent / "sub").mkdir()
    os.mkfifo(file.parent / "pipe")
    for path, what in ("sub", "a directory"), ("pipe", "no regular file"), (".", "a directory"):
        with pytest.raises(NotSupportedError, match=f"is {what} now"):
            run(LocalStorage(str(file.parent), path, 1000).read())


def test_what_a_killed_engine_left_behind_is_in_nobodys_way(file, storage, run):
    (file.parent / ".a.txt.orchflow~").write_text("torn")
    _, stamp = run(storage.read())
    run(storage.write(b"two\n", stamp))
    assert alone(file)


def test_a_name_of_the_greatest_length_is_written(file, run):
    name = "é" * 125 + ".txt"
    (file.parent / name).write_text("one\n")
    storage = LocalStorage(str(file.parent), name, 1000)
    _, stamp = run(storage.read())
    run(storage.write(b"two\n", stamp))
    assert (file.parent / name).read_text() == "two\n"


@pytest.mark.parametrize(
    ("number", "kind"), [(errno.ENOSPC, StorageError), (errno.EIO, StorageError), (errno.EROFS, NotAllowedError)]
)
def test_a_disk_that_fails_leaves_the_file_as_it_was_and_the_error_says_how(
    file, storage, run, monkeypatch, number, kind
):
    _, stamp = run(storage.read())

    def fail(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "write", fail)
    with pytest.raises(kind, match=os.strerror(number)):
        run(storage.write(b"two\n", stamp))
    assert file.read_text() == "one\n"
    assert alone(file)


@pytest.fixture
def small(tmp_path):
    """A disk of 64 KiB."""
    place = tmp_path / "small"
    place.mkdir()
    mount, umount = shutil.which("mount"), shutil.which("umount")
    words = [mount, "-t", "tmpfs", "-o", "size=65536", "tmpfs", str(place)]
    if os.geteuid() != 0 or not mount or not umount or subprocess.run(words, capture_output=True).returncode:
        pytest.skip("mounting a small disk takes root")
    yield place
    eventually(lambda: subprocess.run([umount, str(place)], capture_output=True).returncode == 0, "the disk's release")


@pytest.mark.parametrize("names", [1, 2])
def test_a_full_disk_leaves_the_file_whole_however_it_is_written(small, run, names):
    file = small / "a.txt"
    file.write_bytes(b"x" * 30_000)
    if names == 2:
        (small / "b.txt").hardlink_to(file)
    storage = LocalStorage(str(small), "a.txt", 1_000_000)
    _, stamp = run(storage.read())
    with pytest.raises(StorageError, match="full"):
        run(storage.write(b"y" * 100_000, stamp))
    assert file.read_bytes() == b"x" * 30_000
    run(storage.write(b"z" * 20_000, stamp))
    assert file.read_bytes() == b"z" * 20_000
    storage.close()  # what follows the file keeps the disk


def test_a_file_is_found_where_it_was_moved_and_a_copy_for_safety_is_none(tmp_path, run):
    (tmp_path / "inner").mkdir()
    file, moved = tmp_path / "a.txt", tmp_path / "inner" / "b.txt"
    file.write_text("one")
    storage = LocalStorage(str(tmp_path), "a.txt", 1000)
    _, stamp = run(storage.read())
    run(storage.write(b"two", stamp))
    assert storage.moved_to(None) is None
    file.rename(moved)
    assert storage.moved_to(None) == "inner/b.txt"
    file.write_text("anew")
    assert storage.moved_to("inner/b.txt") is None
    file.unlink()
    for trash in (tmp_path / ".trash", tmp_path.parent / f"{tmp_path.name}-outside"):
        moved = moved.rename(trash)
        assert storage.moved_to(None) is None
    moved.unlink()
    assert storage.moved_to(None) is None
    assert storage.moved_to("nowhere") is None
    storage.close()
