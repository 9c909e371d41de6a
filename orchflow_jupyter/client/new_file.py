"""An empty file where none is yet, for who opens a document that is to be new."""

import os

from orchflow_jupyter.errors import InvalidRequestError, NotAllowedError, NotFoundError

__all__ = ["make_file"]


def make_file(where: str) -> None:
    """Make an empty file at `where`; one that somebody made meanwhile stays as it is.

    Raises `InvalidRequestError` for a notebook, `NotFoundError` where there is no such directory, `NotAllowedError`.
    """
    if where.lower().endswith(".ipynb"):
        raise InvalidRequestError("a new notebook is made in Jupyter itself: an empty file is none")
    try:
        with open(where, "x"):
            pass
    except FileExistsError:
        pass
    except FileNotFoundError:
        raise NotFoundError(f"there is no directory {os.path.dirname(where)} to make {where} in") from None
    except OSError as error:
        raise NotAllowedError(f"{where} cannot be made: {error.strerror}") from error
