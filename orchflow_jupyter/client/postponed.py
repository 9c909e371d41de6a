"""An interrupt of Python waits for a moment in which it would lose something that was just made."""

import signal
import threading
from types import FrameType, TracebackType
from typing import Any, Self

__all__ = ["Postponed"]


class Postponed:
    """While this context lasts SIGINT is only noted; at its end it is raised as `KeyboardInterrupt`.

    In other threads than the main one, where Python raises no interrupts, it does nothing (signal, "Signals and
    threads").
    """

    def __init__(self) -> None:
        self._came = False
        self._before: Any = None

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread() and callable(signal.getsignal(signal.SIGINT)):
            self._before = signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
        if self._came:
            raise KeyboardInterrupt

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._came = True
