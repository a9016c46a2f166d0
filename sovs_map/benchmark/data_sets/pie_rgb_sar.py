"""PIE-RGB-SAR: five classes in SAR pictures of the Pearl River Delta."""

from __future__ import annotations

from sovs_map.benchmark.data_set import DataSet
from sovs_map.benchmark.layout import Layout, PictureFile
from sovs_map.benchmark.leaves import CITY, CROPS, PERMANENT_WATER, ROAD, TREES
from sovs_map.benchmark.native_class import NativeClass, ignored
from sovs_map.benchmark.splits import ListSplit

PIE_RGB_SAR = DataSet(
    name="pie-rgb-sar",
    title="PIE-RGB-SAR",
    where="linked from https://github.com/whu-pzhang/ASANet",
    licence="not stated",
    sensor="GF-3",
    band="C",
    polarisations=("unknown",),
    spacing_m=2.0,
    scale="auto",
    calibrated=False,
    classes=(
        ignored("background", 0),
        NativeClass("city", (1,), CITY, ("city", "urban area")),
        NativeClass("road", (2,), ROAD, ("road",)),
        NativeClass("water", (3,), PERMANENT_WATER, ("water", "river")),
        NativeClass("forest", (4,), TREES, ("forest", "trees")),
        NativeClass("farmland", (5,), CROPS, ("farmland", "cropland")),
    ),
    layouts=(
        Layout(
            (PictureFile("sar/{name}.tif", ((1, "unknown"),)),),
            ("label/{name}.tif",),
            splits=ListSplit((("train", "train.txt"), ("val", "val.txt")), rest="all"),
            folder=r".*pie.*",
        ),
    ),
    samples=4865,
    doubts=("sensor, pixels of 2 m, 4,865 pairs: from general knowledge; Pearl River Delta: from a reading note",),
    traps=(
        "background is no class: as a word it means nothing, so its pixels are not counted",
        "which scene a chip was cut from is not told, so chips count as scenes",
    ),
)
"""4,865 pairs of 256 x 256 pixels, 8 bits."""
