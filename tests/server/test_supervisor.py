"""Keeping an engine alive, with engines that do as the test says."""

import asyncio
import logging

import pytest

from orchflow_jupyter.errors import EngineUnavailableError, NotFoundError
from orchflow_jupyter.server import supervisor
from orchflow_jupyter.server.supervisor import Supervisor
from tests.support.waiting import GENEROUS


class Engine:
    """An engine that answers with its number."""

    def __init__(self, number):
        self.number = number
        self.closed = asyncio.get_running_loop().create_future()
        self.let_go = False

    async def call(self, method, params=None, fds=()):
        if method == "fail":
            raise NotFoundError("no")
        if method in ("terminals.list", "terminals.create") and self.number == 0:
            self.die()
            raise EngineUnavailableError("gone in the middle")
        if method == "hang":
            await asyncio.Event().wait()
        return self.number

    async def close(self):
        self.let_go = True

    def die(self):
        self.closed.set_result(None)


class Opener:
    """Opens engines, except where it is told to fail."""

    def __init__(self, failures=()):
        self.failures = list(failures)
        self.engines = []
        self.opened = asyncio.Condition()

    async def __call__(self):
        if self.failures:
            raise self.failures.pop(0)
        async with self.opened:
            self.engines.append(Engine(len(self.engines)))
            self.opened.notify_all()
        return self.engines[-1]

    async def count(self, number):
        async with self.opened:
            await self.opened.wait_for(lambda: len(self.engines) >= number)


def run(test, failures=()):
    async def whole():
        opener = Opener(failures)
        looking_after = Supervisor(opener, logging.getLogger("test"))
        looking_after.start()
        try:
            async with asyncio.timeout(GENEROUS):
                await test(looking_after, opener)
        finally:
            await looking_after.stop()

    asyncio.run(whole())


@pytest.fixture(autouse=True)
def hurry(monkeypatch):
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(supervisor, "LONGEST_PAUSE", 0.01)


def test_calls_wait_for_the_engine_to_be_there():
    async def test(looking_after, opener):
        assert await looking_after.call("any") == 0

    run(test)


def test_another_is_opened_when_one_is_gone(caplog):
    async def test(looking_after, opener):
        for number in range(3):
            assert await looking_after.call("any") == number
            opener.engines[number].die()
        assert await looking_after.call("any") == 3

    run(test)
    assert sum("ended" in record.message for record in caplog.records) == 3


def test_it_goes_on_after_failures_of_any_kind(caplog):
    async def test(looking_after, opener):
        await opener.count(1)
        assert await looking_after.call("any") == 0

    run(test, [EngineUnavailableError("not yet"), ZeroDivisionError("a bug")])
    assert [bool(record.exc_info) for record in caplog.records] == [False, True]


def test_the_pauses_grow_so_that_it_does_not_spin(monkeypatch):
    pauses = []
    sleep = asyncio.sleep

    async def noted(seconds):
        pauses.append(seconds)
        await sleep(0)

    async def test(looking_after, opener):
        monkeypatch.setattr(supervisor.asyncio, "sleep", noted)
        await opener.count(1)

    run(test, [EngineUnavailableError("no")] * 6)
    assert pauses == [0.001, 0.002, 0.004, 0.008, 0.01, 0.01]


def test_without_an_engine_calls_say_why(monkeypatch):
    monkeypatch.setattr(supervisor, "PATIENCE", 0.05)

    async def test(looking_after, opener):
        with pytest.raises(EngineUnavailableError, match="the disk is full"):
            await looking_after.call("any")

    run(test, [EngineUnavailableError("the disk is full")] * 10_000)


def test_what_only_reads_is_asked_of_the_next_engine_and_what_does_not_is_not():
    async def reading(looking_after, opener):
        assert await looking_after.call("terminals.list") == 1

    async def making(looking_after, opener):
        with pytest.raises(EngineUnavailableError, match="gone in the middle"):
            await looking_after.call("terminals.create")

    run(reading)
    run(making)


def test_an_engine_that_does_not_answer_is_no_endless_wait(monkeypatch):
    monkeypatch.setattr(supervisor, "ANSWER", 0.05)

    async def test(looking_after, opener):
        with pytest.raises(EngineUnavailableError, match="did not answer"):
            await looking_after.call("hang")

    run(test)


def test_what_the_engine_refuses_is_passed_on():
    async def test(looking_after, opener):
        with pytest.raises(NotFoundError):
            await looking_after.call("fail")

    run(test)


def test_stopping_lets_the_engine_go_and_opens_no_other():
    async def test(looking_after, opener):
        await looking_after.call("any")
        await looking_after.stop()
        assert opener.engines[0].let_go
        assert len(opener.engines) == 1

    run(test)
