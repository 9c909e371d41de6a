"""The order in which the operations of a batch are carried out, and that others get their turn meanwhile."""

import asyncio

from orchflow_jupyter.terminals import batch
from orchflow_jupyter.terminals.manager import Manager
from tests.support.sessions import Played


class Told(Manager):
    """One played terminal under every id, and what was done, in order."""

    def __init__(self, session):
        self.done = []
        self.session = session
        for name in ("feed", "signal", "resize"):
            setattr(session, name, lambda *given, name=name: self.done.append((name, *given)))

    def get(self, identity):
        return self.session

    def delete(self, identity):
        self.done.append(("delete", identity))


def carried_out(operations, **made):
    with Played() as played:
        told = Told(played.session)
        create = made.get("create", lambda params: told.done.append(("create", params)) or {})
        results = asyncio.run(batch.carry_out(told, {"operations": operations}, create))
    return told.done, results


def test_signals_go_before_input_and_input_before_the_rest_each_in_order():
    done, results = carried_out(
        [
            {"op": "close", "id": "t-9"},
            {"op": "input", "id": "t-1", "data": "a"},
            {"op": "create", "name": "n"},
            {"op": "signal", "id": "t-1", "signal": "INT"},
            {"op": "resize", "id": "t-1", "cols": 3, "rows": 4},
            {"op": "input", "id": "t-1", "data": "Yg==", "encoding": "base64"},
            {"op": "signal", "id": "t-1", "signal": "TERM"},
        ]
    )
    assert done == [
        ("signal", "INT"),
        ("signal", "TERM"),
        ("feed", b"a"),
        ("feed", b"b"),
        ("delete", "t-9"),
        ("create", {"name": "n"}),
        ("resize", 3, 4),
    ]
    assert [one["ok"] for one in results] == [True] * 7
    assert results[2] == {"ok": True, "result": {}}


def test_who_else_waits_for_the_loop_gets_a_turn(monkeypatch):
    monkeypatch.setattr(batch, "TURN", 0.0)
    seen = []

    async def both():
        loop = asyncio.get_running_loop()

        def create(params):
            loop.call_soon(seen.append, "another")
            seen.append("made")
            return {}

        await batch.carry_out(Told(played.session), {"operations": [{"op": "create"}] * 2}, create)

    with Played() as played:
        asyncio.run(both())
    assert seen == ["made", "another", "made", "another"]
