"""Many operations in one call: what the engine takes for them, and what a client of the server waits."""

import contextlib

from benchmarks.figures import Amounts, Figures, median_ms
from benchmarks.servers import Ours, Place
from orchflow_jupyter.client.control import Control

__all__ = ["batch"]

OPERATIONS = 1000
TERMINALS = 10
CALLS = 4
"""Calls for each of the usual repeats; one takes a few milliseconds."""


def batch(place: Place, amounts: Amounts) -> Figures:
    """Milliseconds for 1,000 operations, of each kind that a terminal outlives: in the engine, as its metrics have it,
    by control call from end to end, and by REST.
    """
    if not isinstance(place, Ours):
        return {}
    with contextlib.ExitStack() as opened:
        made = [opened.enter_context(place.create("echo")) for _ in range(TERMINALS)]
        for terminal in made:
            opened.enter_context(contextlib.closing(place.attach(terminal))).expect(b"READY;")
        operations = [_operation(number, made[number // 3 % TERMINALS]) for number in range(OPERATIONS)]
        control = opened.enter_context(Control.connect(place.server.directory))
        calls = amounts.repeats * CALLS
        before = _carried_out(control)
        call = median_ms(lambda: control.call("terminals.batch", {"operations": operations}), calls)
        count, seconds = (now - then for now, then in zip(_carried_out(control), before, strict=True))
        return {
            "engine": seconds / count * 1000,
            "call": call,
            "REST": median_ms(
                lambda: place.server.request("POST", "/orchflow/api/terminals/batch", {"operations": operations}), calls
            ),
        }


def _carried_out(control: Control) -> tuple[int, float]:
    """How many batches there have been, and the seconds that they took."""
    said = control.call("metrics")["calls"].get("terminals.batch", {})
    return said.get("count", 0), said.get("sum", 0.0)


def _operation(number: int, terminal: str) -> dict[str, object]:
    kinds: list[dict[str, object]] = [
        {"op": "input", "data": "x"},
        {"op": "resize", "cols": 80 + number % 2, "rows": 24},
        {"op": "signal", "signal": "WINCH"},
    ]
    return {"id": terminal} | kinds[number % len(kinds)]
