"""MMHunan: Sentinel-1 with land cover of Hunan."""

from __future__ import annotations

from sovs_map.benchmark.data_set import DataSet
from sovs_map.benchmark.layout import Layout, PictureFile
from sovs_map.benchmark.leaves import BARE_SOIL, BUILT_UP, CROPS, GRASS, PERMANENT_WATER, TREES, WETLAND
from sovs_map.benchmark.native_class import NativeClass, ignored
from sovs_map.benchmark.splits import FieldSplit

MMHUNAN = DataSet(
    name="mmhunan",
    title="MMHunan",
    where="its authors' repository, under MMHunan or Hunan multimodal dataset",
    licence="not stated",
    sensor="Sentinel-1",
    band="C",
    polarisations=("VV", "VH"),
    spacing_m=10.0,
    scale="auto",
    calibrated=True,
    classes=(
        NativeClass("cropland", (1,), CROPS, ("cropland", "farmland")),
        NativeClass("forest", (2, 4), TREES, ("forest", "trees")),
        NativeClass("grassland", (3,), GRASS, ("grassland", "grass")),
        NativeClass("wetland", (5,), WETLAND, ("wetland", "marsh")),
        NativeClass("water", (6,), PERMANENT_WATER, ("water", "lake")),
        NativeClass("unused land", (9,), BARE_SOIL, ("bare land", "unused land")),
        NativeClass("built-up area", (7, 8, 10), BUILT_UP, ("built-up area", "urban area")),
        ignored("others", 0, 11, 255),
    ),
    layouts=(
        Layout(
            (PictureFile("{split}/s1/s1_{name}.tif", ((1, "VV"), (2, "VH"))),),
            ("{split}/lc/lc_{name}.tif",),
            fields=(("split", "train|val|test"), ("name", r"\d+")),
            splits=FieldSplit((("train", "train"), ("val", "val"), ("test", "test"))),
        ),
    ),
    samples=500,
    doubts=(
        "order of the bands, and whether numbers are dB or linear: not told, so each file is judged by its numbers",
        "raw code 11 becomes a class of its own or built-up in public readers; here it is not counted",
    ),
    traps=("files hold raw codes 0 to 11 and 255, which readers look up in a table: 4 is forest, as 2 is",),
)
"""500 triplets of 256 x 256 pixels."""
