"""Sen1Floods11: water by hand in Sentinel-1 of eleven floods."""

from __future__ import annotations

from sovs_map.benchmark.data_set import DataSet
from sovs_map.benchmark.layout import Layout, PictureFile
from sovs_map.benchmark.leaves import ANY_WATER, NO_WATER_NOR_MARSH
from sovs_map.benchmark.native_class import NativeClass, ignored
from sovs_map.benchmark.splits import ListSplit

_HAND = "data/flood_events/HandLabeled"
_LISTS = "splits/flood_handlabeled"


def _below(folder: str) -> Layout:
    return Layout(
        (PictureFile(f"{folder}{_HAND}/S1Hand/{{event}}_{{id}}_S1Hand.tif", ((1, "VV"), (2, "VH"))),),
        (f"{folder}{_HAND}/LabelHand/{{event}}_{{id}}_LabelHand.tif",),
        fields=(("id", r"\d+"),),
        scene="{event}",
        splits=ListSplit(
            (
                ("train", f"{folder}{_LISTS}/flood_train_data.csv"),
                ("val", f"{folder}{_LISTS}/flood_valid_data.csv"),
                ("test", f"{folder}{_LISTS}/flood_test_data.csv"),
                ("bolivia", f"{folder}{_LISTS}/flood_bolivia_data.csv"),
            ),
            key="{event}_{id}_S1Hand",
        ),
    )


SEN1FLOODS11 = DataSet(
    name="sen1floods11",
    title="Sen1Floods11 v1.1",
    where="https://github.com/cloudtostreet/Sen1Floods11 (gs://sen1floods11/v1.1)",
    licence="no licence file",
    sensor="Sentinel-1",
    band="C",
    polarisations=("VV", "VH"),
    spacing_m=10.0,
    scale="db",
    calibrated=True,
    classes=(
        ignored("no data", -1),
        NativeClass("not water", (0,), NO_WATER_NOR_MARSH, ("land", "dry land")),
        NativeClass("water", (1,), ANY_WATER, ("water", "flooded area")),
    ),
    layouts=(_below("v1.1/"), _below("")),
    samples=446,
    traps=(
        "labels are signed: -1 is no data, 255 in readers that take them for bytes",
        "train, val and test share their events; only bolivia is another one",
        "water is any water, flood or not",
    ),
)
"""446 chips of 512 x 512 pixels."""
