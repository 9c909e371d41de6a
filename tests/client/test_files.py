"""`watch` and `awatch` against a real engine."""

import asyncio
import os
import threading

import pytest

from orchflow_jupyter import awatch, watch
from orchflow_jupyter.client import AsyncEngine
from orchflow_jupyter.errors import NotAllowedError, NotFoundError
from tests.support.waiting import GENEROUS


@pytest.fixture
def folder(process, tmp_path_factory):
    """A directory below the engine's root, another for each test."""
    made = process.root / tmp_path_factory.mktemp("x").name
    made.mkdir()
    return made


def told(batches, wanted, given):
    """Take batches until an event is `wanted`; all events until then."""
    seen = []
    while not any(wanted(event) for event in seen):
        batch = batches.next(GENEROUS)
        assert batch.resync is None
        seen += batch.events
    assert all(event.path.startswith(str(given)) for event in seen)
    return seen


def test_a_loop_over_a_watch_gets_what_changed_after_it_began(engine, folder):
    with watch(folder, engine=engine, timeout=GENEROUS) as batches:
        assert batches.mode == "native"
        (folder / "new").write_text("x")
        events = list(next(batches).events)
    assert [(event.kind, event.path, event.is_dir) for event in events] == [("created", str(folder / "new"), False)]


def test_paths_begin_as_the_given_one_does(engine, folder, monkeypatch):
    monkeypatch.chdir(folder)
    with watch(engine=engine) as batches:
        (folder / "new").mkdir()
        assert [event.path for event in batches.next(GENEROUS).events] == ["new"]


def test_a_file_is_watched_through_a_save_by_way_of_another(engine, folder):
    (folder / "data.csv").write_text("1")
    with watch(folder / "data.csv", engine=engine) as batches:
        (folder / "other").write_text("2")
        (folder / "temporary").write_text("3")
        os.replace(folder / "temporary", folder / "data.csv")
        events = told(batches, lambda event: True, folder)
    assert {event.path for event in events} == {str(folder / "data.csv")}


def test_who_comes_back_with_a_clock_gets_what_was_missed_and_nothing_twice(engine, folder):
    with watch(folder, engine=engine) as batches:
        (folder / "one").mkdir()
        told(batches, lambda event: event.path.endswith("one"), folder)
        clock = batches.clock
    (folder / "two").mkdir()
    with watch(folder, engine=engine, since=clock) as batches:
        events = told(batches, lambda event: event.path.endswith("two"), folder)
    assert [os.path.basename(event.path) for event in events] == ["two"]


def test_a_clock_of_another_life_is_answered_with_a_resync(engine, folder):
    with watch(folder, engine=engine, since="0123:4567:8") as batches:
        batch = batches.next(GENEROUS)
    assert batch.resync.reason == "restart"
    assert batch.resync.path == str(folder)
    assert batch.events == ()


def test_a_callback_is_called_until_it_is_stopped_and_survives_its_own_errors(engine, folder, caplog):
    seen, came = [], threading.Semaphore(0)

    def callback(batch):
        seen.extend(batch.events)
        came.release()
        raise RuntimeError("as bad callbacks do")

    with watch(folder, callback=callback, engine=engine) as handle:
        (folder / "one").mkdir()
        assert came.acquire(timeout=GENEROUS)
        (folder / "two").mkdir()
        assert came.acquire(timeout=GENEROUS)
        assert handle.clock
    (folder / "three").mkdir()
    assert [os.path.basename(event.path) for event in seen] == ["one", "two"]
    assert "the callback of a watch failed" in caplog.text


def test_a_watch_that_nothing_happens_in_times_out_and_goes_on(engine, folder):
    with watch(folder, engine=engine, timeout=0.01) as batches:
        with pytest.raises(TimeoutError):
            next(batches)
        (folder / "new").mkdir()
        assert batches.next(GENEROUS).events


def test_what_is_outside_the_root_or_not_there_is_refused(engine, folder, tmp_path):
    with pytest.raises(NotAllowedError):
        watch(tmp_path, engine=engine)
    with pytest.raises(NotFoundError):
        watch(folder / "nothing", engine=engine)


def test_a_watch_closed_from_another_thread_ends(engine, folder):
    batches = watch(folder, engine=engine)
    ending = threading.Timer(0.05, batches.close)
    ending.start()
    assert list(batches) == []
    ending.join()


def test_names_that_are_not_utf_8_come_as_python_says_them(engine, folder):
    with watch(folder, engine=engine) as batches:
        os.mkdir(os.fsencode(folder) + b"/a\xff\nb")
        (event,) = batches.next(GENEROUS).events
    assert os.path.isdir(event.path)
    assert os.fsencode(event.path).endswith(b"/a\xff\nb")


@pytest.mark.parametrize("kind", ["blocking", "asynchronous"])
def test_an_event_loop_gets_batches_with_either_engine(engine, process, folder, kind):
    async def run():
        opened = engine if kind == "blocking" else await AsyncEngine.open(process.directory, str(process.root))
        async with asyncio.timeout(GENEROUS), awatch(folder, engine=opened) as batches:
            (folder / "new").mkdir()
            async for batch in batches:
                assert [event.path for event in batch.events] == [str(folder / "new")]
                break
        if opened is not engine:
            await opened.close()

    asyncio.run(run())


def test_a_watch_of_the_process_own_engine_outlives_that_and_says_so(process, folder, monkeypatch):
    from orchflow_jupyter.client import current
    from orchflow_jupyter.rendezvous import ENVIRONMENT, ROOT_ENVIRONMENT

    monkeypatch.setenv(ENVIRONMENT, process.directory)
    monkeypatch.setenv(ROOT_ENVIRONMENT, str(process.root))
    try:
        with watch(folder) as batches:
            process.kill9()
            process.start()
            batch = batches.next(GENEROUS)
            assert batch.resync.reason == "restart"
            (folder / "new").mkdir()
            assert batches.next(GENEROUS).events
    finally:
        if current._engine is not None:
            current._engine.close()
            current._engine = None
