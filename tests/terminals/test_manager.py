"""All terminals together: their ids, names, limits and ends; with real programs."""

import contextlib

import pytest

from orchflow_jupyter.errors import ConflictError, InvalidRequestError, NotFoundError, TooManyError
from orchflow_jupyter.settings import EngineSettings, TerminalSettings
from orchflow_jupyter.terminals.manager import Manager
from tests.support.loops import in_loop, soon

SLEEP = {"command": ["sleep", "1000"]}


@contextlib.asynccontextmanager
async def managing(**settings):
    emptied = []
    manager = Manager("/", EngineSettings(**settings), lambda: emptied.append(len(manager)))
    manager.emptied = emptied
    try:
        yield manager
    finally:
        await manager.close()


@in_loop
async def test_ids_are_unique_and_found_again():
    async with managing() as manager:
        sessions = [manager.create(SLEEP) for _ in range(5)]
        assert len({session.id for session in sessions}) == 5
        assert [manager.get(session.id) for session in sessions] == manager.sessions() == sessions
        assert (len(manager), manager.running) == (5, 5)
        with pytest.raises(NotFoundError, match="'t-x'"):
            manager.get("t-x")


@in_loop
async def test_names_are_given_and_kept_apart():
    async with managing() as manager:
        assert [manager.create(SLEEP).name for _ in range(3)] == ["sleep", "sleep-2", "sleep-3"]
        mine = manager.create(SLEEP | {"name": "mine"})
        with pytest.raises(ConflictError, match="'mine' is running"):
            manager.create(SLEEP | {"name": "mine"})
        with pytest.raises(ConflictError):
            manager.update({"id": mine.id, "name": "sleep"})
        assert manager.update({"id": mine.id, "name": "yours"}).name == "yours"
        assert manager.create(SLEEP | {"name": "mine"}).name == "mine"
        assert len(manager) == 5


@in_loop
async def test_update_changes_what_is_named_and_leaves_the_rest():
    async with managing() as manager:
        session = manager.create(SLEEP | {"cols": 90, "rows": 30})
        manager.update({"id": session.id, "rows": 50})
        assert (session.cols, session.rows, session.name) == (90, 50, "sleep")
        with pytest.raises(InvalidRequestError, match="rows"):
            manager.update({"id": session.id, "rows": 0})


@in_loop
async def test_two_changes_of_size_in_one_moment_are_both_kept():
    async with managing() as manager:
        session = manager.create(SLEEP | {"cols": 80, "rows": 24})
        manager.update({"id": session.id, "cols": 90})
        manager.update({"id": session.id, "cols": 101})
        manager.update({"id": session.id, "rows": 31})
        assert session.settling.wanted == (101, 31)
        await soon(lambda: (session.cols, session.rows) == (101, 31))


@in_loop
async def test_more_than_the_limit_is_refused_until_one_has_ended():
    async with managing(max_terminals=2) as manager:
        first, _ = manager.create(SLEEP), manager.create(SLEEP)
        with pytest.raises(TooManyError, match="2 terminals run already"):
            manager.create(SLEEP)
        manager.delete(first.id)
        with pytest.raises(TooManyError):
            manager.create(SLEEP)  # it has not ended yet
        await soon(lambda: manager.running == 1)
        manager.create(SLEEP)


@in_loop
async def test_ended_ones_are_held_and_the_oldest_go_first():
    async with managing(keep_exited=2) as manager:
        ids = []
        for _ in range(4):
            session = manager.create({"command": ["true"]})
            ids.append(session.id)
            await soon(lambda ended=session: ended.exit is not None)
        assert [session.id for session in manager.sessions()] == ids[2:]


@in_loop
async def test_ended_one_that_is_listened_to_is_held():
    async with managing(keep_exited=0) as manager:
        session = manager.create({"command": ["true"]})
        listener = session.attach(lambda: None, lambda: None)
        await soon(lambda: session.exit is not None)
        assert manager.get(session.id) is session
        session.detach(listener)
        other = manager.create({"command": ["true"]})
        await soon(lambda: other.exit is not None)
        assert len(manager) == 0


@in_loop
async def test_it_tells_when_the_last_one_has_ended():
    async with managing() as manager:
        for session in (manager.create(SLEEP), manager.create(SLEEP)):
            assert manager.emptied == []
            manager.delete(session.id)
            with pytest.raises(NotFoundError):
                manager.get(session.id)
        await soon(lambda: manager.emptied)
        assert manager.running == 0


@in_loop
async def test_close_waits_for_all_and_kills_who_does_not_go():
    async with managing(terminal=TerminalSettings(kill_after=0.05)) as manager:
        stubborn = manager.create({"command": ["sh", "-c", "trap '' HUP; echo ready; while :; do sleep 0.01; done"]})
        await soon(lambda: stubborn.ring.end)
        gentle = manager.create(SLEEP)
        await manager.close()
        assert stubborn.exit.as_json() == {"code": None, "signal": "KILL"}
        assert gentle.exit.as_json() == {"code": None, "signal": "HUP"}
        assert len(manager) == manager.running == 0
        await manager.close()


@in_loop
async def test_program_that_the_kernel_refuses_is_the_caller_s_mistake():
    async with managing() as manager:
        with pytest.raises(InvalidRequestError, match="could not be started: Argument list too long"):
            manager.create({"command": ["echo", "x" * 3_000_000]})
        with pytest.raises(InvalidRequestError, match="cannot be encoded"):
            manager.create({"command": ["echo", "\ud800"]})
        assert len(manager) == 0
