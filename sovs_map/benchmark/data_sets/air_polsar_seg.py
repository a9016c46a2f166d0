"""AIR-PolSAR-Seg: six classes in one quad-polarised GF-3 scene of 8 m."""

from __future__ import annotations

from sovs_map.benchmark.data_set import DataSet, Labelling
from sovs_map.benchmark.layout import Layout, PictureFile
from sovs_map.benchmark.leaves import GREENERY, HOUSES, INDUSTRY, LAND_IN_USE, PERMANENT_WATER
from sovs_map.benchmark.native_class import NativeClass, ignored
from sovs_map.benchmark.splits import FieldSplit

POLARISATIONS = ("HH", "HV", "VH", "VV")

AIR_POLSAR_SEG = DataSet(
    name="air-polsar-seg",
    title="AIR-PolSAR-Seg",
    where="https://github.com/AICyberTeam/AIR-PolSAR-Seg",
    licence="no licence text; owner AIRCAS, open for research",
    sensor="GF-3 (QPSI)",
    band="C",
    polarisations=POLARISATIONS,
    spacing_m=8.0,
    scale="amplitude",
    calibrated=False,
    classes=(
        ignored("unlabelled", colours=((0, 0, 0),)),
        NativeClass("housing", (), HOUSES, ("housing area", "urban area", "houses"), ((255, 255, 0),)),
        NativeClass("industrial", (), INDUSTRY, ("industrial area", "factories"), ((0, 0, 255),)),
        NativeClass("natural", (), GREENERY, ("vegetation", "natural area"), ((0, 255, 0),)),
        NativeClass("land use", (), LAND_IN_USE, ("bare or farmed land", "land use area"), ((255, 0, 0),)),
        NativeClass("water", (), PERMANENT_WATER, ("water",), ((0, 255, 255),)),
        ignored("other", colours=((255, 255, 255),)),
    ),
    layouts=(
        Layout(
            tuple(PictureFile(f"{{split}}_set/{{name}}_{one}.tiff", ((1, one),)) for one in POLARISATIONS),
            ("{split}_set/{name}_gt.png",),
            fields=(("split", "train|test"),),
            splits=FieldSplit((("train", "train"), ("test", "test"))),
        ),
    ),
    samples=500,
    doubts=(
        "what 'land use' means is unclear; it is taken as cropland, bare soil or construction",
        "whether version 2 has the same ground is unknown; it is taken to have",
    ),
    traps=(
        "all areas are cut from one scene of 9082 x 9805 pixels: train and test are neighbours",
        "published scores of one model differ by 9.5 points between protocols: never compare across them",
    ),
    leaks=("air-polsar-seg-2",),
    labelling=Labelling.COLOURS,
)
"""500 areas of 512 x 512 pixels."""
