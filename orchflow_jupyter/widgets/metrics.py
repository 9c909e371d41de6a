"""`Metrics`: how long keys take, what goes on in the engine and what it costs, live in a notebook cell."""

from collections.abc import Sequence
from typing import Any

import anywidget
import traitlets as t

from orchflow_jupyter.client.current import current_engine
from orchflow_jupyter.errors import InvalidRequestError, OrchflowError
from orchflow_jupyter.widgets.bundle import bundle, loader, versioned

__all__ = ["Metrics"]

BUNDLE = "metrics.js"


class Metrics(anywidget.AnyWidget):
    """Plots of the last two minutes, and the terminals one by one (`docs/metrics.md`).

    The page asks the Jupyter server once a second, or this kernel where it reaches no server, while somebody can see
    it. `theme` is `auto`, `light` or `dark`. Raises `EngineUnavailableError` where no engine can be had.
    """

    _esm = loader()

    root = t.Unicode("").tag(sync=True)
    theme = t.Enum(["auto", "light", "dark"], "auto").tag(sync=True)
    bundle = t.Unicode().tag(sync=True)

    def __init__(self, *, theme: str = "auto") -> None:
        super().__init__(root=current_engine().status()["root"], theme=theme, bundle=versioned(BUNDLE))
        self.on_msg(self._received)

    def __repr__(self) -> str:
        return f"<Metrics of {self.root}>"

    def _received(self, _: Any, content: Any, buffers: Sequence[Any]) -> None:
        kind = content.get("kind") if isinstance(content, dict) else None
        if kind == "bundle":
            try:
                self.send({"kind": "bundle"}, [bundle(BUNDLE)])
            except ImportError as error:
                self.send({"kind": "bundle", "error": str(error)}, [])
        elif kind == "call":
            answer: dict[str, Any] = {"kind": "result", "call": content.get("call")}
            try:
                if content.get("method") != "metrics":
                    raise InvalidRequestError(f"there is no call {content.get('method')!r}; there is metrics")
                answer["result"] = current_engine().metrics()
            except OrchflowError as error:
                answer["error"] = error.message
            self.send(answer, [])
