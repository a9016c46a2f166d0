"""Small scenes, written where a test wants them."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import settings
from numpy.typing import NDArray
from rasterio.control import GroundControlPoint
from rasterio.enums import ColorInterp
from rasterio.errors import NotGeoreferencedWarning

settings.register_profile("repeatable", derandomize=True)
settings.load_profile(
    "repeatable"
)  # the same examples in every run; pytest --hypothesis-profile=default looks for new ones

UTM = Affine(20.0, 0.0, 500_000.0, 0.0, -20.0, 4_900_000.0)


def speckled_power(shape: tuple[int, ...], *, level_db: float = -11.0, looks: int = 4, seed: int = 0):
    """Return linear power with speckle over a log-normal ground, float32."""
    draw = np.random.default_rng(seed)
    ground = 10 ** ((level_db + draw.normal(0, 3, shape)) / 10)
    return (ground * draw.gamma(looks, 1 / looks, shape)).astype(np.float32)


def make_scene(
    path: Path,
    values: NDArray,
    *,
    crs: str | None = "EPSG:32631",
    transform: Affine | None = UTM,
    gcps: Sequence[GroundControlPoint] = (),
    nodata: float | None = None,
    descriptions: Sequence[str] = (),
    units: Sequence[str] = (),
    tags: Sequence[tuple[str, str]] = (),
    band_tags: Sequence[Sequence[tuple[str, str]]] = (),
    scales: Sequence[float] = (),
    offsets: Sequence[float] = (),
    colours: Sequence[ColorInterp] = (),
    valid: NDArray | None = None,
    block: int = 0,
    **creation: object,
) -> str:
    """Write ``values`` ``(band, row, col)`` as a GeoTIFF and return its path."""
    count, height, width = values.shape
    profile = {"driver": "GTiff", "count": count, "height": height, "width": width, "dtype": values.dtype}
    if block:
        profile |= {"tiled": True, "blockxsize": block, "blockysize": block}
    if transform is not None and not gcps:
        profile |= {"crs": crs, "transform": transform}
    with warnings.catch_warnings(), rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True):
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(path, "w", nodata=nodata, **profile, **creation) as target:
            target.write(values)
            if gcps:
                target.gcps = (list(gcps), rasterio.crs.CRS.from_string(crs))
            if valid is not None:
                target.write_mask(valid)
            if tags:
                target.update_tags(**dict(tags))
            for index, pairs in enumerate(band_tags, start=1):
                target.update_tags(index, **dict(pairs))
            _set(target, descriptions=descriptions, units=units, scales=scales, offsets=offsets, colorinterp=colours)
    return str(path)


def _set(target: rasterio.io.DatasetWriter, **attributes: Sequence[object]) -> None:
    for name, values in attributes.items():
        if values:
            setattr(target, name, tuple(values))


@pytest.fixture
def write_db(tmp_path):
    """Return a function that writes dB ``(1, row, col)`` whose first pixel lies at a row and column of one UTM grid."""

    def write(name: str, db: NDArray, *, row: int, col: int) -> str:
        return make_scene(
            tmp_path / name,
            db,
            transform=UTM @ Affine.translation(col, row),
            nodata=np.nan,
            units=["dB"],
            descriptions=["VV"],
        )

    return write


@pytest.fixture
def impatient(monkeypatch):
    """Ask servers again at once, and those on this computer without a proxy."""
    for module in ("raster", "fetching"):
        monkeypatch.setattr(f"sovs_map.scene.{module}.PAUSES_S", (0.0, 0.01, 0.02))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("GDAL_HTTP_RETRY_DELAY", "0.05")
