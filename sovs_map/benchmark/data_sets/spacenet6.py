"""SpaceNet 6: footprints of buildings in Rotterdam, X band from an aeroplane."""

from __future__ import annotations

from sovs_map.benchmark.data_set import DataSet, Labelling
from sovs_map.benchmark.layout import Layout, PictureFile
from sovs_map.benchmark.leaves import BUILDING, NO_BUILDING
from sovs_map.benchmark.native_class import NativeClass

_FILE = "SN6_Train_AOI_11_Rotterdam"
_BANDS = ((1, "HH"), (2, "HV"), (3, "VH"), (4, "VV"))


def _below(folder: str) -> Layout:
    return Layout(
        (PictureFile(f"{folder}SAR-Intensity/{_FILE}_SAR-Intensity_{{start}}_{{end}}_tile_{{n}}.tif", _BANDS),),
        (f"{folder}geojson_buildings/{_FILE}_Buildings_{{start}}_{{end}}_tile_{{n}}.geojson",),
        fields=(("start", r"\d+"), ("end", r"\d+"), ("n", r"\d+")),
        scene="{start}_{end}",
    )


SPACENET6 = DataSet(
    name="spacenet6",
    title="SpaceNet 6 (MSAW)",
    where="https://spacenet.ai/sn6-challenge (s3://spacenet-dataset/spacenet/SN6_buildings)",
    licence="CC BY-SA 4.0",
    sensor="Capella, airborne",
    band="X",
    polarisations=("HH", "HV", "VH", "VV"),
    spacing_m=0.5,
    scale="auto",
    calibrated=False,
    classes=(
        NativeClass("no building", (0,), NO_BUILDING, ("ground without buildings", "land")),
        NativeClass("building", (1,), BUILDING, ("building", "roof", "house")),
    ),
    layouts=(_below("train/AOI_11_Rotterdam/"), _below("AOI_11_Rotterdam/")),
    samples=3401,
    doubts=(
        "order HH, HV, VH, VV of the bands: from general knowledge",
        "what the numbers are: readers disagree whether they are linear or dB with an offset; judged as `map` judges them",
    ),
    traps=(
        "0 is no data, also inside of tiles",
        "two look directions, see SummaryData/SAR_orientations.txt; solvers turn one by 180 degrees, here nothing is turned",
        "footprints lie on the ground, roofs lean towards the radar",
        "strips overlap: the scene is the strip, and the same ground lies in several",
    ),
    leaks=("hr-sarbud", "mm-ovseg stage 1"),
    labelling=Labelling.POLYGONS,
    nodata=0.0,
)
"""3,401 tiles of 900 x 900 pixels."""
