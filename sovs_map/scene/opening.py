"""Opening a scene: from files or an array to the facts that every later step relies on."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from sovs_map.errors import EmptySceneError, OptionError, SceneError
from sovs_map.radiometry import Scale
from sovs_map.scene.array import ArraySource
from sovs_map.scene.array_inspection import inspect_array
from sovs_map.scene.border import BorderZeros, find_border_zeros
from sovs_map.scene.finding import find_scenes, scene_name
from sovs_map.scene.found import SceneFiles
from sovs_map.scene.georeference import spacing_m
from sovs_map.scene.inspection import inspect_raster
from sovs_map.scene.layer import Layer, Source
from sovs_map.scene.mending import sample_around, zeros_around
from sovs_map.scene.polarisation import chosen_polarisations, detected_polarisations
from sovs_map.scene.products import Product
from sovs_map.scene.reading import find_zeros, read_values
from sovs_map.scene.sampling import sample_values
from sovs_map.scene.scaling import Scaling, judge_scale, parse_scale
from sovs_map.scene.scene import Band, Mask, Scene
from sovs_map.scene.store import is_store
from sovs_map.scene.stored import open_stored
from sovs_map.window import Window

FindZerosOf = Callable[[Sequence[Band], Window, tuple[int, int]], NDArray[np.bool_]]
"""Tells for a window of bands, read as so many rows and columns, which pixels are zero in all of them."""


def open_scene(
    source: str | Path | Sequence[str | Path] | SceneFiles | xr.DataArray,
    *,
    bands: str | None = None,
    scale: str = "auto",
    on_error: str = "stop",
) -> Scene:
    """Return a scene's facts: bands, scale, nodata, georeference. A fixed sample of its pixels is read once.

    Args:
        source: what a command line takes for one scene (a raster, a Sentinel-1 product, a STAC item …), several rasters
            of the same size (one for each polarisation), what `find_scenes` found, or an array with the axes
            (band, y, x) or (y, x).
        bands: polarisation of each band, as ``VV=1,VH=2``; None to detect it.
        scale: what the numbers are: auto, db, power, amplitude or dn.
        on_error: ``nodata`` judges the scene by what can be read of it; ``stop`` raises when a block is broken.

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
        if is_store(files.files[0]):
            return replace(_opened_store(files.files[0], bands=bands, scale=wanted), name=files.name)
        sources, stem = _inspected(files), files.name
    if wanted is not None:
        sources = tuple(_without_calibration(one) for one in sources)
    _check_same_grid(sources)
    choice, polarisation_remarks = (
        detected_polarisations(sources) if bands is None else chosen_polarisations(sources, bands=bands)
    )
    first = sources[0]
    label = " + ".join(one.label for one in sources)
    chosen = tuple(_band(layer, name, _product_of(layer, sources)) for layer, name in choice)
    look, find = (sample_around, zeros_around) if on_error == "nodata" else (read_values, find_zeros)
    border = _border(chosen, find, height=first.height, width=first.width)
    samples = sample_values(chosen, border, height=first.height, width=first.width, block=first.block, look=look)
    if not samples.shape[1]:
        raise EmptySceneError(
            f"{label} has no valid pixel ({_nodata_remark(chosen, border)}). If the declared nodata number is wrong, "
            "take it away with: rio edit-info --unset-nodata FILE"
        )
    products = [_product_of(layer, sources) for layer, _ in choice]
    scaling = judge_scale(label, choice, samples, stem=stem, wanted=wanted, products=products)
    return Scene(
        name=stem,
        bands=chosen,
        height=first.height,
        width=first.width,
        georeference=first.georeference,
        scale=scaling.scale,
        calibrated=scaling.calibrated,
        offsets_db=scaling.offsets_db,
        spacing_m=_spacing_m(first),
        border=border,
        remarks=(*scaling.remarks, *polarisation_remarks, _nodata_remark(chosen, border), *first.remarks),
        acquired=next((one.acquired for one in products if one is not None and one.acquired), None),
        identity=_identity(sources, chosen, scaling, border, samples),
    )


def _opened_store(path: str, *, bands: str | None, scale: Scale | None) -> Scene:
    """Return the scene of a store, whose pixels were understood when it was made.

    Raises:
        SceneError: it is no store, or damaged.
        OptionError: it is to be understood in another way.
    """
    for name, value in (("--bands", bands), ("--scale", scale)):
        if value is not None:
            raise OptionError(
                f"{name} was given for {path}, whose pixels were read when it was made; leave {name} away, or embed the "
                f"scene again with: sovs-map embed SCENE {name} {value} -o {path}"
            )
    return open_stored(path)


def _spacing_m(source: Source) -> float | None:
    """Return the pixel spacing that the georeference gives, else what the product tells [m]."""
    placed = spacing_m(source.georeference, height=source.height, width=source.width)
    return source.product.spacing_m if placed is None and source.product is not None else placed


def _without_calibration(source: Source) -> Source:
    """Return a source whose numbers are what the user says; of its family stay time, polarisations and spacing."""
    layers = tuple(replace(layer, table=None) for layer in source.layers)
    if source.product is None:
        return replace(source, layers=layers)
    product = replace(source.product, calibration="", doubt="--scale overrides it", gain=1.0, nodata=None)
    return replace(source, layers=layers, product=product)


def _product_of(layer: Layer, sources: Sequence[Source]) -> Product | None:
    return next(one.product for one in sources if any(other is layer for other in one.layers))


def _scene_files(source: str | Path | Sequence[str | Path] | SceneFiles) -> SceneFiles:
    if isinstance(source, SceneFiles):
        return source
    if isinstance(source, (str, Path)):
        return _only_scene(str(source))
    if not source:
        raise SceneError("No file was given; needed is at least one raster of the scene")
    files = tuple(map(str, source))
    return SceneFiles(scene_name(files), files)


def _only_scene(word: str) -> SceneFiles:
    """Return the scene that a word of a command line leads to."""
    found = find_scenes([word])
    if found.errors:
        raise found.errors[0]
    if len(found.scenes) > 1:
        names = ", ".join(one.name for one in found.scenes[:4])
        raise SceneError(
            f"{word} holds {len(found.scenes)} scenes ({names}, …); needed is one. Open them one by one: "
            "for files in find_scenes([word]).scenes: open_scene(files)"
        )
    return found.scenes[0]


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


def _band(layer: Layer, polarisation: str, product: Product | None) -> Band:
    nodata = layer.nodata if layer.nodata is not None or product is None else product.nodata
    return Band(
        source=layer.source,
        index=layer.index,
        polarisation=polarisation,
        gain=layer.gain * (1.0 if product is None else product.gain),
        bias=layer.bias * (1.0 if product is None else product.gain),
        nodata=nodata,
        mask=layer.mask,
        alpha=layer.alpha,
        table=layer.table,
    )


def _border(bands: tuple[Band, ...], find: FindZerosOf, *, height: int, width: int) -> BorderZeros | None:
    """Return the zeros at the border, unless the source itself says which pixels hold no data.

    NaN as the nodata number says nothing: many float products declare it and have a fringe of zeros nevertheless.
    """
    if any(band.mask is not Mask.NONE for band in bands):
        return None
    if any(band.nodata is not None and not math.isnan(band.nodata) for band in bands):
        return None
    return find_border_zeros(partial(find, bands), height=height, width=width)


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
            if isinstance(band.source, ArraySource) or any(layer.source == band.source for layer in one.layers)
        )
        facts = (position, band.index, band.polarisation, band.gain, band.bias, band.nodata, band.mask, band.alpha)
        token.update(repr(facts).encode())
    token.update(repr((scaling.scale, scaling.calibrated, scaling.offsets_db)).encode())
    token.update(b"" if border is None else border.packed)
    token.update(samples.tobytes())
    return token.hexdigest()
