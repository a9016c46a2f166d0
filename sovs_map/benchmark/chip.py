"""A sample's pixels: backscatter as `map` would feed it to the network, and classes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import rioxarray
import xarray as xr
from numpy.typing import NDArray

from sovs_map.benchmark.data_set import DataSet, Form
from sovs_map.benchmark.labels import read_labels, read_valid
from sovs_map.benchmark.sample import Sample
from sovs_map.errors import DataSetError, EmptySceneError
from sovs_map.scene import Scene, open_scene, read
from sovs_map.scene.raster import open_raster
from sovs_map.window import Window


@dataclass(frozen=True, slots=True, eq=False)
class Chip:
    """A sample in memory."""

    values: NDArray[np.float32]
    """Backscatter ``(band, row, col)`` [dB]; NaN in all bands where there is no data."""

    polarisations: tuple[str, ...]
    """Of each band."""

    calibrated: bool
    """Whether the level is absolute."""

    spacing_m: float
    """Pixel spacing on the ground [m]."""

    labels: NDArray[np.uint8]
    """Classes ``(row, col)``: 1…N numbers `DataSet.classes`, 0 is not counted; 0 where there is no data."""


def read_chip(data_set: DataSet, sample: Sample) -> Chip:
    """Return the pixels of a sample; nothing is cut off, resampled or normalised but by what `map` does.

    A picture is judged as one scene, so that windows of one picture get the same level. Pictures without any data come
    as NaN, and none of their pixels counts.

    Raises:
        SceneError: a picture cannot be used; the message says why.
        DataSetError: labels cannot be used, or do not fit the picture.
    """
    labels = read_labels(data_set, sample)
    polarisations = tuple(picture.polarisation for picture in sample.pictures)
    try:
        scene = open_sample(data_set, sample)
    except EmptySceneError:
        nothing = np.full((len(polarisations), *labels.shape), np.nan, np.float32)
        return Chip(nothing, polarisations, data_set.calibrated, data_set.spacing_m, np.zeros_like(labels))
    values = read(scene, sample.window or Window(0, 0, scene.height, scene.width))
    if values.shape[1:] != labels.shape:
        raise DataSetError(
            f"{sample.labels[0]} has {labels.shape[0]} x {labels.shape[1]} pixels and {sample.pictures[0].path} "
            f"{values.shape[1]} x {values.shape[2]}; they must share one grid"
        )
    valid = read_valid(sample)
    if valid is not None:
        values[:, ~valid] = np.nan
    labels[np.isnan(values[0])] = 0
    return Chip(values, scene.polarisations, scene.calibrated, scene.spacing_m or data_set.spacing_m, labels)


def open_sample(data_set: DataSet, sample: Sample) -> Scene:
    """Return the picture of a sample, all of it, as a scene.

    Raises:
        SceneError: it cannot be used.
    """
    scene = _open_complex(sample) if data_set.form is Form.COMPLEX else _open_bands(data_set, sample)
    if data_set.nodata is None:
        return scene
    declared = (band if band.nodata is not None else replace(band, nodata=data_set.nodata) for band in scene.bands)
    return replace(scene, bands=tuple(declared), border=None)


def _open_bands(data_set: DataSet, sample: Sample) -> Scene:
    """Open pictures of real numbers; bands are numbered on from file to file, as ``--bands`` has them."""
    files = tuple(dict.fromkeys(str(picture.path) for picture in sample.pictures))
    first, before = {}, 0
    for file in files:
        first[file] = before
        before += open_raster(file).count
    if sample.pictures[0].polarisation == "unknown":
        return _open_unnamed(data_set, sample, count=before)
    named = [(p.polarisation, first[str(p.path)] + p.band) for p in sample.pictures]
    return open_scene(files, bands=",".join(f"{name}={band}" for name, band in named), scale=data_set.scale)


def _open_unnamed(data_set: DataSet, sample: Sample, *, count: int) -> Scene:
    """Open the one band whose polarisation nothing tells; of a grey picture in three channels, the first."""
    picture = sample.pictures[0]
    if count == 1:
        return open_scene(picture.path, scale=data_set.scale)
    grey = rioxarray.open_rasterio(picture.path)[picture.band - 1].drop_vars("band")
    return open_scene(grey.rename(sample.scene), scale=data_set.scale)


def _open_complex(sample: Sample) -> Scene:
    """Open pictures of real and imaginary parts as their amplitude, which is computed where it is read."""
    planes = []
    for picture in sample.pictures:
        parts = rioxarray.open_rasterio(picture.path, chunks={"band": 2, "y": 1024, "x": 1024})
        real, imaginary = (parts[picture.band - 1 + part].astype("float32") for part in (0, 1))
        planes.append(np.hypot(real, imaginary))
    names = [picture.polarisation for picture in sample.pictures]
    return open_scene(xr.concat(planes, xr.Variable("band", names)).rename(sample.scene), scale="amplitude")
