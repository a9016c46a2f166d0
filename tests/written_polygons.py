"""Polygons of a label raster, written and read back."""

from __future__ import annotations

import geopandas
from outputs_rasters import (
    FIVE,
    confidence_of,
    grid_of,
    write,
)

from sovs_map.outputs import write_polygons


def written(folder, labels, *, driver="gpkg", simplify_m=0.0, vocabulary=FIVE, grid=None):
    sources = (
        write(folder / "l.tif", labels, nodata=vocabulary.nodata),
        write(folder / "c.tif", confidence_of(labels, nodata=vocabulary.nodata)),
    )
    target = folder / f"map.{driver}"
    summary = write_polygons(
        *sources,
        target,
        grid=grid or grid_of(labels),
        vocabulary=vocabulary,
        driver=driver,
        simplify_m=simplify_m,
    )
    if driver == "parquet":
        return geopandas.read_parquet(target), summary, target
    return geopandas.read_file(target, layer="polygons" if driver == "gpkg" else None), summary, target
