"""Polygons of a map inside a window, as GeoJSON in pixels."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas
import pyogrio
import shapely
from rasterio.transform import Affine
from shapely.affinity import affine_transform

from sovs_map.outputs import Grid
from sovs_map.window import Window

MOST = 4000
"""Outlines that are shown at once; nearer, there are fewer."""


COLUMNS = ["class_id", "class", "area_m2"]
"""What is told of each."""


def outlines_in(polygons: Path, grid: Grid, window: Window) -> str:
    """Return the polygons that touch a window as a GeoJSON collection, x the column and y minus the row.

    Args:
        polygons: of the map.
        grid: of its rasters.
        window: in pixels.
    """
    forward = Affine(*grid.transform)
    corners = [forward @ (col, row) for row in (window.row, window.bottom) for col in (window.col, window.right)]
    xs, ys = zip(*corners, strict=True)
    box = (min(xs), min(ys), max(xs), max(ys))
    if polygons.suffix == ".parquet":
        frame = geopandas.read_parquet(polygons).cx[box[0] : box[2], box[1] : box[3]].head(MOST)
    else:
        layer = "polygons" if polygons.suffix == ".gpkg" else 0
        frame = pyogrio.read_dataframe(polygons, layer=layer, bbox=box, columns=COLUMNS, max_features=MOST)
    a, b, c, d, e, f = (~forward)[:6]
    features = [
        {
            "type": "Feature",
            "geometry": json.loads(shapely.to_geojson(affine_transform(shape, [a, b, -d, -e, c, -f]))),
            "properties": {"class_id": int(number), "class": str(name), "area_m2": None if area != area else area},  # noqa: PLR0124
        }
        for shape, number, name, area in zip(
            frame.geometry, frame["class_id"], frame["class"], frame["area_m2"], strict=True
        )
    ]
    return json.dumps({"type": "FeatureCollection", "features": features, "cut": len(features) == MOST})
