"""AIR-PolSAR-Seg-2.0: three single-look complex GF-3 scenes, whose label colours need a key from the user."""

from __future__ import annotations

from sovs_map.benchmark.data_set import DataSet, Form, Labelling
from sovs_map.benchmark.layout import Layout, PictureFile
from sovs_map.benchmark.leaves import BARE_SOIL, BUILT_UP, MOUNTAIN, PERMANENT_WATER, PLANTS, ROAD
from sovs_map.benchmark.native_class import NativeClass


def _in(folder: str, *, home: str = "") -> Layout:
    return Layout(
        tuple(PictureFile(f"{folder}{{city}}_{one.lower()}.tiff", ((1, one),)) for one in ("HH", "HV", "VH", "VV")),
        (folder + "modified/*_gt*.tiff",),
        fields=(("city", "bj|sh|gz"),),
        scene="{city}",
        folder=home,
    )


AIR_POLSAR_SEG_2 = DataSet(
    name="air-polsar-seg-2",
    title="AIR-PolSAR-Seg-2.0",
    where="doi:10.57760/sciencedb.radars.00041",
    licence="not stated",
    sensor="GF-3 (QPSI, level 1A)",
    band="C",
    polarisations=("HH", "HV", "VH", "VV"),
    spacing_m=8.0,
    scale="amplitude",
    calibrated=False,
    classes=(
        NativeClass("water", (), PERMANENT_WATER, ("water",)),
        NativeClass("vegetation", (), PLANTS, ("vegetation", "plants")),
        NativeClass("bare land", (), BARE_SOIL, ("bare land", "bare soil")),
        NativeClass("buildings", (), BUILT_UP, ("buildings", "built-up area")),
        NativeClass("roads", (), ROAD, ("road",)),
        NativeClass("mountains", (), MOUNTAIN, ("mountain",)),
    ),
    layouts=(_in("{region}/"), _in("{region}/{folder}/", home=r".*air.?polsar.*2.*")),
    samples=0,
    doubts=(
        "which colour is which class: published nowhere that could be read; labels stay unread until a key is given",
        "colours that occur: yellow, green, cyan, blue, red, magenta in Beijing only; white and black are unlabelled",
    ),
    traps=(
        "two bands are the real and imaginary part of one polarisation, uncalibrated: VH is 1.9 times HV in power",
        "compression shifted colours of labels by thousands of shades in Shanghai: the nearest colour counts",
        "a public reader reuses the classes of version 1 and takes white for 'other': both wrong",
    ),
    leaks=("air-polsar-seg",),
    labelling=Labelling.COLOURS,
    form=Form.COMPLEX,
    tile=512,
    key="colours.csv",
)
"""Beijing, Shanghai and Guangzhou."""
