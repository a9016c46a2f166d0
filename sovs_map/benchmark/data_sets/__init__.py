"""The data sets of SAR-OVSeg, one file each."""

from __future__ import annotations

from sovs_map.benchmark.data_set import DataSet
from sovs_map.benchmark.data_sets.air_polsar_seg import AIR_POLSAR_SEG
from sovs_map.benchmark.data_sets.air_polsar_seg_2 import AIR_POLSAR_SEG_2
from sovs_map.benchmark.data_sets.bright import BRIGHT
from sovs_map.benchmark.data_sets.ddhr import DDHR_KOREA, DDHR_SHANDONG, DDHR_XIAN
from sovs_map.benchmark.data_sets.dfc2020 import DFC2020
from sovs_map.benchmark.data_sets.etci2021 import ETCI2021
from sovs_map.benchmark.data_sets.fusar_map import FUSAR_MAP
from sovs_map.benchmark.data_sets.kuro_siwo import KURO_SIWO
from sovs_map.benchmark.data_sets.mini import MINI
from sovs_map.benchmark.data_sets.mmflood import MMFLOOD
from sovs_map.benchmark.data_sets.mmhunan import MMHUNAN
from sovs_map.benchmark.data_sets.multisenge import MULTISENGE
from sovs_map.benchmark.data_sets.openearthmap_sar import OPENEARTHMAP_SAR
from sovs_map.benchmark.data_sets.pie_rgb_sar import PIE_RGB_SAR
from sovs_map.benchmark.data_sets.polsf import POLSF
from sovs_map.benchmark.data_sets.sarbud import SARBUD
from sovs_map.benchmark.data_sets.sen1floods11 import SEN1FLOODS11
from sovs_map.benchmark.data_sets.sen12ms import SEN12MS
from sovs_map.benchmark.data_sets.simulated import SIMULATED
from sovs_map.benchmark.data_sets.spacenet6 import SPACENET6
from sovs_map.benchmark.data_sets.urbansarfloods import URBANSARFLOODS
from sovs_map.benchmark.data_sets.whu_opt_sar import WHU_OPT_SAR
from sovs_map.benchmark.data_sets.yeseg_opt_sar import YESEG_OPT_SAR

DATA_SETS: tuple[DataSet, ...] = (
    WHU_OPT_SAR,
    OPENEARTHMAP_SAR,
    FUSAR_MAP,
    AIR_POLSAR_SEG,
    AIR_POLSAR_SEG_2,
    DDHR_KOREA,
    DDHR_SHANDONG,
    DDHR_XIAN,
    PIE_RGB_SAR,
    YESEG_OPT_SAR,
    *POLSF,
    DFC2020,
    SEN12MS,
    MULTISENGE,
    MMHUNAN,
    SEN1FLOODS11,
    KURO_SIWO,
    MMFLOOD,
    ETCI2021,
    URBANSARFLOODS,
    SPACENET6,
    SARBUD,
    BRIGHT,
    *MINI,
    SIMULATED,
)
"""All of them, in the order in which they are listed."""


def data_set_named(name: str) -> DataSet:
    """Return the data set of this name.

    Raises:
        KeyError: none is called so.
    """
    for one in DATA_SETS:
        if one.name == name:
            return one
    raise KeyError(name)
