"""ETCI2021: floods and water bodies in Sentinel-1 pictures of 8 bits."""

from __future__ import annotations

from sovs_map.benchmark.data_set import DataSet, Labelling
from sovs_map.benchmark.layout import Layout, PictureFile
from sovs_map.benchmark.leaves import FLOOD, NO_WATER_NOR_MARSH, PERMANENT_WATER
from sovs_map.benchmark.native_class import NativeClass
from sovs_map.benchmark.splits import FieldSplit

ETCI2021 = DataSet(
    name="etci2021",
    title="ETCI 2021",
    where="https://nasa-impact.github.io/etci2021",
    licence="not stated",
    sensor="Sentinel-1",
    band="C",
    polarisations=("VV", "VH"),
    spacing_m=10.0,
    scale="auto",
    calibrated=False,
    classes=(
        NativeClass("no water", (0,), NO_WATER_NOR_MARSH, ("land", "dry land")),
        NativeClass("water body", (1,), PERMANENT_WATER, ("permanent water", "river", "lake")),
        NativeClass("flood", (2,), FLOOD, ("flood water", "flooded area")),
    ),
    layouts=(
        Layout(
            (
                PictureFile("{split}/{region}/tiles/vv/{name}_vv.png", ((1, "VV"),)),
                PictureFile("{split}/{region}/tiles/vh/{name}_vh.png", ((1, "VH"),)),
            ),
            (
                "{split}/{region}/tiles/water_body_label/{name}.png",
                "{split}/{region}/tiles/flood_label/{name}.png",
            ),
            fields=(("split", "train|test"),),
            scene="{region}",
            splits=FieldSplit((("train", "train"), ("test", "val"))),
        ),
    ),
    samples=33405,
    doubts=(
        "a pixel in both masks is taken as flood",
        "pixels of 10 m: from general knowledge; the authors tell 5 x 20 m of resolution",
    ),
    traps=(
        "the folder test is the validation split; test_internal has no flood masks, so it is not read",
        "pictures are PNG of three equal channels; one is read",
        "many tiles are black: they hold no data and nothing of them counts",
        "8-bit stretches of dB of unknown limits",
    ),
    labelling=Labelling.MASKS,
)
"""33,405 tiles of 256 x 256 pixels."""
