"""What tests of the engine map: noise, through segmenters whose labels can be computed by hand."""

from dataclasses import dataclass

import numpy as np
import rasterio
import xarray as xr
from scipy import ndimage

from sovs_map.crew import threads
from sovs_map.mapping import map_labels
from sovs_map.plan import Plan
from sovs_map.run import Run
from sovs_map.scene import open_scene
from sovs_map.tile_sight import tile_sight
from sovs_map.vocabulary import read_vocabulary

VOCABULARY = read_vocabulary("dark,middle,bright")


@dataclass(frozen=True)
class BoxSegmenter:
    """Logits from box means with zero padding, so that the rim of a tile is as bad as a network's."""

    tile: int = 32
    overlap: int = 8
    classes: int = 3
    cell: int = 1
    grain: int = 8
    fingerprint: str = "box"
    fail_after: int = 10**9
    calls: list = None

    def logits(self, tiles):
        assert not np.isnan(tiles).any()
        if self.calls is not None:
            self.calls.append(len(tiles))
            if len(self.calls) > self.fail_after:
                raise RuntimeError("the network fell over")
        mean = ndimage.uniform_filter(tiles.mean(1), (0, 5, 5), mode="constant")
        return np.stack([-np.abs(mean - level) for level in (-20, -12, -4)], axis=1).astype(np.float32)


@dataclass(frozen=True)
class PixelSegmenter(BoxSegmenter):
    """Logits from each pixel alone, so that tiles cannot differ where they overlap."""

    def logits(self, tiles):
        return np.stack([-np.abs(tiles[:, 0] - level) for level in (-20, -12, -4)], axis=1).astype(np.float32)


@dataclass(frozen=True)
class CellSegmenter(BoxSegmenter):
    """One logit for each square of two by two pixels."""

    cell: int = 2

    def logits(self, tiles):
        rows, cols = (side // 2 for side in tiles.shape[2:])
        return super().logits(tiles).reshape(len(tiles), 3, rows, 2, cols, 2).mean((3, 5))


def make_plan(chunk=64, batch=3, in_flight=2):
    return Plan(chunk, batch, in_flight, 0, 0, 0)


def make_array(height, width, *, holes=0.0, seed=0):
    draw = np.random.default_rng(seed)
    db = ndimage.gaussian_filter(draw.normal(0, 40, (height, width)), 3) * 3 - 12 + draw.normal(0, 2, (height, width))
    db = np.clip(db, -40, 10).astype(np.float32)
    db[ndimage.gaussian_filter(draw.random((height, width)), 2) < holes] = np.nan
    return xr.DataArray(db[None], dims=("band", "y", "x"), attrs={"units": "dB"}, name="scene")


def parts_of(
    scene,
    work,
    *,
    segmenter=None,
    plan=None,
    vocabulary=VOCABULARY,
    unknown=0.0,
    all_scores=False,
    on_error="stop",
    **how,
):
    plan = plan or make_plan()
    sight = tile_sight(scene, segmenter or BoxSegmenter(), batch=plan.batch, on_error=on_error)
    with threads(plan.in_flight) as crew:
        run = Run(work, plan, crew, **how)
        return map_labels(scene, sight, run, vocabulary=vocabulary, unknown=unknown, all_scores=all_scores)


def labels_of(array, work, **options):
    parts = parts_of(open_scene(array, bands="VV=1", scale="db"), work, **options)
    with rasterio.open(parts.labels) as labels, rasterio.open(parts.confidence) as confidence:
        return labels.read(1), confidence.read(1)
