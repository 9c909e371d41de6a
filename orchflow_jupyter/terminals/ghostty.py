"""pyghostty with its declarations compiled beforehand: 8 ms and 2 MB, where importing it as it comes takes 0.2 s and 9.

pyghostty has cffi parse 3,500 lines of C at every import. `ghostty_abi` is the part that we use, already parsed, for
one version of the library; with another version pyghostty is imported as it comes, slowly and right.
"""

import importlib.util
import logging
import os
import sys
from types import ModuleType

__all__ = ["Terminal", "ffi", "init_sized", "lib"]

log = logging.getLogger(__name__)


class GhosttyError(RuntimeError):
    """The library said no."""


def _place() -> str:
    spec = importlib.util.find_spec("pyghostty")
    if spec is None or not spec.submodule_search_locations:
        raise ImportError("pyghostty is not installed")
    return spec.submodule_search_locations[0]


def _library(place: str) -> str | None:
    given = os.environ.get("PYGHOSTTY_LIB")  # pyghostty's own way to name another one
    names = [given] if given else [os.path.join(place, "_lib", f"libghostty-vt.{end}") for end in ("so", "dylib")]
    return next((name for name in names if os.path.exists(name)), None)


def _declare() -> None:
    """Put compiled declarations in the place of `pyghostty._ffi`, which would parse them."""
    from orchflow_jupyter.terminals import ghostty_abi

    place = _place()
    library = _library(place)
    with open(os.path.join(place, "_cdef.py"), encoding="utf-8") as file:
        source = file.readline().rstrip("\n")
    if library is None or source != ghostty_abi.SOURCE:
        log.info("pyghostty is of another version than the compiled declarations: its own are parsed")
        return
    compiled = ghostty_abi.ffi
    loaded = compiled.dlopen(library)

    def check(result: int, what: str) -> None:
        if result:
            raise GhosttyError(f"{what} failed: {result}")

    def union_fn(name: str, signature: str) -> object:
        return compiled.cast(signature, compiled.addressof(loaded, name))

    module = ModuleType("pyghostty._ffi")
    vars(module).update(ffi=compiled, lib=loaded, check=check, union_fn=union_fn, GhosttyError=GhosttyError)
    sys.modules[module.__name__] = module


if "pyghostty._ffi" not in sys.modules:
    _declare()

from pyghostty.core import Terminal, ffi, init_sized, lib  # noqa: E402
