"""YESeg-OPT-SAR: seven classes in pictures of 0.5 m."""

from __future__ import annotations

from sovs_map.benchmark.data_set import DataSet
from sovs_map.benchmark.layout import Layout, PictureFile
from sovs_map.benchmark.leaves import BARE_SOIL, BUILDING, LOW_VEGETATION, PERMANENT_WATER, ROAD, TREES
from sovs_map.benchmark.native_class import NativeClass, ignored
from sovs_map.benchmark.splits import ListSplit

YESEG_OPT_SAR = DataSet(
    name="yeseg-opt-sar",
    title="YESeg-OPT-SAR",
    where="https://github.com/yeyuanxin110/YESeg-OPT-SAR",
    licence="not stated",
    sensor="not stated",
    band="unknown",
    polarisations=("unknown",),
    spacing_m=0.5,
    scale="auto",
    calibrated=False,
    classes=(
        ignored("background", 0),
        NativeClass("bare ground", (1,), BARE_SOIL, ("bare ground", "bare soil")),
        NativeClass("low vegetation", (2,), LOW_VEGETATION, ("low vegetation", "grass")),
        NativeClass("trees", (3,), TREES, ("trees", "forest")),
        NativeClass("houses", (4,), BUILDING, ("houses", "building")),
        NativeClass("water", (5,), PERMANENT_WATER, ("water",)),
        NativeClass("roads", (6,), ROAD, ("road",)),
        ignored("other", 7),
    ),
    layouts=(
        Layout(
            (PictureFile("sar/{block}/{name}.png", ((1, "unknown"),)),),
            ("label/{block}/{name}.png",),
            scene="{block}",
            folder=r".*yeseg.*",
        ),
        Layout(
            (PictureFile("SAR/{name}.png", ((1, "unknown"),)),),
            ("label/{name}.png",),
            splits=ListSplit((("train", "train.txt"),), rest="test"),
            folder=r".*yeseg.*",
        ),
    ),
    samples=2231,
    doubts=(
        "SAR of 0.5 m beside a product like Google Earth's is doubtful: treat it as out of the family of the others",
    ),
    traps=("82 % of the pixels are bare ground or low vegetation",),
)
"""2,231 pairs of 256 x 256 pixels of two areas in China."""
