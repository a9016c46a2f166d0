"""What files say about themselves: the only reader of GDAL's metadata."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePath

import rasterio
import rioxarray  # noqa: F401 - registers the accessor .rio
from rasterio.enums import ColorInterp, MaskFlags

from sovs_map.errors import SceneError
from sovs_map.scene.fetching import remote_version
from sovs_map.scene.georeference import IDENTITY, Georeference, affine_georeference
from sovs_map.scene.ground_control import GroundControl, place_pixels
from sovs_map.scene.layer import TELLS_POLARISATION, TELLS_SCALE, Layer, Source, notes
from sovs_map.scene.polarisation import polarisations_in
from sovs_map.scene.products import Clues, recognise
from sovs_map.scene.products.sentinel1 import is_safe, read_safe
from sovs_map.scene.raster import DAMAGE, file_name, full_path, is_local, open_raster, place_inside, signature
from sovs_map.scene.scene import Mask


def inspect_raster(path: str) -> Source:
    """Return what a file, or a Sentinel-1 product in a folder or zip, says about itself, without reading a pixel.

    Raises:
        SceneError: it can't be opened, its metadata are damaged, it holds no band, or holds complex numbers.
    """
    return _inspect_safe(path) if is_safe(path) else _inspect_file(path)


def _inspect_safe(path: str) -> Source:
    safe = read_safe(path)
    rasters = [(one, _inspect_file(one.raster)) for one in safe.measurements]
    sizes = {(raster.height, raster.width) for _, raster in rasters}
    if len(sizes) > 1:
        listed = ", ".join(f"{one.polarisation} {raster.height} x {raster.width}" for one, raster in rasters)
        raise SceneError(f"{path}: its measurements differ in size ({listed}); needed is one. Fetch the product again")
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
    return replace(
        sources[0][0],
        label=path,
        stem=PurePath(file_name(path)).stem,
        layers=tuple(replace(one.layers[0], polarisation_note=name) for one, name in sources),
        fingerprint=repr([one.fingerprint for one, _ in sources]),
    )


def _inspect_cf(path: str) -> Source:
    """Return what an HDF5 file says that follows the CF conventions, of which GDAL's driver for HDF5 knows nothing."""
    return replace(_inspect_file(f'NETCDF:"{full_path(path)}"'), label=path, stem=PurePath(path).stem)


def _inspect_file(path: str) -> Source:
    dataset = open_raster(path)
    try:
        if (
            is_local(path)
            and dataset.driver.startswith("HDF5")
            and dataset.tags().get("Conventions", "").startswith("CF")
        ):
            return _inspect_cf(path)
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
    where = place_inside(path) if size or version else path
    facts = (file_name(path), size, changed, version, dataset.shape, dataset.dtypes, where)
    return Source(
        label=path,
        stem=PurePath(file_name(path)).stem,
        height=dataset.height,
        width=dataset.width,
        block=dataset.block_shapes[0],
        georeference=georeference,
        layers=tuple(_raster_layer(dataset, path, index) for index in dataset.indexes),
        polarisation_note=notes(tags.items(), TELLS_POLARISATION),
        remarks=remarks,
        fingerprint=repr(facts),
        product=recognise(Clues(Path(path), tags, dataset.dtypes[0], dataset.count)) if is_local(path) else None,
    )


def _raster_layer(dataset: rasterio.DatasetReader, path: str, index: int) -> Layer:
    tags = dataset.tags(index)
    told = notes((*tags.items(), *dataset.tags().items()), TELLS_SCALE)
    alpha = _alpha(dataset)
    flags = dataset.mask_flag_enums[index - 1]
    owns_mask = MaskFlags.per_dataset in flags and MaskFlags.alpha not in flags
    colour = dataset.colorinterp[index - 1]
    return Layer(
        source=path,
        index=index,
        dtype=dataset.dtypes[index - 1],
        description=dataset.descriptions[index - 1] or "",
        notes=f"{dataset.units[index - 1] or ''} {told}",
        polarisation_note=notes(tags.items(), TELLS_POLARISATION),
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
    return affine_georeference(dataset.name, crs, transform)
