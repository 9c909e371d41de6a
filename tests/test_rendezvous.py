"""Where an engine is found: its directory, its socket under any path, its description."""

import contextlib
import os
import re
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchflow_jupyter import rendezvous
from orchflow_jupyter.errors import EngineUnavailableError
from orchflow_jupyter.rendezvous import Description, engine_directory, read_description

ABOUT = Description(pid=1, version="1.2", protocol=1, boot="ab", root="/r", started="2026-01-01T00:00:00+00:00")


@contextlib.contextmanager
def listening(directory):
    with socket.socket(socket.AF_UNIX) as listener:
        rendezvous.bind(listener, str(directory))
        listener.listen()
        yield listener


def greet(directory, listener):
    with rendezvous.connect(str(directory)) as client:
        peer, _ = listener.accept()
        with peer:
            client.sendall(b"hello")
            return peer.recv(10)


@pytest.mark.parametrize("length", [10, 60, 100, 107, 108, 109, 150, 250])
def test_engine_is_found_under_a_path_of_any_length(tmp_path, length):
    directory = tmp_path
    while len(str(directory)) + len("/engine.sock") < length:
        directory /= "d" * min(40, max(1, length - len(str(directory)) - len("/engine.sock") - 1))
    directory.mkdir(parents=True, exist_ok=True)
    before = len(os.listdir("/proc/self/fd"))
    with listening(directory) as listener:
        assert greet(directory, listener) == b"hello"
    assert len(os.listdir("/proc/self/fd")) == before
    assert (directory / "engine.sock").is_socket()


def test_length_of_a_path_is_counted_in_bytes(tmp_path):
    directory = tmp_path / ("ü" * 45)
    directory.mkdir()
    with listening(directory) as listener:
        assert greet(directory, listener) == b"hello"


def test_path_too_long_is_explained_where_there_is_no_way_around(tmp_path, monkeypatch):
    monkeypatch.setattr(rendezvous.sys, "platform", "darwin")
    directory = tmp_path / ("d" * 120)
    directory.mkdir()
    with pytest.raises(EngineUnavailableError, match="JUPYTER_RUNTIME_DIR"):
        rendezvous.connect(str(directory))


def test_socket_that_was_left_behind_is_replaced(tmp_path):
    with listening(tmp_path):
        pass
    with pytest.raises(EngineUnavailableError, match="no engine answers"):
        rendezvous.connect(str(tmp_path))
    with listening(tmp_path) as listener:
        assert greet(tmp_path, listener) == b"hello"


def test_no_engine_is_told_as_such(tmp_path):
    for directory in (tmp_path, tmp_path / "none"):
        with pytest.raises(EngineUnavailableError, match=r"no engine answers in .*No such file"):
            rendezvous.connect(str(directory))


@given(
    st.builds(
        Description,
        pid=st.integers(1, 2**22),
        version=st.text(),
        protocol=st.integers(1, 9),
        boot=st.text(),
        root=st.text(),
        started=st.text(),
    )
)
def test_description_comes_back_as_it_was_written(tmp_path_factory, about):
    directory = tmp_path_factory.getbasetemp()
    about.write(str(directory))
    assert read_description(str(directory)) == about


def test_description_is_replaced_whole_and_leaves_nothing_beside_it(tmp_path):
    (tmp_path / "engine.json").write_text("x" * 10_000)
    ABOUT.write(str(tmp_path))
    assert read_description(str(tmp_path)) == ABOUT
    assert os.listdir(tmp_path) == ["engine.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", "7", "null", "{}", '{"pid": 1}', '{"unknown": 1}', "\0"])
def test_description_that_cannot_be_read_is_none(tmp_path, text):
    assert read_description(str(tmp_path)) is None
    (tmp_path / "engine.json").write_text(text)
    assert read_description(str(tmp_path)) is None


def test_directory_is_one_for_each_root_however_it_is_named(tmp_path):
    (tmp_path / "root").mkdir()
    (tmp_path / "link").symlink_to("root")
    directory = engine_directory("/run/jupyter", str(tmp_path / "root"))
    assert re.fullmatch("/run/jupyter/orchflow/[0-9a-f]{16}", directory)
    for same in ("root/", "root/../root", "link", "root/."):
        assert engine_directory("/run/jupyter", str(tmp_path / same)) == directory
    assert engine_directory("/run/jupyter", str(tmp_path)) != directory
    assert engine_directory("/run/other", str(tmp_path / "root")) != directory


def test_paths_of_the_files_are_as_documented():
    for kind in ("sock", "json", "lock", "log"):
        path = rendezvous.path_of("/d", kind)
        assert path == f"/d/engine.{kind}"
        assert os.path.basename(path) in rendezvous.__doc__
