"""What xarray DataArrays say about themselves."""

from __future__ import annotations

import hashlib
import re

import numpy as np
import rioxarray  # noqa: F401 - registers the accessor .rio
import xarray as xr
from numpy.typing import NDArray

from sovs_map.errors import SceneError
from sovs_map.scene.array import ArraySource, band_first
from sovs_map.scene.georeference import Georeference, affine_georeference
from sovs_map.scene.layer import TELLS_POLARISATION, TELLS_SCALE, Layer, Source, notes
from sovs_map.scene.polarisation import polarisations_in
from sovs_map.scene.scene import Mask


def inspect_array(array: xr.DataArray) -> Source:
    """Return what an array says about itself, without computing a pixel.

    Raises:
        SceneError: its axes aren't a scene's, or it holds complex numbers.
    """
    source = band_first(array)
    array = source.array
    if array.dtype.kind not in "iuf":
        raise SceneError(f"The array holds {array.dtype} numbers; needed are real ones, such as abs(array)")
    count, height, width = array.shape
    name = str(array.name) if array.name is not None else "scene"
    chunks = array.chunks
    georeference, remarks = _array_georeference(source)
    return Source(
        label=f"array {name}",
        stem=re.sub(r"[^\w.-]+", "_", name),
        height=height,
        width=width,
        block=(height, width) if chunks is None else (chunks[1][0], chunks[2][0]),
        georeference=georeference,
        layers=tuple(_array_layer(source, index) for index in range(1, count + 1)),
        polarisation_note=notes(array.attrs.items(), TELLS_POLARISATION),
        remarks=remarks,
        fingerprint=_array_fingerprint(array),
    )


def _array_georeference(source: ArraySource) -> tuple[Georeference, tuple[str, ...]]:
    found = source.array.rio.crs
    return affine_georeference("The array", found.to_wkt() if found else None, _array_transform(source.array))


def _array_transform(array: xr.DataArray) -> tuple[float, ...]:
    """Return the transform that an array's coordinates tell, else the one that rioxarray left, else the identity.

    Coordinates come first, because slicing an array moves them but not what rioxarray left.
    """
    _, row, col = array.dims
    stored = array.coords["spatial_ref"].attrs.get("GeoTransform") if "spatial_ref" in array.coords else None
    c, a, b, f, d, e = map(float, stored.split()) if stored else (0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
    if row not in array.coords or col not in array.coords:
        return a, b, c, d, e, f
    x, y = (np.asarray(array.coords[axis].values, np.float64) for axis in (col, row))
    along_x, along_y = _step(x, otherwise=a), _step(y, otherwise=e)
    if along_x is None or along_y is None:
        raise SceneError(
            f"The coordinates {col} and {row} are not evenly spaced; needed is a regular grid. "
            "Make one with: array.rio.reproject(crs), or drop the coordinates to map in pixels"
        )
    return along_x, 0.0, float(x[0]) - along_x / 2, 0.0, along_y, float(y[0]) - along_y / 2


def _step(centres: NDArray[np.float64], *, otherwise: float) -> float | None:
    """Return the distance of pixel centres along an axis, None when it varies by more than a tenth of itself."""
    if len(centres) < 2:
        return otherwise
    step = float(centres[-1] - centres[0]) / (len(centres) - 1)
    even = np.allclose(np.diff(centres), step, rtol=0.1, atol=0)
    return step if even and step != 0.0 else None


def _array_layer(source: ArraySource, index: int) -> Layer:
    array = source.array
    label, described = _label(array, index), array.attrs.get("long_name", "")
    if isinstance(described, (tuple, list)):
        described = described[index - 1] if len(described) == array.shape[0] else ""
    nodata = array.rio.nodata
    return Layer(
        source=source,
        index=index,
        dtype=str(array.dtype),
        description=label if polarisations_in(label) else f"{described or label}",
        notes=notes(array.attrs.items(), TELLS_SCALE) + f" {array.name}",
        polarisation_note=label,
        colour="",
        gain=float(array.attrs.get("scale_factor", 1.0)),
        bias=float(array.attrs.get("add_offset", 0.0)),
        nodata=None if nodata is None else float(nodata),
        mask=Mask.NONE,
        alpha=0,
    )


def _label(array: xr.DataArray, index: int) -> str:
    """Return the coordinate of one layer along the first axis, empty when it is a mere number or missing."""
    axis = array.dims[0]
    if axis not in array.coords:
        return ""
    value = np.atleast_1d(array.coords[axis].values)[index - 1]
    return value if isinstance(value, str) else ""


def _array_fingerprint(array: xr.DataArray) -> str:
    token = hashlib.sha256()
    for name, coordinate in sorted(array.coords.items(), key=lambda item: str(item[0])):
        token.update(f"{name} {coordinate.dims} {coordinate.dtype}".encode())
        values = coordinate.values
        token.update(repr(values.tolist()).encode() if values.dtype.kind == "O" else values.tobytes())
    return repr((str(array.name), array.shape, str(array.dtype), token.hexdigest()))
