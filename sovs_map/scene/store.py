"""The store of a scene that was embedded: where its cells lie, how they were made, and how they are read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sovs_map.cells import (
    ATTRIBUTES,
    ATTRIBUTES_AFAR,
    BACKSCATTER,
    CELL,
    GUIDE,
    VECTORS,
    VECTORS_AFAR,
    Cells,
    Coding,
    decode,
)
from sovs_map.errors import BrokenBlocksError, SceneError
from sovs_map.window import Window

if TYPE_CHECKING:
    import zarr
    from numcodecs import Blosc

PIXELS = "pixels"
"""Group of the picture in the scene's own pixels; the root holds the cells."""

SUFFIX = ".zarr"
"""How names of stores end."""

LEVELS = (8, 16, 32, 64, 128)
"""Sides of the squares of pixels that the coarser cells stand for, in groups of their own, for pictures from afar."""


@dataclass(frozen=True, slots=True)
class Store:
    """Where a scene's cells lie, and how they were made."""

    path: str
    """Folder of the store."""

    model: str
    """Name of the bundle whose network made it."""

    bundle_hash: str
    """SHA-256 that identifies the bundle; words of another one mean nothing here."""

    dim: int
    """Components of a vector."""

    tile: int
    """Side of the tiles that the network saw [pixels]."""

    overlap: int
    """How far they overlapped [pixels]."""

    row: int
    """Row of the scene where the first cell begins, 0 or less."""

    col: int
    """Column of the scene where the first cell begins, 0 or less."""

    broken: tuple[Window, ...]
    """Windows of the scene that could not be read."""

    question: str
    """SHA-256 of everything that the store depends on."""

    @property
    def stride(self) -> int:
        """Return the side of the squares that are stored, and decoded, as one [pixels]; a multiple of CELL."""
        return self.tile - self.overlap

    def cells(self, height: int, width: int) -> Window:
        """Return all cells of a scene of this size."""
        return Window(0, 0, -((self.row - height) // CELL), -((self.col - width) // CELL))


def is_store(path: str) -> bool:
    """Tell whether a path is a Zarr group of version 3."""
    try:
        return (Path(path) / "zarr.json").is_file()
    except OSError:  # a name that is too long
        return False


def read_square(store: Store, row: int, col: int) -> Cells:
    """Return a square of cells, the last ones made up with missing ones.

    Args:
        store: what was seen.
        row: number of the square from the top.
        col: number of the square from the left.

    Raises:
        BrokenBlocksError: a part of the store is damaged.
    """
    return Cells(
        _piece(store, "vectors", VECTORS, row, col),
        _piece(store, "attributes", ATTRIBUTES, row, col),
        _piece(store, "guide", GUIDE, row, col),
    )


def read_basis(store: Store) -> NDArray[np.float32]:
    """Return the orthonormal directions ``(dim, dim)`` that the vectors are told along, a column each.

    Raises:
        BrokenBlocksError: a part of the store is damaged.
    """
    try:
        return np.asarray(_array(store.path, "basis", store.question)[:])
    except (KeyError, OSError, RuntimeError, ValueError) as error:
        raise _damaged(store, "basis", error) from error


def read_vectors(store: Store, window: Window, *, level: int, every: int = 1) -> NDArray[np.float32]:
    """Return the vectors ``(dim, rows, cols)`` of a window of cells, NaN where the network has not looked.

    Args:
        store: what was seen.
        window: of cells.
        level: pixels along their sides: CELL or one of LEVELS.
        every: of so many cells along a side the first one is returned.

    Raises:
        BrokenBlocksError: a part of the store is damaged.
    """
    coding = VECTORS if level == CELL else VECTORS_AFAR
    return decode(_read(store, _at(level, "vectors"), coding, window)[:, ::every, ::every], coding)


def read_attributes(store: Store, window: Window, *, level: int, every: int = 1) -> NDArray[np.float32]:
    """Return the attributes ``(12, rows, cols)`` of a window of cells; see `read_vectors`."""
    coding = ATTRIBUTES if level == CELL else ATTRIBUTES_AFAR
    return decode(_read(store, _at(level, "attributes"), coding, window)[:, ::every, ::every], coding)


def read_picture(store: Store, window: Window, *, level: int = 1) -> NDArray[np.uint8]:
    """Return the picture ``(rows, cols)`` of a window of pixels, or of cells of ``level`` pixels a side, as BACKSCATTER.

    Raises:
        BrokenBlocksError: a part of the store is damaged.
    """
    return _read(store, _at(level, "backscatter"), BACKSCATTER, window)


def _at(level: int, name: str) -> str:
    return {1: f"{PIXELS}/{name}", CELL: name}.get(level, f"level_{level}/{name}")


def _read(store: Store, name: str, coding: Coding, window: Window) -> NDArray[Any]:
    """Return a window of an array, missing where the array has no more cells."""
    *lead, height, width = _form(store.path, name, store.question)[0]
    out = np.empty((*lead, window.height, window.width), coding.dtype)
    for row in range(window.row // height, -(-window.bottom // height)):
        for col in range(window.col // width, -(-window.right // width)):
            place = Window(row * height, col * width, height, width)
            shared = place & window
            piece = _piece(store, name, coding, row, col)
            out[..., *shared.relative_to(window).slices] = piece[..., *shared.relative_to(place).slices]
    return out


def _piece(store: Store, name: str, coding: Coding, row: int, col: int) -> NDArray[Any]:
    """Return a piece of an array as it lies on disk.

    Its file is read directly: for pieces this small Zarr's own way, whose threads wait for each other, takes longer than
    what is done with them.

    Source:
        https://zarr-specs.readthedocs.io/en/latest/v3/chunk-key-encodings/default/index.html
    """
    shape, codec = _form(store.path, name, store.question)
    lead = "0/" * (len(shape) - 2)
    try:
        with open(f"{store.path}/{name}/c/{lead}{row}/{col}", "rb") as file:  # noqa: PTH123 - a third of the time
            content = file.read()
    except FileNotFoundError:  # nothing is there that is not missing
        return np.full(shape, coding.missing, coding.dtype)
    except OSError as error:
        raise _damaged(store, name, error) from error
    out = np.empty(shape, coding.dtype)
    try:
        codec.decode(content, out)
    except (RuntimeError, ValueError) as error:
        raise _damaged(store, name, error) from error
    return out


@lru_cache(maxsize=64)
def _form(path: str, name: str, _question: str) -> tuple[tuple[int, ...], Blosc]:
    """Return the shape of the pieces of an array, and what decodes them."""
    from numcodecs import Blosc  # noqa: PLC0415 - comes with zarr, which takes a while to load

    array = _array(path, name, _question)
    if [type(codec).__name__ for codec in getattr(array.metadata, "codecs", ())] != ["BytesCodec", "BloscCodec"]:
        raise SceneError(
            f"{path}: {name} was stored anew by another program; embed the scene again with: sovs-map embed SCENE -o {path}"
        )
    return array.chunks, Blosc()


def _damaged(store: Store, name: str, error: Exception) -> BrokenBlocksError:
    return BrokenBlocksError(
        f"{store.path} is damaged: {name} cannot be read ({error}); embed the scene again with: "
        f"sovs-map embed SCENE -o {store.path}"
    )


@lru_cache(maxsize=64)
def _array(path: str, name: str, _question: str) -> zarr.Array[Any]:
    try:
        return open_group(path)[name]  # type: ignore[return-value]
    except KeyError as error:
        raise SceneError(f"{path} has no {name}; embed the scene again with: sovs-map embed SCENE -o {path}") from error


def open_group(path: str) -> zarr.Group:
    """Return the root of a store.

    Raises:
        SceneError: it is none.
    """
    import zarr  # noqa: PLC0415 - takes a while to load, and few scenes are stores

    try:
        return zarr.open_group(path, mode="r", zarr_format=3)
    except (OSError, ValueError) as error:
        raise SceneError(
            f"{path} cannot be opened as a Zarr group ({error}); needed is a store made with: sovs-map embed SCENE -o {path}"
        ) from error
