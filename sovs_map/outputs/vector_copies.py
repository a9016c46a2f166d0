"""Copies of a layer in formats that cannot be appended to, made batch by batch."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from itertools import accumulate, pairwise
from pathlib import Path
from typing import TYPE_CHECKING
from warnings import catch_warnings, filterwarnings

import geopandas
import pyogrio
import pyogrio.raw
import shapely

from sovs_map.allocator import give_back
from sovs_map.outputs.grid import Grid, read_crs

if TYPE_CHECKING:
    import pyarrow as pa

_OPTIONS = {
    "geojson": {"RFC7946": "YES", "COORDINATE_PRECISION": "7"},
    "fgb": {"SPATIAL_INDEX": "YES"},
}
_SIDES = ["xmin", "ymin", "xmax", "ymax"]
_NAMES = {"geojson": "GeoJSON", "fgb": "FlatGeobuf"}


def copy_layer(package: Path, target: Path, *, layer: str, batches: Sequence[int], driver: str, grid: Grid) -> None:
    """Copy a layer of a GeoPackage.

    Args:
        package: where it is.
        target: file to write.
        layer: its name.
        batches: how many features are read at once, one batch after the other.
        driver: ``parquet``, ``fgb`` or ``geojson``.
        grid: whose coordinate system it has.
    """
    if driver == "parquet":
        _copy_to_parquet(package, target, layer=layer, batches=batches)
        return
    crs = read_crs(grid)
    size = -(-sum(batches) // max(len(batches), 1)) or 1
    with catch_warnings(), pyogrio.raw.open_arrow(package, layer=layer, use_pyarrow=False, batch_size=size) as opened:
        filterwarnings("ignore", message="'crs' was not provided")
        pyogrio.raw.write_arrow(
            opened[1],
            target,
            layer=layer,
            driver=_NAMES[driver],
            geometry_name="geom",
            geometry_type="Polygon",
            crs=crs.to_wkt() if crs is not None else None,
            layer_options=_OPTIONS[driver],
        )


def _copy_to_parquet(package: Path, target: Path, *, layer: str, batches: Sequence[int]) -> None:
    """Copy a layer to GeoParquet, a row group a batch.

    Source:
        https://geoparquet.org/releases/v1.1.0
    """
    from pyarrow import default_memory_pool  # noqa: PLC0415 - not every installation has it
    from pyarrow.parquet import ParquetWriter  # noqa: PLC0415

    schema = _parquet_schema(package, layer)
    # A dictionary and the extremes of polygons say nothing, and each would hold copies of the largest one.
    known = [name for name in schema.names if name not in ("geometry", "bbox")]
    known += [f"bbox.{side}" for side in _SIDES]
    with ParquetWriter(target, schema, compression="zstd", use_dictionary=["class"], write_statistics=known) as writer:
        for start, stop in pairwise(accumulate(batches, initial=0)):
            writer.write_table(_read_table(package, layer, start, stop, schema))
            default_memory_pool().release_unused()
            give_back()


def _parquet_schema(package: Path, layer: str) -> pa.Schema:
    """Return the columns that geopandas would write, with its metadata of the whole layer."""
    from pyarrow.parquet import read_schema  # noqa: PLC0415

    memory = io.BytesIO()
    geopandas.read_file(package, layer=layer, max_features=1).to_parquet(memory, write_covering_bbox=True, index=False)
    schema = read_schema(memory)
    geo = json.loads(schema.metadata[b"geo"])
    bounds = pyogrio.read_info(package, layer=layer, force_total_bounds=True)["total_bounds"]
    if bounds is not None:  # an empty layer has none
        geo["columns"]["geometry"]["bbox"] = bounds
    return schema.with_metadata({**schema.metadata, b"geo": json.dumps(geo).encode()})


def _read_table(package: Path, layer: str, start: int, stop: int, schema: pa.Schema) -> pa.Table:
    from pyarrow import StructArray, array  # noqa: PLC0415

    _, table = pyogrio.read_arrow(package, layer=layer, where=f"fid > {start} AND fid <= {stop}")
    bounds = shapely.bounds(shapely.from_wkb(table["geom"].to_numpy()))
    box = StructArray.from_arrays([array(side) for side in bounds.T], names=_SIDES)
    table = table.append_column("geometry", table["geom"]).append_column("bbox", box)
    return table.select(schema.names).cast(schema)
