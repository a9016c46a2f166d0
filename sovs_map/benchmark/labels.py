"""Label files of any data set → numbers of its classes."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import rasterio
import rasterio.features
from numpy.typing import NDArray
from rasterio.transform import Affine
from shapely.errors import GEOSException
from shapely.geometry import shape

from sovs_map.benchmark.data_set import DataSet, Labelling
from sovs_map.benchmark.native_class import RGB
from sovs_map.benchmark.sample import Sample
from sovs_map.errors import DataSetError, SceneError
from sovs_map.scene.raster import open_raster, read_raster
from sovs_map.window import Window


def read_labels(data_set: DataSet, sample: Sample) -> NDArray[np.uint8]:
    """Return the class of each pixel of a sample.

    Returns:
        Shape ``(row, col)``: 1…N numbers `DataSet.classes`; 0 where a class is not evaluated, or `Sample.valid` is not 1.

    Raises:
        DataSetError: a label file is missing or unreadable, or holds a number that is no class's code.
    """
    if not sample.labels:
        raise DataSetError(f"{data_set.name}: {sample.name} has no labels. {_lack(data_set)}")
    match data_set.labelling:
        case Labelling.CODES:
            labels = _from_codes(data_set, _read(sample.labels[0], sample.window)[0], sample.labels[0])
        case Labelling.COLOURS:
            labels = _from_colours(data_set, sample.labels[0], sample.window)
        case Labelling.MASKS:
            labels = _from_masks(data_set, sample)
        case Labelling.POLYGONS:
            labels = _from_polygons(data_set, sample)
    if sample.valid is not None:
        valid = _read(sample.valid, sample.window)[0]
        if valid.shape != labels.shape:
            raise DataSetError(_sizes(sample.valid, valid.shape, sample.labels[0], labels.shape))
        labels[valid != 1] = 0
    return labels


def read_valid(sample: Sample) -> NDArray[np.bool_] | None:
    """Return where a sample's own mask says that it counts, shape ``(row, col)``; None when it has none."""
    return None if sample.valid is None else _read(sample.valid, sample.window)[0] == 1


def read_key(data_set: DataSet, file: Path) -> DataSet:
    """Return a data set whose classes have the colours of a CSV (red, green, blue, class).

    Classes named ``ignore`` are not evaluated.

    Raises:
        DataSetError: a column, colour or class of the file is none.
    """
    names: dict[str, list[RGB]] = {name: [] for name in (*(one.name for one in data_set.classes), "ignore")}
    with file.open(newline="", encoding="utf-8-sig") as text:  # spreadsheets begin it with a mark
        for row in csv.DictReader(text):
            name = row.get("class") or ""
            colour = tuple(row.get(channel) or "" for channel in ("red", "green", "blue"))
            if name not in names or not all(value.isdecimal() and int(value) < 256 for value in colour):
                raise DataSetError(
                    f"{file} has the line {row}; needed are columns red, green, blue (0 to 255) and class, one of: "
                    f"{', '.join(names)}"
                )
            names[name].append((int(colour[0]), int(colour[1]), int(colour[2])))
    without = [one.name for one in data_set.classes if not names[one.name]]
    if without:
        raise DataSetError(f"{file} gives no colour to {', '.join(without)}; give one to each class")
    classes = (replace(one, colours=tuple(names[one.name])) for one in data_set.classes)
    ignored = replace(
        data_set.classes[0], name="ignore", leaves=frozenset(), prompts=(), colours=tuple(names["ignore"])
    )
    return replace(data_set, classes=(*classes, *((ignored,) if ignored.colours else ())))


def _lack(data_set: DataSet) -> str:
    if data_set.key:
        return (
            f"What its colours mean is published nowhere that could be read; write it, from the authors' paper, into "
            f"{data_set.key} (columns red,green,blue,class) in the data set's folder"
        )
    return "Its label file is missing; sovs-map benchmark check says which"


def _read(path: Path, window: Window | None) -> NDArray[np.generic]:
    """Return all bands of a label raster, shape ``(band, row, col)``."""
    try:
        # Without it GDAL lists the folder for each label, and there may be fifty thousand in it.
        with rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR"):
            source = open_raster(str(path))
            part = window or Window(0, 0, source.height, source.width)
            return read_raster(str(path), tuple(source.indexes), part)
    except SceneError as error:
        raise DataSetError(f"the labels {path} cannot be read: {error}") from error


def _numbers(data_set: DataSet) -> NDArray[np.uint8]:
    """Return the chip's number of each class by its place, 0 for those not evaluated, shape ``(classes,)``."""
    return np.array([place if one.counts else 0 for place, one in enumerate(data_set.classes, 1)], np.uint8)


def _from_codes(data_set: DataSet, codes: NDArray[np.generic], path: Path) -> NDArray[np.uint8]:
    whole = codes.astype(np.int64)
    if codes.dtype.kind == "f" and not (whole == codes).all():
        wrong = codes[whole != codes][0]
        raise DataSetError(f"{path} holds {wrong}; labels of {data_set.name} are whole numbers")
    least, most = int(whole.min()), int(whole.max())
    known = {
        code: number for one, number in zip(data_set.classes, _numbers(data_set), strict=True) for code in one.codes
    }
    table = np.full(most - least + 1, 255, np.uint8) if most - least < 1 << 17 else np.zeros(0, np.uint8)
    for code, number in known.items():
        if least <= code <= most and table.size:
            table[code - least] = number
    labels = table[whole - least] if table.size else np.full(whole.shape, 255, np.uint8)
    strange = whole[labels == 255]
    if strange.size:
        value = next((int(one) for one in strange if int(one) not in known), int(strange[0]))
        listed = ", ".join(map(str, sorted(known)))
        raise DataSetError(
            f"{path} holds the label {value} in {np.mean(whole == value):.1%} of its pixels; {data_set.name} has the "
            f"codes {listed}. Is it another data set, or another edition of it?"
        )
    return labels


def _from_colours(data_set: DataSet, path: Path, window: Window | None) -> NDArray[np.uint8]:
    """Return the class with the nearest colour: compression shifts colours a little."""
    painted = _painted(path, _read(path, window))
    code = painted[0].astype(np.int64) << 16 | painted[1].astype(np.int64) << 8 | painted[2].astype(np.int64)
    found, back = np.unique(code, return_inverse=True)
    pixels = np.stack([found >> 16, found >> 8 & 255, found & 255], axis=1)
    pairs = [(c, n) for one, n in zip(data_set.classes, _numbers(data_set), strict=True) for c in one.colours]
    palette = np.array([colour for colour, _ in pairs], np.int64)
    nearest = np.square(pixels[:, None] - palette[None]).sum(2).argmin(1)
    return np.array([number for _, number in pairs], np.uint8)[nearest][back.reshape(code.shape)]


def _painted(path: Path, stored: NDArray[np.generic]) -> NDArray[np.generic]:
    """Return red, green and blue of a coloured raster, by its palette where it has one."""
    if len(stored) >= 3 and stored.dtype == np.uint8:
        return stored[:3]
    colours = open_raster(str(path))
    if len(stored) == 1 and stored.dtype == np.uint8 and colours.colorinterp[0].name == "palette":
        table = np.zeros((256, 3), np.uint8)
        for value, (red, green, blue, _) in colours.colormap(1).items():
            table[value] = red, green, blue
        return np.moveaxis(table[stored[0]], -1, 0)
    raise DataSetError(
        f"{path} has {len(stored)} band(s) of {stored.dtype} without a palette; needed are labels in colours, 8 bits of "
        "red, green and blue"
    )


def _from_masks(data_set: DataSet, sample: Sample) -> NDArray[np.uint8]:
    codes = np.zeros(_read(sample.labels[0], sample.window)[0].shape, np.uint8)
    for code, path in enumerate(sample.labels, 1):
        mask = _read(path, sample.window)[0]
        if mask.shape != codes.shape:
            raise DataSetError(_sizes(path, mask.shape, sample.labels[0], codes.shape))
        strange = sorted(set(np.unique(mask).tolist()) - {0, 1, 255})
        if strange:
            raise DataSetError(f"{path} holds {strange[0]}; a mask of {data_set.name} holds 0 and 255, or 0 and 1")
        codes[mask > 0] = code
    return _from_codes(data_set, codes, sample.labels[0])


def _from_polygons(data_set: DataSet, sample: Sample) -> NDArray[np.uint8]:
    grid = open_raster(str(sample.pictures[0].path))
    path = sample.labels[0]
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        shapes = [shape(one["geometry"]) for one in document["features"] if one["geometry"]]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, GEOSException) as error:
        raise DataSetError(f"{path} is no GeoJSON of polygons ({type(error).__name__}: {error})") from error
    solid = [one for one in shapes if not one.is_empty]
    codes = np.zeros(grid.shape, np.uint8)
    if solid:
        codes = rasterio.features.rasterize(
            solid, out_shape=grid.shape, transform=Affine(*grid.transform[:6]), dtype="uint8"
        )
    rows, cols = (sample.window or Window(0, 0, *grid.shape)).slices
    return _from_codes(data_set, codes[rows, cols], path)


def _sizes(path: Path, found: Sequence[int], other: Path, needed: Sequence[int]) -> str:
    return f"{path} has {found[0]} x {found[1]} pixels and {other} {needed[0]} x {needed[1]}; they must share one grid"
