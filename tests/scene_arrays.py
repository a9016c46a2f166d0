"""The ground that tests of scenes are made of, as power and dB, and as an array."""

import numpy as np
import xarray as xr
from conftest import speckled_power

from sovs_map.window import Window

POWER = np.stack([speckled_power((64, 96)), speckled_power((64, 96), level_db=-18.0, seed=1)])
DB = (10 * np.log10(POWER)).astype(np.float32)
WHOLE = Window(0, 0, 64, 96)
BOTH = ("VV", "VH")


def array_scene(values, **attrs):
    rows, cols = values.shape[1:]
    coords = {"band": list(BOTH[: len(values)]), "y": 100.0 - np.arange(rows), "x": np.arange(cols) + 5.0}
    return xr.DataArray(values, dims=("band", "y", "x"), coords=coords, name="ground", attrs=attrs)
