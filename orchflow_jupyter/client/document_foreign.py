"""What a room of jupyter-collaboration does not say by itself: whether it has what was edited, and whether it is saved.

It deals with messages in their order: it has what was sent before a sync step 1 that it has answered. What anybody
edits is not saved until the room says of the file that nothing is `dirty`, which it does when it has written it.
"""

import time
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

from pycrdt import Doc, Map, MapEvent

from orchflow_jupyter.client.document_observing import observing
from orchflow_jupyter.protocol.collaboration import encode_save
from orchflow_jupyter.protocol.documents import encode_step_one

__all__ = ["Foreign"]

UNHEARD = "jupyter-collaboration did not write the file; the log of the Jupyter server says why"


class _Step(NamedTuple):
    """A step 1 that was sent: behind how many updates, and what is to be done when it is answered."""

    sent: int
    then: Callable[[], None]


class Foreign:
    """Of one history. `send` sends a message; `answer` is told what became of a save, as our own rooms would say it."""

    def __init__(
        self, doc: "Doc[Any]", send: Callable[[bytes], None], answer: Callable[[dict[str, Any]], None]
    ) -> None:
        self.behind = False
        """Whether the file lacks something."""
        self._doc = doc
        self._send = send
        self._answer = answer
        self._steps: deque[_Step] = deque()
        self._written = 0
        self._saving: dict[int, int] = {}
        self._keys: set[str] = set()
        told: Map[Any] = doc.get("state", type=Map)
        observing(told, self._heard)

    def begin(self) -> None:
        """A new connection: a step 1 is the first that is sent."""
        self._steps.clear()
        self._saving.clear()
        self._ask(0)

    def settle(self, sent: int) -> None:
        """Ask whether the first `sent` updates are there, unless that has been asked."""
        if not self._steps or self._steps[-1].sent < sent:
            self._ask(sent)

    def answered(self) -> int:
        """A step 1 was answered: how many of the updates are known to be there by that."""
        if not self._steps:
            return 0
        step = self._steps.popleft()
        step.then()
        return step.sent

    def changed(self) -> None:
        """The document is another than before."""
        if "dirty" in self._keys:
            self.behind = False
            self._written += 1
        elif not self._keys:
            self.behind = True
        self._keys.clear()

    def save(self, number: int, sent: int) -> None:
        """Have the file written, with all that was sent: a save that is asked for overtakes what is on its way."""

        def there() -> None:
            self._saving[number] = self._written
            self._send(encode_save(number))

        self._ask(sent, there)

    def hear(self, said: dict[str, Any]) -> None:
        """The room said how a save went; that of one that failed may be that all is well."""
        number = said.get("responseTo")
        if said.get("type") != "save" or number not in self._saving:
            return
        before = self._saving.pop(number)
        how = said.get("status")
        if how == "success":
            self._ask(0, lambda: self._conclude(number, written=self._written > before))
        elif how == "skipped":
            self._answer({"id": number, "result": {"status": "saving", "at": None}})
        else:
            self._conclude(number, written=False)

    def _heard(self, event: MapEvent) -> None:
        self._keys.update(event.keys)  # type: ignore[attr-defined] # within the change that `changed` tells of next

    def _conclude(self, number: int, *, written: bool) -> None:
        if written:
            self._answer({"id": number, "result": {"status": "saved", "at": round(time.time() * 1000)}})
        else:
            self._answer({"id": number, "error": {"message": UNHEARD, "reason": "storage"}})

    def _ask(self, sent: int, then: Callable[[], None] = lambda: None) -> None:
        self._steps.append(_Step(sent, then))
        self._send(encode_step_one(self._doc.get_state()))
