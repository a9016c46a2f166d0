"""Simulated scenes, as `build --simulated` writes them."""

from __future__ import annotations

from sovs_map.benchmark.data_set import DataSet
from sovs_map.benchmark.layout import Layout, PictureFile
from sovs_map.benchmark.native_class import NativeClass, ignored
from sovs_map.benchmark.splits import FieldSplit
from sovs_map.taxonomy import load_taxonomy
from sovs_map.training.labels import LABEL_SETS


def _class(label: int) -> NativeClass:
    """Return the class of a label; only leaves are asked for by name."""
    names = [load_taxonomy().leaves[leaf - 1].name for leaf in sorted(LABEL_SETS[label])]
    return NativeClass(" or ".join(names), (label,), LABEL_SETS[label], (names[0],) if len(names) == 1 else ())


SIMULATED = DataSet(
    name="simulated",
    title="Simulated scenes",
    where="sovs-map benchmark build --simulated N",
    licence="Apache-2.0",
    sensor="simulated: X, C and L band",
    band="X, C, L",
    polarisations=("HH", "HV", "VH", "VV"),
    spacing_m=10.0,
    scale="auto",
    calibrated=False,
    classes=(ignored("unlabelled", 0), *map(_class, range(1, len(LABEL_SETS)))),
    layouts=(
        Layout(
            (PictureFile("{split}/{polarisation}/{name}.tif"),),
            ("{split}/labels/{name}.tif",),
            fields=(("split", "train|test"), ("polarisation", "(?:HH|HV|VH|VV)(?:-(?:HH|HV|VH|VV))*")),
            splits=FieldSplit((("train", "train"), ("test", "test"))),
            folder=r"simulated",
        ),
    ),
    samples=0,
    traps=("labels lie in the ground's geometry, as those of real maps do: layover and shadow are not followed",),
)
"""As many scenes as are asked for, of several sensors."""
