"""What a store says of its scene: facts to JSON and back."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from sovs_map.cells import CELL
from sovs_map.errors import SceneError
from sovs_map.radiometry import Scale
from sovs_map.scene.georeference import Georeference, places_pixels
from sovs_map.scene.ground_control import GroundControl
from sovs_map.scene.raster import file_name
from sovs_map.scene.scene import Band, Mask, Scene
from sovs_map.scene.store import Store, open_group
from sovs_map.window import Window

FORMAT = 1
"""Of a store; a reader refuses others."""

KEY = "sovs_map"
"""Attribute of the root group that describes the scene, as JSON."""


def describe(scene: Scene, store: Store) -> str:
    """Return what a store is to say of its scene, as JSON."""
    facts = {
        "format": FORMAT,
        "name": scene.name,
        "polarisations": scene.polarisations,
        "sources": [file_name(band.source) if isinstance(band.source, str) else "array" for band in scene.bands],
        "height": scene.height,
        "width": scene.width,
        "georeference": asdict(scene.georeference),
        "scale": scene.scale.value,
        "calibrated": scene.calibrated,
        "offsets_db": scene.offsets_db,
        "spacing_m": scene.spacing_m,
        "remarks": scene.remarks,
        "acquired": scene.acquired,
        "identity": scene.identity,
        "store": {name: value for name, value in asdict(store).items() if name != "path"},
    }
    return json.dumps(facts, ensure_ascii=False)


def open_stored(path: str) -> Scene:
    """Return the scene that a store was made of, whose pixels are not needed any more.

    Raises:
        SceneError: it is another Zarr group, of another format, or damaged.
    """
    told = open_group(path).attrs.get(KEY)
    if not isinstance(told, str):
        raise SceneError(
            f"{path} is a Zarr group that sovs-map did not make; needed is a raster, or a store made with: "
            "sovs-map embed SCENE -o scene.zarr"
        )
    try:
        return _scene(json.loads(told), path)
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise SceneError(
            f"{path} has a damaged description ({error}); embed the scene again with: sovs-map embed SCENE -o {path}"
        ) from error


def _scene(facts: dict[str, Any], path: str) -> Scene:
    if facts["format"] != FORMAT:
        raise ValueError(f"format {facts['format']!r}; this version reads {FORMAT}")
    bands = tuple(
        Band(str(source), 1, str(polarisation), gain=1.0, bias=0.0, nodata=None, mask=Mask.NONE, alpha=0)
        for source, polarisation in zip(facts["sources"], facts["polarisations"], strict=True)
    )
    return Scene(
        name=str(facts["name"]),
        bands=bands,
        height=int(facts["height"]),
        width=int(facts["width"]),
        georeference=_georeference(facts["georeference"]),
        scale=Scale(facts["scale"]),
        calibrated=bool(facts["calibrated"]),
        offsets_db=tuple(map(float, facts["offsets_db"])),
        spacing_m=None if facts["spacing_m"] is None else float(facts["spacing_m"]),
        border=None,
        remarks=tuple(map(str, facts["remarks"])),
        acquired=None if facts["acquired"] is None else str(facts["acquired"]),
        identity=str(facts["identity"]),
        store=_store(facts["store"], path),
    )


def _georeference(facts: dict[str, Any]) -> Georeference:
    transform = tuple(float(number) for number in facts["transform"])
    names = ("row", "col", "x", "y", "z")
    points = tuple(GroundControl(*(float(point[name]) for name in names)) for point in facts["gcps"])
    if len(transform) != 6 or not places_pixels(transform):
        raise ValueError(f"the transform {transform} places no pixels")
    return Georeference(None if facts["crs"] is None else str(facts["crs"]), transform, points)


def _store(facts: dict[str, Any], path: str) -> Store:
    broken = tuple(Window(*(int(one[name]) for name in ("row", "col", "height", "width"))) for one in facts["broken"])
    store = Store(
        path=path,
        model=str(facts["model"]),
        bundle_hash=str(facts["bundle_hash"]),
        dim=int(facts["dim"]),
        tile=int(facts["tile"]),
        overlap=int(facts["overlap"]),
        row=int(facts["row"]),
        col=int(facts["col"]),
        broken=broken,
        question=str(facts["question"]),
    )
    if store.stride <= 0 or store.stride % CELL:
        raise ValueError(f"tiles of {store.tile} that overlap by {store.overlap}")
    return store
