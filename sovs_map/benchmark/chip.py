"""A sample's pixels: backscatter as `map` would feed it to the network, and classes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate

import dask.array as da
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from sovs_map.benchmark.data_set import DataSet, Form
from sovs_map.benchmark.labels import read_labels, read_valid
from sovs_map.benchmark.sample import Picture, Sample
from sovs_map.errors import DataSetError, EmptySceneError
from sovs_map.scene import Scene, open_scene, read
from sovs_map.scene.polarisation import UNKNOWN
from sovs_map.scene.raster import open_raster, read_raster, signature
from sovs_map.window import Window

SCENES = 4
"""Pictures that are kept opened for their other windows."""

CHUNK = 1024
"""Side of what is read at once of complex pictures [pixels]."""


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
    """Return the picture of a sample, all of it, as a scene; windows of one picture share the work.

    Raises:
        SceneError: it cannot be used.
    """
    files = tuple(str(picture.path) for picture in sample.pictures)
    scene = _open(data_set.form, data_set.scale, sample.pictures, tuple(map(signature, files)))
    if data_set.nodata is None:
        return scene
    declared = (band if band.nodata is not None else replace(band, nodata=data_set.nodata) for band in scene.bands)
    return replace(scene, bands=tuple(declared), border=None)


@lru_cache(maxsize=SCENES)
def _open(form: Form, scale: str, pictures: tuple[Picture, ...], _state: tuple[tuple[int, int], ...]) -> Scene:
    if form is Form.COMPLEX:
        return _open_complex(pictures)
    if pictures[0].polarisation == UNKNOWN:
        return _open_unnamed(pictures[0], scale)
    return _open_bands(pictures, scale)


def _open_bands(pictures: tuple[Picture, ...], scale: str) -> Scene:
    """Open pictures of real numbers; bands are numbered on from file to file, as ``--bands`` has them."""
    files = tuple(dict.fromkeys(str(picture.path) for picture in pictures))
    counts = [open_raster(file).count for file in files]
    first = dict(zip(files, accumulate(counts, initial=0), strict=False))
    bands = ",".join(f"{one.polarisation}={first[str(one.path)] + one.band}" for one in pictures)
    return open_scene(files, bands=bands, scale=scale)


def _open_unnamed(picture: Picture, scale: str) -> Scene:
    """Open the one band whose polarisation nothing tells; of a grey picture in three channels, the first."""
    source = open_raster(str(picture.path))
    if source.count == 1:
        return open_scene(picture.path, scale=scale)
    grey = read_raster(str(picture.path), (picture.band,), Window(0, 0, source.height, source.width))
    return open_scene(xr.DataArray(grey[0], dims=("y", "x"), name=picture.path.stem), scale=scale)


def _open_complex(pictures: tuple[Picture, ...]) -> Scene:
    """Open pictures of real and imaginary parts as their amplitude, which is computed where it is read."""
    planes = [da.from_array(_Amplitude(picture), chunks=CHUNK, name=False) for picture in pictures]
    names = [picture.polarisation for picture in pictures]
    amplitude = xr.DataArray(da.stack(planes), dims=("band", "y", "x"), coords={"band": names}, name="amplitude")
    return open_scene(amplitude, scale="amplitude")


class _Amplitude:
    """The amplitude of a picture, as an array of which only what is asked for is read."""

    dtype = np.dtype(np.float32)
    ndim = 2

    def __init__(self, picture: Picture) -> None:
        source = open_raster(str(picture.path))
        self.picture = picture
        self.shape = (source.height, source.width)

    def __getitem__(self, part: tuple[slice, slice]) -> NDArray[np.float32]:
        (top, bottom, _), (left, right, _) = (s.indices(n) for s, n in zip(part, self.shape, strict=True))
        parts = (self.picture.band, self.picture.band + 1)
        window = Window(top, left, bottom - top, right - left)
        real, imaginary = read_raster(str(self.picture.path), parts, window).astype(np.float32)
        return np.hypot(real, imaginary)
