"""The C library's allocator, which keeps what was freed, for the next time, unless it is told to give it back."""

from __future__ import annotations

import ctypes
import os
import sys

_M_ARENA_MAX, _HEAPS = -8, 2
"""glibc's number of the setting, from malloc.h, and how many heaps all threads share: each would else have its own, and keep
what is free in it. 1 saves little more and is slower: ``MALLOC_ARENA_MAX=1 python benchmarks/memory.py``."""


def give_back() -> None:
    """Return freed memory to the system, where the C library can: glibc does, other ones are left to themselves."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


def share_heaps() -> None:
    """Have all threads that begin later share a few heaps, where the C library can, as glibc does, and the user chose no number."""
    if sys.platform == "linux" and "MALLOC_ARENA_MAX" not in os.environ:
        adjust = getattr(ctypes.CDLL(None), "mallopt", None)
        if adjust is not None:
            adjust(_M_ARENA_MAX, _HEAPS)
