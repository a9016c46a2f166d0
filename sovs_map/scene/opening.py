"""Opening a scene: from files or an array to the facts that every later step relies on."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from sovs_map.errors import SceneError
from sovs_map.scene.array import ArraySource
from sovs_map.scene.border import BorderZeros, find_border_zeros
from sovs_map.scene.finding import scene_name
from sovs_map.scene.found import SceneFiles
from sovs_map.scene.georeference import spacing_m
from sovs_map.scene.inspection import inspect_array, inspect_raster
from sovs_map.scene.layer import Layer, Source
from sovs_map.scene.polarisation import chosen_polarisations, detected_polarisations
from sovs_map.scene.reading import find_zeros
from sovs_map.scene.sampling import sample_values
from sovs_map.scene.scaling import Scaling, judge_scale, parse_scale
from sovs_map.scene.scene import Band, Mask, Scene


def open_scene(
    source: str | Path | Sequence[str | Path] | SceneFiles | xr.DataArray,
    *,
    bands: str | None = None,
    scale: str = "auto",
) -> Scene:
    """Return a scene's facts: bands, scale, nodata, georeference. A fixed sample of its pixels is read once.

    Args:
        source: a raster that GDAL reads, several of the same size (one for each polarisation), what `find_scenes`
            found, or an array with the axes (band, y, x) or (y, x).
        bands: polarisation of each band, as ``VV=1,VH=2``; None to detect it.
        scale: what the numbers are: auto, db, power, amplitude or dn.

    Raises:
        SceneError: the scene can't be used; the message says why and what to type.
        OptionError: ``bands`` or ``scale`` can't be read.
    """
    wanted = parse_scale(scale)
    if isinstance(source, xr.DataArray):
        sources: tuple[Source, ...] = (inspect_array(source),)
        stem = sources[0].stem
    else:
        files = _scene_files(source)
        sources, stem = _inspected(files), files.name
    _check_same_grid(sources)
    choice, polarisation_remarks = (
        detected_polarisations(sources) if bands is None else chosen_polarisations(sources, bands=bands)
    )
    first = sources[0]
    label = " + ".join(one.label for one in sources)
    chosen = tuple(_band(layer, name) for layer, name in choice)
    border = _border(chosen, height=first.height, width=first.width)
    samples = sample_values(chosen, border, height=first.height, width=first.width, block=first.block)
    if not samples.shape[1]:
        raise SceneError(
            f"{label} has no valid pixel ({_nodata_remark(chosen, border)}). If the declared nodata number is wrong, "
            "take it away with: rio edit-info --unset-nodata FILE"
        )
    scaling = judge_scale(label, choice, samples, stem=stem, wanted=wanted)
    return Scene(
        name=stem,
        bands=chosen,
        height=first.height,
        width=first.width,
        georeference=first.georeference,
        scale=scaling.scale,
        calibrated=scaling.calibrated,
        offsets_db=scaling.offsets_db,
        spacing_m=spacing_m(first.georeference, height=first.height, width=first.width),
        border=border,
        remarks=(*scaling.remarks, *polarisation_remarks, _nodata_remark(chosen, border), *first.remarks),
        identity=_identity(sources, chosen, scaling, border, samples),
    )


def _scene_files(source: str | Path | Sequence[str | Path] | SceneFiles) -> SceneFiles:
    if isinstance(source, SceneFiles):
        return source
    files = (str(source),) if isinstance(source, (str, Path)) else tuple(map(str, source))
    if not files:
        raise SceneError("No file was given; needed is at least one raster of the scene")
    return SceneFiles(scene_name(files), files)


def _inspected(scene: SceneFiles) -> tuple[Source, ...]:
    sources = tuple(inspect_raster(file) for file in scene.files)
    told = scene.polarisations or ("",) * len(sources)
    return tuple(
        replace(source, polarisation_note=note) if note else source for source, note in zip(sources, told, strict=True)
    )


def _check_same_grid(sources: Sequence[Source]) -> None:
    first = sources[0]
    for other in sources[1:]:
        if (first.height, first.width) != (other.height, other.width):
            raise SceneError(
                f"{first.label} has {first.height} x {first.width} pixels, {other.label} has {other.height} x "
                f"{other.width}; files of one scene need the same grid. Bring them onto it with: "
                f"rio warp '{other.label}' aligned.tif --like '{first.label}'"
            )
        if first.georeference != other.georeference:
            raise SceneError(
                f"{first.label} and {other.label} lie in different places ({first.georeference.transform} and "
                f"{other.georeference.transform}, or different CRS); files of one scene need the same grid. Bring "
                f"them onto it with: rio warp '{other.label}' aligned.tif --like '{first.label}'"
            )


def _band(layer: Layer, polarisation: str) -> Band:
    return Band(
        source=layer.source,
        index=layer.index,
        polarisation=polarisation,
        gain=layer.gain,
        bias=layer.bias,
        nodata=layer.nodata,
        mask=layer.mask,
        alpha=layer.alpha,
    )


def _border(bands: tuple[Band, ...], *, height: int, width: int) -> BorderZeros | None:
    """Return the zeros at the border, unless the source itself says which pixels hold no data.

    NaN as the nodata number says nothing: many float products declare it and have a fringe of zeros nevertheless.
    """
    if any(band.mask is not Mask.NONE for band in bands):
        return None
    if any(band.nodata is not None and not math.isnan(band.nodata) for band in bands):
        return None
    return find_border_zeros(partial(find_zeros, bands), height=height, width=width)


def _nodata_remark(bands: tuple[Band, ...], border: BorderZeros | None) -> str:
    declared = sorted({f"{band.nodata:g}" for band in bands if band.nodata is not None})
    masks = sorted({f"{band.mask} mask" for band in bands if band.mask is not Mask.NONE})
    zeros = [] if border is None else [f"zeros connected with the border ({border.share:.1%} of the scene)"]
    found = [f"declared {' and '.join(declared)}"] if declared else []
    return f"nodata: {', '.join([*found, *masks, *zeros]) or 'none declared'}; NaN never is data"


def _identity(
    sources: Sequence[Source],
    bands: tuple[Band, ...],
    scaling: Scaling,
    border: BorderZeros | None,
    samples: NDArray[np.float32],
) -> str:
    """Return SHA-256 over everything that decides the numbers that ``read`` returns.

    The sample stands for the numbers that a fingerprint doesn't tell of: those of arrays, of a VRT's
    sources, and of remote files whose server tells no version.
    """
    token = hashlib.sha256()
    for one in sources:
        token.update(one.fingerprint.encode())
    for band in bands:
        position = next(
            number
            for number, one in enumerate(sources)
            if isinstance(band.source, ArraySource) or one.label == band.source
        )
        facts = (position, band.index, band.polarisation, band.gain, band.bias, band.nodata, band.mask, band.alpha)
        token.update(repr(facts).encode())
    token.update(repr((scaling.scale, scaling.calibrated, scaling.offsets_db)).encode())
    token.update(b"" if border is None else border.packed)
    token.update(samples.tobytes())
    return token.hexdigest()
