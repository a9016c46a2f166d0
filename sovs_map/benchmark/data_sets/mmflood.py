"""MMFlood: floods of the Copernicus emergency service in Sentinel-1."""

from __future__ import annotations

from sovs_map.benchmark.data_set import DataSet
from sovs_map.benchmark.layout import Layout, PictureFile
from sovs_map.benchmark.leaves import FLOOD, NOT_FLOODED
from sovs_map.benchmark.native_class import NativeClass, ignored
from sovs_map.benchmark.splits import TableSplit

MMFLOOD = DataSet(
    name="mmflood",
    title="MMFlood",
    where="https://huggingface.co/datasets/links-ads/mmflood",
    licence="not stated",
    sensor="Sentinel-1",
    band="C",
    polarisations=("VV", "VH"),
    spacing_m=10.0,
    scale="power",
    calibrated=True,
    classes=(
        NativeClass("not flooded", (0,), NOT_FLOODED, ("dry land", "land")),
        NativeClass("flood", (1,), FLOOD, ("flood water", "flooded area")),
        ignored("no data", 255),
    ),
    layouts=(
        Layout(
            (PictureFile("activations/{activation}-{k}/s1_raw/{name}.tif", ((1, "VV"), (2, "VH"))),),
            ("activations/{activation}-{k}/mask/{name}.tif",),
            fields=(("activation", r"EMSR\d+"), ("k", r"\d+")),
            scene="{activation}",
            splits=TableSplit("activations.json", "subset", ("train", "val", "test"), key="{activation}"),
        ),
    ),
    samples=1748,
    doubts=("linear power: inferred from how readers stretch it (VV at 0.3)",),
    traps=(
        "pixels without data are 0 in pictures and 255 in masks",
        "permanent water is not told from land: 0 is all that was not flooded",
    ),
    nodata=0.0,
)
"""1,748 tiles of many sizes, 95 events."""
