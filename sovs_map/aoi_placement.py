"""Where an area of interest lies on a scene: from coordinates on the earth to an area in pixels."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError
from rasterio.transform import Affine
from shapely.affinity import affine_transform
from shapely.geometry.base import BaseGeometry

from sovs_map.aoi import Aoi
from sovs_map.area import Area, spans
from sovs_map.errors import OptionError, SceneError
from sovs_map.rings import Rings, cut, refined, rings_of, to_polygons
from sovs_map.scene import Georeference, Scene
from sovs_map.scene.ground_control import fit_ground_control, fit_way_back
from sovs_map.surface import evaluate
from sovs_map.window import Window

TOLERANCE = 0.02
"""How far an edge may lie from where its straight line on the earth does [pixels]."""

MARGIN = 0.05
"""Outlines are cut this share of the scene's extent away from it; far beyond, a projection may have no answer."""

POINT = 2.0
"""How far from a point or a line its pixels reach [pixels]: as far as a cell of what is stored."""

_MIDDLE_AND_CORNERS = np.array([[0.5, 0.5], [0, 0], [0, 1], [1, 0], [1, 1]])

Array = NDArray[np.float64]
Bounds = tuple[float, float, float, float]


def place_aoi(aoi: Aoi, scene: Scene) -> Area:
    """Return the part of a scene that an area of interest asks for.

    Straight edges of the area are straight in its own coordinate system, so in the scene's they become curves, which
    are followed within a fiftieth of a pixel.

    Raises:
        OptionError: the scene has no georeference, or no pixel of it has its centre in the area.
    """
    try:
        to_scene = Transformer.from_crs(aoi.crs, _needed_crs(aoi, scene), always_xy=True)
        reach = _reach(scene, to_scene)
        locate = _way_to_pixels(scene, to_scene)
    except (ProjError, SceneError) as error:
        raise OptionError(
            f"{aoi.label} cannot be laid on {scene.name}: {error}. Cut the scene itself, and leave --aoi away: "
            "gdal_translate -srcwin COLUMN ROW WIDTH HEIGHT scene.tif part.tif"
        ) from error
    near = cut(_copies(aoi), _grown(reach))
    placed = refined(near, locate, tolerance=TOLERANCE)
    if not np.isfinite(placed.points).all():
        raise OptionError(
            f"{aoi.label} reaches beyond the coordinate system of {scene.name}. Give an area inside the scene, which lies "
            f"at {_said(reach)} in {CRS.from_wkt(aoi.crs).name}"
        )
    area = _area(to_polygons(placed), Window(0, 0, scene.height, scene.width))
    if area.window.is_empty:
        raise OptionError(
            f"{aoi.label} holds no pixel of {scene.name}: it reaches from {_said(aoi.outline.bounds)}, the scene from "
            f"{_said(reach)}, in {CRS.from_wkt(aoi.crs).name}. Give an area in the scene; a box is W,S,E,N in degrees"
        )
    return area


def place_geometry(geometry: BaseGeometry, scene: Scene) -> Area:
    """Return the part of a scene that a geometry covers; a point or a line covers the pixels within two of it.

    Args:
        geometry: in the scene's own coordinates; in pixels ``(col, row)`` where it has none.
        scene: where it lies.

    Raises:
        OptionError: the scene has control points only, or no pixel of it lies in the geometry.
    """
    if scene.georeference.gcps:
        raise OptionError(
            f"{scene.name} is placed by control points, which no geometry can be laid on directly; geocode it first, and "
            "embed the result: gdalwarp scene.tif geocoded.tif"
        )
    a, b, c, d, e, f = (~Affine(*scene.georeference.transform))[:6]
    pixels = affine_transform(geometry, [a, b, d, e, c, f])
    if pixels.area == 0:
        pixels = pixels.buffer(POINT)
    outline = shapely.MultiPolygon([part for part in shapely.get_parts(pixels) if part.geom_type == "Polygon"])
    area = _area(outline, Window(0, 0, scene.height, scene.width))
    if area.window.is_empty:
        raise OptionError(
            f"the geometry at {_said(geometry.bounds)} holds no pixel of {scene.name}; give one in the scene's own coordinates"
        )
    return area


def _area(outline: shapely.MultiPolygon, scene: Window) -> Area:
    """Return the part of a scene that an outline in pixels encloses; its window is empty where that is nothing."""
    found = spans(outline, scene)
    if not len(found.row):
        return Area(Window(0, 0, 0, 0), None)
    row, col = int(found.row.min()), int(found.col.min())
    window = Window(row, col, int(found.row.max()) + 1 - row, int(found.end.max()) - col)
    fills = shapely.get_num_geometries(outline) == 1 and (found.end - found.col).sum() == window.height * window.width
    return Area(window, None if fills else outline)


def _needed_crs(aoi: Aoi, scene: Scene) -> str:
    if scene.georeference.crs is None:
        raise OptionError(
            f"{scene.name} has no coordinate system, so that {aoi.label} cannot be found on it. Cut out the part by its "
            "pixels, and leave --aoi away: gdal_translate -srcwin COLUMN ROW WIDTH HEIGHT scene.tif part.tif"
        )
    return scene.georeference.crs


def _copies(aoi: Aoi) -> Rings:
    """Return the outline; one in degrees also a turn to the west and to the east, as longitudes have no first one."""
    turns = (-360.0, 0.0, 360.0) if CRS.from_wkt(aoi.crs).is_geographic else (0.0,)
    parts = [shapely.transform(aoi.outline, partial(np.add, [turn, 0.0])) for turn in turns]
    return rings_of(shapely.multipolygons([polygon for part in parts for polygon in part.geoms]))


def _reach(scene: Scene, to_scene: Transformer) -> Bounds:
    """Return the bounds of a scene in the coordinates of the area: left, bottom, right, top."""
    rows, cols = (np.linspace(0, length, 65) for length in (scene.height, scene.width))
    sides = ((rows, 0.0), (rows, cols[-1]), (0.0, cols), (rows[-1], cols))
    border = np.concatenate([np.stack(np.broadcast_arrays(*side), axis=-1) for side in sides])
    ground = _ground(scene.georeference, border)
    (west, south), (east, north) = ground.min(axis=0), ground.max(axis=0)
    left, bottom, right, top = to_scene.transform_bounds(
        west, south, east, north, direction="INVERSE", densify_pts=21, errcheck=True
    )
    return left, bottom, right if left <= right else right + 360, top


def _ground(georeference: Georeference, pixels: Array) -> Array:
    """Return the coordinates (x, y) of pixels (row, col), shape ``(n, 2)``."""
    if georeference.gcps and georeference.crs:
        return evaluate(fit_ground_control(georeference.gcps, crs=georeference.crs), pixels)
    a, b, c, d, e, f = georeference.transform
    return pixels[:, ::-1] @ np.array([[a, d], [b, e]]) + [c, f]


def _way_to_pixels(scene: Scene, to_scene: Transformer) -> Callable[[Array], Array]:
    """Return the function from coordinates of the area to pixels (col, row), both of shape ``(n, 2)``."""
    found = scene.georeference
    middle, *corners = _ground(found, _MIDDLE_AND_CORNERS * [scene.height, scene.width])
    wraps = CRS.from_user_input(found.crs).is_geographic and np.ptp(corners, axis=0)[0] < 300
    to_pixels = _ground_to_pixels(found)

    def locate(points: Array) -> Array:
        ground = np.column_stack(to_scene.transform(*points.T))
        if wraps:  # longitudes come back as -180…180, and the scene may lie across or outside
            ground[:, 0] = middle[0] + (ground[:, 0] - middle[0] + 180) % 360 - 180
        return to_pixels(ground)

    return locate


def _ground_to_pixels(georeference: Georeference) -> Callable[[Array], Array]:
    """Return the function from coordinates (x, y) to pixels (col, row)."""
    if georeference.gcps and georeference.crs:
        surface = fit_way_back(georeference.gcps, crs=georeference.crs)
        return lambda ground: evaluate(surface, ground)[:, ::-1]
    a, b, c, d, e, f = georeference.transform
    inverse = np.linalg.inv([[a, d], [b, e]])
    return lambda ground: (ground - [c, f]) @ inverse


def _grown(bounds: Bounds) -> Bounds:
    left, bottom, right, top = bounds
    wide, high = MARGIN * (right - left), MARGIN * (top - bottom)
    return left - wide, bottom - high, right + wide, top + high


def _said(bounds: Bounds) -> str:
    left, bottom, right, top = bounds
    return f"{left:.8g},{bottom:.8g} to {right:.8g},{top:.8g}"
