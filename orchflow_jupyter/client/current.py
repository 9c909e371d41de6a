"""The one connection to its engine that a process shares: widgets and magics of a kernel use the same."""

import os
import threading

from orchflow_jupyter.client.sync import Engine

__all__ = ["current_engine"]

_lock = threading.Lock()
_engine: Engine | None = None


def current_engine() -> Engine:
    """This process' connection to its engine, made at the first call, and made again where the engine has gone.

    Raises `EngineUnavailableError` where none can be had.
    """
    global _engine
    with _lock:
        if _engine is not None and not _engine.alive():
            _engine.close()
            _engine = None
        if _engine is None:
            _engine = Engine.open()
        return _engine


def _forget() -> None:
    # A forked child (multiprocessing) would speak on its parent's connection, and each would get the other's answers.
    global _lock, _engine
    _lock = threading.Lock()
    _engine = None


os.register_at_fork(after_in_child=_forget)
