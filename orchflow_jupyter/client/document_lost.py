"""What was edited on a history of the file that is no more: it is offered to the one that is, and never merged blindly.

The engine shows it to everybody, who take it or dismiss it.
"""

import json
import logging
from collections import deque
from typing import Any

from pycrdt import Doc, Text

from orchflow_jupyter.client.document_answers import result_of
from orchflow_jupyter.client.document_core import Core
from orchflow_jupyter.client.document_state import Lost
from orchflow_jupyter.errors import OrchflowError

__all__ = ["Recovery"]

log = logging.getLogger(__name__)


class Recovery:
    """Offers one after the other. `step` is called whenever something came."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._lost: deque[Lost] = deque()
        self._asked: int | None = None

    @property
    def over(self) -> bool:
        """Whether nothing is left to be offered."""
        return not self._lost

    def begin(self, lost: Lost | None) -> None:
        """A new connection, before which this was lost."""
        self._asked = None
        if lost is not None:
            self._lost.append(lost)

    def step(self) -> None:
        """Offer what is next, or hear that the engine has it."""
        state = self._core.state
        if not self._lost or not state.connected:
            return
        if self._asked is None:
            mine, base = (self._whole(update) for update in self._lost[0])
            if mine in (base, self._whole(state.doc.get_update())):
                self._lost.popleft()
            else:
                self._asked = state.call("offer", text=mine, base=base, author=self._core.faces.name)
            return
        answer = state.answer(self._asked)
        if answer is None:
            return
        lost, self._asked = self._lost.popleft(), None
        try:
            result_of(answer)
        except OrchflowError as error:
            # There is nobody to raise it to; the text must not be gone.
            text = self._whole(lost.mine)
            log.error("unsaved edits could not be offered (%s); they are in this text:\n%s", error, text)  # noqa: TRY400

    def _whole(self, update: bytes) -> str:
        doc: Doc[Any] = Doc()
        doc.apply_update(update)
        if not self._core.notebook:
            return str(doc.get("source", type=Text))
        from jupyter_ydoc import YNotebook

        return json.dumps(YNotebook(doc).get(), indent=1, ensure_ascii=False)
