"""Valid small rasters in the ways that GeoTIFFs are written, and damage that knows what a directory of tags is."""

from __future__ import annotations

import struct
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import rasterio
from affine import Affine
from rasterio.control import GroundControlPoint
from rasterio.shutil import copy

from fuzzing.scrambling import ODD_NUMBERS, Bytes

PLACE = Affine(20.0, 0.0, 500_000.0, 0.0, -20.0, 4_900_000.0)

VARIANTS: tuple[tuple[str, str, dict[str, object]], ...] = (
    ("striped 8 bit", "uint8", {}),
    ("striped 16 bit LZW", "uint16", {"compress": "lzw", "predictor": 2}),
    ("tiled float deflate", "float32", {"tiled": True, "compress": "deflate", "predictor": 3}),
    ("tiled 8 bit JPEG", "uint8", {"tiled": True, "compress": "jpeg"}),
    ("tiled 16 bit ZSTD, bands apart", "uint16", {"tiled": True, "compress": "zstd", "interleave": "band"}),
    ("striped float BigTIFF", "float32", {"bigtiff": "yes"}),
    ("striped float, big end first", "float32", {"endianness": "big"}),
    ("COG", "float32", {"driver": "COG"}),
    ("control points", "uint16", {"gcps": True}),
    ("large", "uint8", {"tiled": True, "compress": "deflate", "large": True}),
    ("mask, nodata and scale", "uint16", {"tiled": True, "compress": "deflate", "mask": True, "nodata": 0}),
)

ODD_ASCII = (
    b"nan",
    b"-nan",
    b"inf",
    b"1e999",
    b"-1e999",
    b"abc",
    b"",
    b"0",
    b"-9999",
    b"1e-320",
    b"99999999999999999999",
)

ODD_DOUBLES = (np.nan, np.inf, -np.inf, 0.0, -0.0, 1e308, 5e-324, -1e308, 1e-300)

SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 12: 8, 16: 8}
"""Bytes of a value by the number of its type."""


@cache
def valid(variant: int) -> bytes:
    """Return a valid file of two bands: 96 × 112 pixels, or so many that opening it doesn't read all of them."""
    _, dtype, told = VARIANTS[variant]
    options = dict(told)
    draw = np.random.default_rng(variant)
    power = draw.gamma(4, 0.02, (2, 112, 96)) * np.linspace(0.3, 3, 96)
    values = (power if dtype == "float32" else np.sqrt(power) * (60 if dtype == "uint8" else 400)).astype(dtype)
    cog, gcps, mask = options.pop("driver", "") == "COG", options.pop("gcps", False), options.pop("mask", False)
    if options.pop("large", False):
        values = np.tile(values, (1, 14, 32))
    _, height, width = values.shape
    if options.get("tiled"):
        side = 32 if width == 96 else 128
        options |= {"blockxsize": side, "blockysize": side}
    placed = {} if gcps else {"crs": "EPSG:32631", "transform": PLACE}
    with TemporaryDirectory() as folder, rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True):
        path = Path(folder) / "a.tif"
        shape = {"driver": "GTiff", "count": 2, "height": height, "width": width, "dtype": dtype}
        with rasterio.open(path, "w", **shape, **placed, **options) as target:
            target.write(values)
            target.descriptions = ("VV", "VH")
            if gcps:
                corners = [(row, col) for row in (0, 56, 112) for col in (0, 48, 96)]
                points = [
                    GroundControlPoint(row, col, 3 + col / 5000 + row / 9e4, 44 - row / 5000, 0) for row, col in corners
                ]
                target.gcps = (points, rasterio.CRS.from_epsg(4326))
            if mask:
                target.write_mask(values[0] > 40)
                target.scales, target.offsets = (0.5, 0.5), (1.0, 1.0)
        if cog:
            copy(path, Path(folder) / "c.tif", driver="COG", blocksize=128, compress="deflate", overview_count=2)
            path = Path(folder) / "c.tif"
        return path.read_bytes()


def scramble_tags(content: bytes, draw: np.random.Generator) -> Bytes:
    """Return a little-endian TIFF with one entry of its first directory changed, or the chain of directories bent."""
    big = content[2:4] == b"\x2b\0"
    if content[:2] != b"II":
        return content[:4] + b"\xff\xff\xff\x7f" + content[8:], "the first directory lies beyond the file"
    word, size, head = ("<Q", 20, 8) if big else ("<I", 12, 2)
    first = struct.unpack_from(word, content, 8 if big else 4)[0]
    count = struct.unpack_from("<Q" if big else "<H", content, first)[0]
    if draw.random() < 0.1:
        place, target = first + head + size * count, int(draw.choice([first, 8, 2, len(content) - 2]))
        return _put(content, place, struct.pack(word, target)), f"the next directory lies at {target}"
    place = first + head + size * int(draw.integers(count))
    tag, kind = struct.unpack_from("<HH", content, place)
    values = struct.unpack_from(word, content, place + 4)[0]
    at = place + size - struct.calcsize(word)
    if SIZES.get(kind, 4) * values > struct.calcsize(word):
        at = struct.unpack_from(word, content, at)[0]
    if draw.random() < 0.25:
        part, form = ((2, "<H"), (4, word), (size - struct.calcsize(word), word))[draw.integers(3)]
        number = ODD_NUMBERS[draw.integers(len(ODD_NUMBERS))] % (1 << (8 * struct.calcsize(form)))
        return _put(
            content, place + part, struct.pack(form, number)
        ), f"tag {tag}: {number:#x} at byte {part} of its entry"
    return _odd_value(content, draw, tag=tag, kind=kind, at=at, values=values)


def _odd_value(content: bytes, draw: np.random.Generator, *, tag: int, kind: int, at: int, values: int) -> Bytes:
    if kind == 2:
        odd = ODD_ASCII[draw.integers(len(ODD_ASCII))] + b"\0"
        return _put(content, at, odd[:values]), f"tag {tag}: {odd!r}"
    place = at + SIZES.get(kind, 4) * int(draw.integers(max(min(values, 64), 1)))
    if kind == 12:
        number = ODD_DOUBLES[draw.integers(len(ODD_DOUBLES))]
        return _put(content, place, struct.pack("<d", number)), f"tag {tag}: {number}"
    form = {2: "<H", 4: "<I", 8: "<Q", 1: "<B"}[SIZES.get(kind, 4)]
    odd_number = ODD_NUMBERS[draw.integers(len(ODD_NUMBERS))] if draw.random() < 0.6 else int(draw.integers(1 << 14))
    odd_number %= 1 << (8 * struct.calcsize(form))
    return _put(content, place, struct.pack(form, odd_number)), f"tag {tag}: {odd_number:#x}"


def _put(content: bytes, place: int, put: bytes) -> bytes:
    return content[:place] + put + content[place + len(put) :]
