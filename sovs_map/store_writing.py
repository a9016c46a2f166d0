"""A store of cells on disk: Zarr of version 3, georeferenced as CF and rioxarray do, readable by plain xarray."""

from __future__ import annotations

import warnings
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import numpy as np
import zarr
from numpy.typing import NDArray
from pyproj import CRS
from zarr.codecs import BloscCodec

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
    encode,
)
from sovs_map.errors import OutputError
from sovs_map.scene import Scene
from sovs_map.scene.store import LEVELS, PIXELS, Store, read_attributes, read_picture, read_vectors
from sovs_map.scene.stored import KEY, describe
from sovs_map.window import Window

LEVEL = 5
"""How hard blosc tries: more saves 2 % of the room and takes twice as long."""

REFERENCE = "spatial_ref"
"""What rioxarray calls the variable that holds the coordinate system."""


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """What a chunk adds to a store: whole squares of it, but for the last ones."""

    place: Window
    """Its cells."""

    cells: Cells
    """Their numbers, as they are stored."""

    backscatter: NDArray[np.float32]
    """Picture of its pixels ``(4 · rows, 4 · cols)`` [dB], NaN without data."""


def create_store(scene: Scene, store: Store, *, basis: NDArray[np.float32], attributes: int, guide: int) -> None:
    """Make an empty store.

    Args:
        scene: what is embedded.
        store: how, and a folder that is not there.
        basis: directions ``(dim, dim)`` that the vectors are told along.
        attributes: how many of them a cell has.
        guide: how many numbers guide the decoder.

    Raises:
        OutputError: no space, no permission.
    """
    try:
        root = zarr.open_group(store.path, mode="w-", zarr_format=3, attributes={KEY: describe(scene, store)})
        whole, side = store.cells(scene.height, scene.width), store.stride // CELL
        _reference(root, scene, store, cell=CELL, cells=whole)
        _array(root, "vectors", VECTORS, (store.dim, whole.height, whole.width), side, ("feature", "y", "x"))
        _array(root, "attributes", ATTRIBUTES, (attributes, whole.height, whole.width), side, ("attribute", "y", "x"))
        _array(root, "guide", GUIDE, (guide, whole.height, whole.width), side, ("filter", "y", "x"))
        _array(root, "backscatter", BACKSCATTER, (whole.height, whole.width), side, ("y", "x"))
        _plain(root, "basis", basis, ("component", "feature"))
        pixels, fine = root.create_group(PIXELS), Window(0, 0, whole.height * CELL, whole.width * CELL)
        _reference(pixels, scene, store, cell=1, cells=fine)
        _array(pixels, "backscatter", BACKSCATTER, (fine.height, fine.width), store.stride, ("y", "x"))
        for level in LEVELS:
            cells = _coarser(whole, level)
            group = root.create_group(f"level_{level}")
            _reference(group, scene, store, cell=level, cells=cells)
            _array(group, "vectors", VECTORS_AFAR, (store.dim, cells.height, cells.width), side, ("feature", "y", "x"))
            _array(
                group,
                "attributes",
                ATTRIBUTES_AFAR,
                (attributes, cells.height, cells.width),
                side,
                ("attribute", "y", "x"),
            )
            _array(group, "backscatter", BACKSCATTER, (cells.height, cells.width), side, ("y", "x"))
    except OSError as error:
        raise OutputError(f"{store.path} cannot be written: {error.strerror}; choose another place with -o") from error


def finish_store(scene: Scene, store: Store) -> None:
    """Write anew what a store says of its scene, and gather what its arrays say, so that readers open one file.

    Raises:
        OutputError: no space, no permission.
    """
    try:
        zarr.open_group(store.path, mode="r+", zarr_format=3).attrs[KEY] = describe(scene, store)
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", zarr.errors.ZarrUserWarning
            )  # no part of the specification yet; xarray asks for it
            zarr.consolidate_metadata(store.path, zarr_format=3)
    except OSError as error:
        raise OutputError(
            f"{store.path} cannot be written: {error.strerror}; free some space and run the same command again"
        ) from error


def write_piece(store: Store, piece: Piece) -> None:
    """Write what a chunk adds; it owns the squares that it writes.

    Raises:
        OutputError: no space, no permission.
    """
    rows, cols = piece.place.slices
    fine = tuple(slice(part.start * CELL, part.stop * CELL) for part in (rows, cols))
    try:
        for name, values in (
            ("vectors", piece.cells.vectors),
            ("attributes", piece.cells.attributes),
            ("guide", piece.cells.guide),
        ):
            _open(store, name)[:, rows, cols] = values
        _open(store, "backscatter")[rows, cols] = _grey(_mean(piece.backscatter, CELL))
        _open(store, f"{PIXELS}/backscatter")[fine] = _grey(piece.backscatter)
    except OSError as error:
        raise OutputError(
            f"{store.path} cannot be written: {error.strerror}; free some space and run the same command again"
        ) from error


def _grey(backscatter: NDArray[np.float32]) -> NDArray[np.integer]:
    missing = np.isnan(backscatter)
    return encode(np.where(missing, np.float32(0), backscatter), BACKSCATTER, missing=missing)


def write_levels(store: Store, cells: Window, pool: Executor) -> None:
    """Write the coarser cells, means of those that are there.

    Args:
        store: all of whose cells are written.
        cells: all of them.
        pool: whose threads do it.

    Raises:
        OutputError: no space, no permission.
    """
    finer = CELL
    for level in LEVELS:
        whole, side = _coarser(cells, level), store.stride // CELL
        places = (
            Window(row, col, side, side) & whole
            for row in range(0, whole.height, side)
            for col in range(0, whole.width, side)
        )
        for _ in pool.map(partial(_write_level, store, finer, level), places):
            pass
        finer = level


def _write_level(store: Store, finer: int, level: int, place: Window) -> None:
    factor, within = level // finer, _open(store, _named(finer, "backscatter")).shape
    source = Window(place.row * factor, place.col * factor, place.height * factor, place.width * factor) & Window(
        0, 0, *within
    )
    rows, cols = place.slices
    parts = (
        ("vectors", VECTORS_AFAR, read_vectors(store, source, level=finer)),
        ("attributes", ATTRIBUTES_AFAR, read_attributes(store, source, level=finer)),
        ("backscatter", BACKSCATTER, decode(read_picture(store, source, level=finer), BACKSCATTER)),
    )
    try:
        for name, coding, values in parts:
            mean = _mean(values, factor)
            missing = np.isnan(mean if mean.ndim == 2 else mean[0])
            _open(store, f"level_{level}/{name}")[..., rows, cols] = encode(
                np.where(np.isnan(mean), 0, mean), coding, missing=missing
            )
    except OSError as error:
        raise OutputError(
            f"{store.path} cannot be written: {error.strerror}; free some space and run the same command again"
        ) from error


def _named(level: int, name: str) -> str:
    return name if level == CELL else f"level_{level}/{name}"


def _mean(values: NDArray[np.float32], factor: int) -> NDArray[np.float32]:
    """Return the means of squares of ``(…, rows, cols)`` that are no NaN, NaN where all are; a last square may be cut."""
    *lead, rows, cols = values.shape
    short = ((0, 0),) * len(lead) + ((0, -rows % factor), (0, -cols % factor))
    whole = np.pad(values, short, constant_values=np.nan)
    squares = whole.reshape(*lead, whole.shape[-2] // factor, factor, whole.shape[-1] // factor, factor)
    known = ~np.isnan(squares)
    count = known.sum((-3, -1))
    total = np.where(known, squares, 0).sum((-3, -1))
    return np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(np.float32)


def _coarser(cells: Window, level: int) -> Window:
    factor = level // CELL
    return Window(0, 0, -(-cells.height // factor), -(-cells.width // factor))


def _plain(group: zarr.Group, name: str, values: NDArray[np.floating], dimensions: tuple[str, ...]) -> None:
    array = group.create_array(
        name, shape=values.shape, chunks=values.shape, dtype=values.dtype, dimension_names=dimensions
    )
    array[...] = values


def _array(
    group: zarr.Group, name: str, coding: Coding, shape: tuple[int, ...], side: int, dimensions: tuple[str, ...]
) -> None:
    """Make an array whose numbers xarray decodes by itself."""
    cf = {"scale_factor": coding.step, "add_offset": coding.offset, "_FillValue": coding.missing}
    group.create_array(
        name,
        shape=shape,
        chunks=(*shape[:-2], side, side),
        dtype=coding.dtype,
        fill_value=coding.missing,
        compressors=BloscCodec(cname=coding.packing, clevel=LEVEL, shuffle=coding.shuffle),
        dimension_names=dimensions,
        attributes=cf | {"grid_mapping": REFERENCE, "coordinates": REFERENCE},
    )


def _reference(group: zarr.Group, scene: Scene, store: Store, *, cell: int, cells: Window) -> None:
    """Write where the cells of a group lie: the coordinate system, its transform, and the middles of rows and columns.

    Source:
        CF conventions 1.11, section 5.6; https://corteva.github.io/rioxarray/stable/getting_started/crs_management.html
    """
    place = scene.georeference
    a, b, c, d, e, f = place.transform
    left, top = c + a * store.col + b * store.row, f + d * store.col + e * store.row
    attributes: dict[str, Any] = {
        "GeoTransform": " ".join(map(str, (left, a * cell, b * cell, top, d * cell, e * cell)))
    }
    if place.crs is not None:
        attributes |= CRS.from_wkt(place.crs).to_cf() | {REFERENCE: place.crs}
    reference = group.create_array(REFERENCE, shape=(), dtype="int64", attributes=attributes)
    reference[...] = 0
    for name, count, first, step in (("y", cells.height, top, e * cell), ("x", cells.width, left, a * cell)):
        values = first + step * (np.arange(count) + 0.5)
        axis = group.create_array(
            name,
            shape=(count,),
            chunks=(max(count, 1),),
            dtype="float64",
            dimension_names=(name,),
            attributes={"axis": name.upper()},
        )
        axis[:] = values


def _open(store: Store, name: str) -> zarr.Array[Any]:
    return _opened(store.path, name, store.question)


@lru_cache(maxsize=64)
def _opened(path: str, name: str, _question: str) -> zarr.Array[Any]:
    return zarr.open_array(path, path=name, mode="r+", zarr_format=3)
