"""OpenEarthMap-SAR: land cover in Umbra spotlight pictures, track 1 of the Data Fusion Contest 2025."""

from __future__ import annotations

from sovs_map.benchmark.data_set import DataSet
from sovs_map.benchmark.layout import Layout, PictureFile
from sovs_map.benchmark.leaves import BARE_SOIL, BUILDING, CROPS, GRASS, PAVED, PERMANENT_WATER, ROAD, TREES
from sovs_map.benchmark.native_class import NativeClass, ignored
from sovs_map.benchmark.splits import FieldSplit

OPENEARTHMAP_SAR = DataSet(
    name="openearthmap-sar",
    title="OpenEarthMap-SAR (DFC2025 track 1)",
    where="https://zenodo.org/records/14622048 (labels of evaluation: 14950559)",
    licence="SAR: CC BY 4.0 (Umbra)",
    sensor="Umbra",
    band="X",
    polarisations=("unknown",),
    spacing_m=0.5,
    scale="auto",
    calibrated=False,
    classes=(
        ignored("none", 0),
        NativeClass("bareland", (1,), BARE_SOIL, ("bareland", "barren")),
        NativeClass("rangeland", (2,), GRASS, ("rangeland", "grass")),
        NativeClass("developed space", (3,), PAVED, ("developed space", "pavement")),
        NativeClass("road", (4,), ROAD, ("road",)),
        NativeClass("tree", (5,), TREES, ("tree", "forest")),
        NativeClass("water", (6,), PERMANENT_WATER, ("water", "river")),
        NativeClass("agriculture", (7,), CROPS, ("agriculture", "cropland")),
        NativeClass("building", (8,), BUILDING, ("building", "roof", "house")),
    ),
    layouts=(
        Layout(
            (PictureFile("{split}/sar_images/{name}.tif", ((1, "unknown"),)),),
            ("{split}/labels/{name}.tif",),
            fields=(("split", "train|val|test"),),
            splits=FieldSplit((("train", "train"), ("val", "val"), ("test", "test"))),
        ),
    ),
    samples=5033,
    doubts=(
        "spacing: 0.15 to 0.5 m, not told picture by picture where files are not georeferenced",
        "agreement of pseudo-labels with manual ones: from a reading note, not from the paper",
    ),
    traps=(
        "VV or HH, and no file tells which",
        "4,333 tiles have labels drawn by a model; for bareland they agree with manual ones at 0.11: not to train with",
    ),
)
"""5,033 tiles of 1024 x 1024 pixels, 8-bit amplitude."""
