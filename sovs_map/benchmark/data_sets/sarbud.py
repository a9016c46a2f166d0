"""SARBuD 1.0: built-up land in GF-3 pictures of 10 m."""

from __future__ import annotations

from sovs_map.benchmark.data_set import DataSet
from sovs_map.benchmark.layout import Layout, PictureFile
from sovs_map.benchmark.leaves import BUILT_UP, NOT_BUILT_UP
from sovs_map.benchmark.native_class import NativeClass

SARBUD = DataSet(
    name="sarbud",
    title="SARBuD 1.0",
    where="https://github.com/CAESAR-Radi/SARBuD",
    licence="not stated",
    sensor="GF-3 (FSII)",
    band="C",
    polarisations=("unknown",),
    spacing_m=10.0,
    scale="auto",
    calibrated=False,
    classes=(
        NativeClass("background", (0,), NOT_BUILT_UP, ("land without buildings", "land")),
        NativeClass("building", (1, 255), BUILT_UP, ("built-up area", "buildings")),
    ),
    layouts=(
        Layout(
            (PictureFile("images/{name}.{ending}", ((1, "unknown"),)),),
            ("Labelimgs/{name}.*",),
            fields=(("ending", "tiff?|png|jpg|bmp"),),
        ),
    ),
    samples=25000,
    doubts=("names inside the two archives are not told: picture and label are taken to share theirs",),
    traps=(
        "which scene a chip was cut from is not told, so chips count as scenes",
        "labels are blocks of built-up land, not footprints",
        "HR-SARBuD is another set: its pictures are SpaceNet 6",
    ),
)
"""256 x 256 pixels."""
