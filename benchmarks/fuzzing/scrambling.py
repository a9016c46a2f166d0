"""Damage to bytes and texts, drawn from a generator, with the words that tell it."""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np

ODD_NUMBERS = (0, 1, 2, 7, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x7FFFFFFFFFFFFFFF)
"""Numbers at which sizes and offsets go wrong."""

ODD_TEXTS = (
    "\0", "\n", "\r\n", "\t", "\x1b[31m", "\x7f", "\u200b", "\u202e", "\ufeff", "\ufffe", "\uffff", "\ud800", "\U000e0001",
    "e\u0301" * 3, "ﷺ", "🏞️", "森林", "İ", "ß", "ﬁ", "%s%n", "{0}", "<b>", "]]>", "&amp;", "'; --", "$(id)", "../" * 8, "|", "||", "!",
    "!!", "=", "==", ",", ",,", "@", '"', "'", "\\", "#", "-1e309", "nan", "9" * 5000, "[" * 3000, "{" * 3000, "a" * 100_000,
)  # fmt: skip

Bytes = tuple[bytes, str]


def scramble_bytes(content: bytes, draw: np.random.Generator, *, head: int = 512) -> Bytes:
    """Return damaged bytes and what was done to them, more often to the first ``head`` ones."""
    kinds: tuple[Callable[[bytes, np.random.Generator, int], Bytes], ...] = (
        _flip, _flip, _number, _number, _truncate, _drop, _double, _blank,
    )  # fmt: skip
    said = []
    for _ in range(int(draw.integers(1, 4))):
        span = min(head, len(content)) if draw.random() < 0.6 else len(content)
        content, what = kinds[draw.integers(len(kinds))](content, draw, max(span, 1))
        said.append(what)
    return content, ", ".join(said)


def scramble_text(text: str, draw: np.random.Generator) -> tuple[str, str]:
    """Return a damaged text and what was done to it."""
    said = []
    for _ in range(int(draw.integers(1, 4))):
        place, stop = sorted(int(number) for number in draw.integers(0, len(text) + 1, 2))
        match draw.integers(5):
            case 0 | 1:
                odd = ODD_TEXTS[draw.integers(len(ODD_TEXTS))]
                text, what = text[:place] + odd + text[place:], f"{odd[:12]!r} × {len(odd)} put in at {place}"
            case 2:
                text, what = text[:place] + text[stop:], f"{place} to {stop} left out"
            case 3:
                text, what = text[:stop] + text[place:], f"{place} to {stop} doubled"
            case _:
                odd = chr(int(draw.integers(0, 0x3000)))
                text, what = text[:place] + odd + text[place + 1 :], f"{odd!r} in place of {place}"
        said.append(what)
    return text, ", ".join(said)


def _flip(content: bytes, draw: np.random.Generator, span: int) -> Bytes:
    damaged, places = bytearray(content), draw.integers(0, span, int(draw.integers(1, 9)))
    for place in places:
        if place < len(damaged):
            damaged[place] ^= 1 << int(draw.integers(8))
    return bytes(damaged), f"bits flipped in bytes {', '.join(map(str, sorted(places)))}"


def _number(content: bytes, draw: np.random.Generator, span: int) -> Bytes:
    place, size = int(draw.integers(0, span)), int(draw.choice([2, 4, 8]))
    number = ODD_NUMBERS[draw.integers(len(ODD_NUMBERS))] % (1 << (8 * size))
    put = struct.pack({2: "<H", 4: "<I", 8: "<Q"}[size], number)
    return content[:place] + put + content[place + size :], f"{number:#x} in {size} bytes at {place}"


def _truncate(content: bytes, draw: np.random.Generator, span: int) -> Bytes:
    place = int(draw.integers(0, span if draw.random() < 0.3 else len(content) + 1))
    return content[:place], f"cut at byte {place} of {len(content)}"


def _drop(content: bytes, draw: np.random.Generator, span: int) -> Bytes:
    place, size = int(draw.integers(0, span)), int(draw.integers(1, 64))
    return content[:place] + content[place + size :], f"{size} bytes left out at {place}"


def _double(content: bytes, draw: np.random.Generator, span: int) -> Bytes:
    place, size = int(draw.integers(0, span)), int(draw.integers(1, 256))
    return content[: place + size] + content[place:], f"{size} bytes doubled at {place}"


def _blank(content: bytes, draw: np.random.Generator, span: int) -> Bytes:
    place, size = int(draw.integers(0, span)), int(draw.integers(1, 2048))
    return content[:place] + bytes(len(content[place : place + size])) + content[
        place + size :
    ], f"{size} bytes zero at {place}"
