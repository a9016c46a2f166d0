"""BRIGHT: damaged buildings after disasters, in Umbra and Capella pictures."""

from __future__ import annotations

from sovs_map.benchmark.data_set import DataSet
from sovs_map.benchmark.layout import Layout, PictureFile
from sovs_map.benchmark.leaves import BUILDING, DAMAGED, NO_BUILDING
from sovs_map.benchmark.native_class import NativeClass
from sovs_map.benchmark.splits import ListSplit

BRIGHT = DataSet(
    name="bright",
    title="BRIGHT (DFC2025 track 2)",
    where="https://zenodo.org/records/14619797",
    licence="code Apache-2.0; data not checked",
    sensor="Umbra, Capella",
    band="X",
    polarisations=("unknown",),
    spacing_m=0.5,
    scale="auto",
    calibrated=False,
    classes=(
        NativeClass("background", (0,), NO_BUILDING, ("ground without buildings", "land")),
        NativeClass("intact", (1,), BUILDING, ("intact building", "building")),
        NativeClass("damaged", (2,), DAMAGED, ("damaged building",)),
        NativeClass("destroyed", (3,), DAMAGED, ("destroyed building", "rubble")),
    ),
    layouts=(
        Layout(
            (PictureFile("post-event/{event}_{id}_post_disaster.tif", ((1, "unknown"),)),),
            ("target/{event}_{id}_building_damage.tif",),
            fields=(("id", r"\d+"),),
            scene="{event}",
            splits=ListSplit(
                (("train", "train_set.txt"), ("val", "val_set.txt"), ("test", "test_set.txt")),
                key="{event}_{id}",
                rest="all",
            ),
        ),
    ),
    samples=4243,
    doubts=("licence of the data was not checked",),
    traps=(
        "only the picture after the event is SAR; the one before is optical and not read",
        "copy the lists of bda_benchmark/dataset/splitname/standard_ML beside post-event/, or all is one split",
    ),
)
"""1024 x 1024 pixels, 8 bits."""
