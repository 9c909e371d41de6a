"""Gives the memory of large documents back to the system when they are closed.

A document's parts refer to one another, so only the garbage collector frees them, which an idle engine hardly ever
runs; and glibc keeps what was freed, in pieces, until it is asked (malloc_trim(3)).
"""

import ctypes
import gc
import sys

__all__ = ["LARGE", "release"]

LARGE = 128 * 1024
"""Bytes of a document, or of its history, whose end is worth the milliseconds that this takes."""


def release() -> None:
    """Free what nobody refers to, and give it back."""
    gc.collect()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # other libraries of C have none
        if trim is not None:
            trim(0)
