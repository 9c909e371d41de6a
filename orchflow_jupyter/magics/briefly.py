"""Errors that a notebook shows in one line: the way to them through our own modules tells its reader nothing."""

from typing import TypeVar

__all__ = ["briefly"]

Raised = TypeVar("Raised", bound=BaseException)


def briefly(error: Raised) -> Raised:
    """The same error, which IPython asks how it is to be shown (`InteractiveShell.showtraceback`)."""
    error._render_traceback_ = lambda: [f"{type(error).__name__}: {error}"]  # type: ignore[attr-defined]
    return error
