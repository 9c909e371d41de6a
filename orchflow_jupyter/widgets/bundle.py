"""The built JavaScript: where it is, and under which name a browser may keep it for ever."""

import hashlib
from functools import cache
from importlib.resources import files

__all__ = ["bundle", "loader", "versioned"]

MISSING = "the JavaScript of orchflow_jupyter is not built: run `make install`, or `npm ci && npm run build` in js/"


def _read(name: str) -> bytes:
    try:
        return files("orchflow_jupyter").joinpath("static", name).read_bytes()
    except OSError as error:
        raise ImportError(MISSING) from error


def loader() -> str:
    """The few lines that go into the notebook and fetch the rest."""
    return _read("loader.js").decode()


def bundle(name: str) -> bytes:
    """The bundle that a browser gets by the kernel where it cannot reach a server."""
    return _read(name)


@cache
def versioned(name: str) -> str:
    """The name with the content's hash, so that it can be cached for ever."""
    return f"{name}?v={hashlib.sha256(_read(name)).hexdigest()[:12]}"
