"""WHU-OPT-SAR: land use of Hubei in GF-3 pictures of 5 m."""

from __future__ import annotations

from sovs_map.benchmark.data_set import DataSet
from sovs_map.benchmark.layout import Layout, PictureFile
from sovs_map.benchmark.leaves import CITY, CROPS, OTHER_USE, PERMANENT_WATER, ROAD, TREES, VILLAGE
from sovs_map.benchmark.native_class import NativeClass, ignored
from sovs_map.benchmark.splits import FieldSplit, ListSplit

_SHEET = r"N[A-Z]\d\d[A-Z]\d{6}"

WHU_OPT_SAR = DataSet(
    name="whu-opt-sar",
    title="WHU-OPT-SAR",
    where="WHU-OPT-SAR in the repositories of https://github.com/AmberHen",
    licence="not stated",
    sensor="GF-3",
    band="C",
    polarisations=("unknown",),
    spacing_m=5.0,
    scale="auto",
    calibrated=False,
    classes=(
        ignored("background", 0),
        NativeClass("farmland", (10,), CROPS, ("farmland", "cropland")),
        NativeClass("city", (20,), CITY, ("city", "urban area")),
        NativeClass("village", (30,), VILLAGE, ("village", "rural settlement")),
        NativeClass("water", (40,), PERMANENT_WATER, ("water", "river", "lake")),
        NativeClass("forest", (50,), TREES, ("forest", "trees")),
        NativeClass("road", (60,), ROAD, ("road",)),
        NativeClass("others", (70,), OTHER_USE),
    ),
    layouts=(
        Layout(
            (PictureFile("sar/{name}.tif", ((1, "unknown"),)),),
            ("lbl/{name}.tif",),
            fields=(("name", _SHEET),),
            splits=ListSplit((("train", "train.txt"), ("test", "test.txt")), rest="all"),
        ),
        Layout(
            (PictureFile("crop512/{split}/sar_dir/{sheet}{rest}.tif", ((1, "unknown"),)),),
            ("crop512/{split}/ann_dir/{sheet}{rest}.*",),
            fields=(("split", "train|test"), ("sheet", _SHEET), ("rest", ".*")),
            scene="{sheet}",
            splits=FieldSplit((("train", "train"), ("test", "test"))),
        ),
    ),
    samples=7000,
    doubts=(
        "polarisation: stated nowhere",
        "files of crop512 are taken to begin with the name of their scene",
        "the official lists of 80 train and 20 test scenes are looked for as train.txt and test.txt beside sar/",
    ),
    traps=(
        "8-bit amplitude, stretched by the authors: gain unknown",
        "random tiles of 256 pixels by third parties put neighbours on both sides of the split; use whole scenes",
    ),
    tile=512,
)
"""100 scenes of 5556 x 3704 pixels, cut into their 70 whole squares of 512."""
