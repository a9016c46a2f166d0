"""What files and arrays say about themselves: the only reader of GDAL's and xarray's metadata."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path, PurePath

import numpy as np
import rasterio
import rioxarray  # noqa: F401 - registers the accessor .rio
import xarray as xr
from numpy.typing import NDArray
from rasterio.enums import ColorInterp, MaskFlags

from sovs_map.errors import SceneError
from sovs_map.scene.array import ArraySource, band_first
from sovs_map.scene.fetching import remote_version
from sovs_map.scene.georeference import IDENTITY, Georeference, places_pixels
from sovs_map.scene.ground_control import GroundControl, place_pixels
from sovs_map.scene.layer import Layer, Source
from sovs_map.scene.polarisation import polarisations_in
from sovs_map.scene.products import Clues, recognise
from sovs_map.scene.products.sentinel1 import is_safe, read_safe
from sovs_map.scene.raster import DAMAGE, file_name, full_path, is_local, open_raster, signature
from sovs_map.scene.scene import Mask

_TELLS_SCALE = re.compile(r"unit|calib|scale|radiom|quantity|long_?name|standard_?name|desc|backscatter", re.IGNORECASE)
_TELLS_POLARISATION = re.compile(r"polari[sz]", re.IGNORECASE)


def inspect_raster(path: str) -> Source:
    """Return what a file, or a Sentinel-1 product in a folder or zip, says about itself, without reading a pixel.

    Raises:
        SceneError: it can't be opened, its metadata are damaged, it holds no band, or holds complex numbers.
    """
    return _inspect_safe(path) if is_safe(path) else _inspect_file(path)


def _inspect_safe(path: str) -> Source:
    safe = read_safe(path)
    rasters = [(one, _inspect_file(one.raster)) for one in safe.measurements]
    layers = (replace(raster.layers[0], table=one.table, polarisation_note=one.polarisation) for one, raster in rasters)
    return replace(
        rasters[0][1],
        label=path,
        layers=tuple(layers),
        fingerprint=safe.fingerprint,
        product=safe.facts,
    )


def _inspect_parts(path: str) -> Source:
    """Return what the variables of a NetCDF or HDF5 file say that are named after one polarisation each.

    Raises:
        SceneError: there is none, two have the same, or their sizes differ.
    """
    parts = open_raster(full_path(path)).subdatasets
    named = [(part, polarisations_in(part.rpartition(":")[2])) for part in parts]
    chosen = [(part, found[0]) for part, found in named if len(found) == 1]
    sources = [(_inspect_file(part), name) for part, name in chosen]
    sources = [(source, name) for source, name in sources if len(source.layers) == 1]
    names = [name for _, name in sources]
    if not sources or len(set(names)) < len(names) or len({(one.height, one.width) for one, _ in sources}) > 1:
        listed = "; ".join(parts[:8]) or "none"
        raise SceneError(
            f"{path} holds no band of its own, and its parts are not one band for each polarisation (found: {listed}); "
            "give the right one, or several joined by +"
        )
    size, changed = signature(path)
    return replace(
        sources[0][0],
        label=path,
        stem=PurePath(path.partition("?")[0]).stem,
        layers=tuple(replace(one.layers[0], polarisation_note=name) for one, name in sources),
        fingerprint=repr((PurePath(path).name, size, changed, [one.fingerprint for one, _ in sources])),
    )


def _inspect_file(path: str) -> Source:
    dataset = open_raster(path)
    try:
        return _source(dataset, path)
    except DAMAGE as error:
        raise SceneError(
            f"{path} is damaged: what it says about itself cannot be read ({error.__cause__ or error}). Fetch the file again, "
            f"or save what can be with: gdal_translate '{path}' repaired.tif"
        ) from error


def _source(dataset: rasterio.DatasetReader, path: str) -> Source:
    if not dataset.count:
        return _inspect_parts(path)
    if any(dtype.startswith("complex") for dtype in dataset.dtypes):
        raise SceneError(
            f"{path} holds complex numbers, a single-look product with phase; needed is its amplitude. Make it with: "
            f"gdal_translate -ot Float32 'DERIVED_SUBDATASET:AMPLITUDE:{path}' amplitude.tif"
        )
    georeference, remarks = _georeference(dataset)
    tags = dataset.tags()
    size, changed = signature(path)
    version = remote_version(path)
    # A signed address changes from day to day, so it counts only where nothing else tells the file from others.
    where = "" if size or version else path
    facts = (file_name(path), size, changed, version, dataset.shape, dataset.dtypes, where)
    return Source(
        label=path,
        stem=PurePath(file_name(path)).stem,
        height=dataset.height,
        width=dataset.width,
        block=dataset.block_shapes[0],
        georeference=georeference,
        layers=tuple(_raster_layer(dataset, path, index) for index in dataset.indexes),
        polarisation_note=_notes(tags.items(), _TELLS_POLARISATION),
        remarks=remarks,
        fingerprint=repr(facts),
        product=recognise(Clues(Path(path), tags, dataset.dtypes[0], dataset.count)) if is_local(path) else None,
    )


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
        polarisation_note=_notes(array.attrs.items(), _TELLS_POLARISATION),
        remarks=remarks,
        fingerprint=_array_fingerprint(array),
    )


def _raster_layer(dataset: rasterio.DatasetReader, path: str, index: int) -> Layer:
    tags = dataset.tags(index)
    notes = _notes((*tags.items(), *dataset.tags().items()), _TELLS_SCALE)
    alpha = _alpha(dataset)
    flags = dataset.mask_flag_enums[index - 1]
    owns_mask = MaskFlags.per_dataset in flags and MaskFlags.alpha not in flags
    colour = dataset.colorinterp[index - 1]
    return Layer(
        source=path,
        index=index,
        dtype=dataset.dtypes[index - 1],
        description=dataset.descriptions[index - 1] or "",
        notes=f"{dataset.units[index - 1] or ''} {notes}",
        polarisation_note=_notes(tags.items(), _TELLS_POLARISATION),
        colour=colour.name if colour in {ColorInterp.red, ColorInterp.green, ColorInterp.blue} else "",
        gain=dataset.scales[index - 1],
        bias=dataset.offsets[index - 1],
        nodata=dataset.nodatavals[index - 1],
        mask=Mask.FILE if owns_mask else Mask.ALPHA if alpha else Mask.NONE,
        alpha=0 if owns_mask else alpha,
    )


def _alpha(dataset: rasterio.DatasetReader) -> int:
    """Return the number of the alpha band; a band named after a polarisation isn't one, whatever GDAL assumed."""
    for index, colour, description in zip(dataset.indexes, dataset.colorinterp, dataset.descriptions, strict=True):
        if colour is ColorInterp.alpha and not polarisations_in(description or ""):
            return index
    return 0


def _georeference(dataset: rasterio.DatasetReader) -> tuple[Georeference, tuple[str, ...]]:
    transform = tuple(map(float, dataset.transform[:6]))
    crs = dataset.crs.to_wkt() if dataset.crs else None
    points, points_crs = dataset.gcps
    if transform == IDENTITY and points and points_crs:
        gcps = tuple(GroundControl(p.row, p.col, p.x, p.y, p.z or 0.0) for p in points)
        if not place_pixels(gcps):
            remark = f"georeference: none, {len(gcps)} ground control points on a line place no pixel"
            return Georeference(None, IDENTITY, ()), (f"{remark}; the map comes in pixel coordinates",)
        remark = f"georeference: {len(gcps)} ground control points; without --crs the map keeps the radar's own grid"
        return Georeference(points_crs.to_wkt(), IDENTITY, gcps), (remark,)
    return _affine(dataset.name, crs, transform)


def _affine(label: str, crs: str | None, transform: tuple[float, ...]) -> tuple[Georeference, tuple[str, ...]]:
    if transform == IDENTITY:
        return Georeference(None, IDENTITY, ()), ("georeference: none; the map comes in pixel coordinates",)
    if not places_pixels(transform):
        raise SceneError(
            f"{label}: the geotransform {transform} places no pixels: it is not finite, squeezes them, or they are too small for their "
            "coordinates. Repair it with: gdal_edit.py -a_ullr LEFT TOP RIGHT BOTTOM FILE, or drop it with: "
            "gdal_edit.py -unsetgt FILE"
        )
    if crs is None:
        remark = "georeference: a transform without a CRS; coordinates are kept, lengths in metres are unknown"
        return Georeference(None, transform, ()), (remark,)
    return Georeference(crs, transform, ()), ()


def _array_georeference(source: ArraySource) -> tuple[Georeference, tuple[str, ...]]:
    found = source.array.rio.crs
    return _affine("The array", found.to_wkt() if found else None, _array_transform(source.array))


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
        notes=_notes(array.attrs.items(), _TELLS_SCALE) + f" {array.name}",
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


def _notes(tags: Iterable[tuple[object, object]], wanted: re.Pattern[str]) -> str:
    return " ".join(f"{key} {value}" for key, value in tags if wanted.search(str(key)))
