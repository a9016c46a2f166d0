"""A small Sentinel-1 GRD product in the layout of its specification.

Source:
    Sentinel-1 Product Specification, S1-RS-MDA-52-7441, issue 3.9: section 3 (SAFE, names, folders), 6.2 (annotation
    data sets: adsHeader, imageAnnotation, geolocationGrid), 6.3 (calibration: calibrationVectorList).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.control import GroundControlPoint
from rasterio.crs import CRS
from rasterio.errors import NotGeoreferencedWarning

NAME = "S1A_IW_GRDH_1SDV_20201107T015234_20201107T015259_035124_0419B4_1A2B.SAFE"
STEM = "s1a-iw-grd-{pol}-20201107t015234-20201107t015259-035124-0419b4-00{number}"
LINES, PIXELS = (0, 40, 80, 119), (0, 50, 100, 159)
"""Where the calibration vectors and tie points lie."""


@dataclass(frozen=True)
class Product:
    """What was written."""

    folder: Path
    numbers: dict[str, NDArray[np.uint16]]
    tables: dict[str, NDArray[np.float32]]


def sigma_table(pol: str) -> NDArray[np.float32]:
    """Return sigmaNought of each calibration vector, shape ``(line, pixel)``; no plane, so interpolation is seen."""
    line, pixel = np.meshgrid(LINES, PIXELS, indexing="ij")
    level = 330.0 if pol == "vv" else 250.0
    return (level + 0.2 * line - 0.3 * pixel + 0.002 * line * pixel).astype(np.float32)


def write_safe(folder: Path, *, pols: tuple[str, ...] = ("vv", "vh"), height: int = 120, width: int = 160) -> Product:
    """Write a product into a folder and return what it holds."""
    root = folder / NAME
    for part in ("annotation/calibration", "measurement", "preview", "support"):
        (root / part).mkdir(parents=True)
    numbers = {}
    for number, pol in enumerate(pols, start=1):
        draw = np.random.default_rng(number)
        ground = 90.0 * 10 ** (draw.normal(0, 3, (height, width)) / 20)
        numbers[pol] = (ground * np.sqrt(draw.gamma(4.4, 1 / 4.4, (height, width)))).round().clip(1).astype(np.uint16)
        numbers[pol][:, :7] = 0  # the border without data
        stem = STEM.format(pol=pol, number=number)
        _write_measurement(root / "measurement" / f"{stem}.tiff", numbers[pol])
        (root / "annotation" / f"{stem}.xml").write_text(_annotation(pol, height, width))
        (root / "annotation/calibration" / f"calibration-{stem}.xml").write_text(_calibration(pol))
        (root / "annotation/calibration" / f"noise-{stem}.xml").write_text("<noise/>")
    (root / "manifest.safe").write_text(_manifest(pols))
    return Product(root, numbers, {pol: sigma_table(pol) for pol in pols})


def tie_points() -> list[GroundControlPoint]:
    return [
        GroundControlPoint(row=line, col=pixel, x=4.0 + pixel * 1e-4 + line * 2e-5, y=44.0 - line * 9e-5, z=10.0)
        for line in LINES
        for pixel in PIXELS
    ]


def _write_measurement(path: Path, values: NDArray[np.uint16]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(
            path, "w", driver="GTiff", height=values.shape[0], width=values.shape[1], count=1, dtype="uint16"
        ) as target:
            target.write(values, 1)
            target.gcps = (tie_points(), CRS.from_epsg(4326))
            target.update_tags(
                TIFFTAG_IMAGEDESCRIPTION="Sentinel-1A IW GRD HR L1", TIFFTAG_SOFTWARE="Sentinel-1 IPF 003.31"
            )


def _annotation(pol: str, height: int, width: int) -> str:
    points = "".join(
        f"<geolocationGridPoint><azimuthTime>2020-11-07T01:52:34.000000</azimuthTime><slantRangeTime>5.3e-03"
        f"</slantRangeTime><line>{int(p.row)}</line><pixel>{int(p.col)}</pixel><latitude>{p.y}</latitude>"
        f"<longitude>{p.x}</longitude><height>{p.z}</height><incidenceAngle>39.0</incidenceAngle>"
        f"<elevationAngle>34.0</elevationAngle></geolocationGridPoint>"
        for p in tie_points()
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<product><adsHeader><missionId>S1A</missionId><productType>GRD</productType><polarisation>{pol.upper()}</polarisation>
<mode>IW</mode><swath>IW</swath><startTime>2020-11-07T01:52:34.000000</startTime>
<stopTime>2020-11-07T01:52:59.000000</stopTime><absoluteOrbitNumber>35124</absoluteOrbitNumber>
<missionDataTakeId>268724</missionDataTakeId><imageNumber>001</imageNumber></adsHeader>
<generalAnnotation><productInformation><pass>Ascending</pass><projection>Ground Range</projection>
<radarFrequency>5.405000454334350e+09</radarFrequency></productInformation></generalAnnotation>
<imageAnnotation><imageInformation><productFirstLineUtcTime>2020-11-07T01:52:34.000000</productFirstLineUtcTime>
<pixelValue>Detected</pixelValue><outputPixels>16 bit Unsigned Integer</outputPixels>
<rangePixelSpacing>1.000000e+01</rangePixelSpacing><azimuthPixelSpacing>1.000000e+01</azimuthPixelSpacing>
<numberOfSamples>{width}</numberOfSamples><numberOfLines>{height}</numberOfLines></imageInformation></imageAnnotation>
<geolocationGrid><geolocationGridPointList count="{len(tie_points())}">{points}</geolocationGridPointList></geolocationGrid>
</product>"""


def _calibration(pol: str) -> str:
    vectors = "".join(
        f"<calibrationVector><azimuthTime>2020-11-07T01:52:34.000000</azimuthTime><line>{line}</line>"
        f'<pixel count="{len(PIXELS)}">{" ".join(map(str, PIXELS))}</pixel>'
        f'<sigmaNought count="{len(PIXELS)}">{_listed(row)}</sigmaNought>'
        f'<betaNought count="{len(PIXELS)}">{_listed(row * 0 + 237)}</betaNought>'
        f'<gamma count="{len(PIXELS)}">{_listed(row * 0.9)}</gamma>'
        f'<dn count="{len(PIXELS)}">{_listed(row * 0 + 237)}</dn></calibrationVector>'
        for line, row in zip(LINES, sigma_table(pol), strict=True)
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<calibration><adsHeader><missionId>S1A</missionId><productType>GRD</productType><polarisation>{pol.upper()}</polarisation>
<mode>IW</mode><swath>IW</swath></adsHeader><calibrationInformation><absoluteCalibrationConstant>1.000000e+00
</absoluteCalibrationConstant></calibrationInformation>
<calibrationVectorList count="{len(LINES)}">{vectors}</calibrationVectorList></calibration>"""


def _listed(values: NDArray[np.float32]) -> str:
    return " ".join(f"{value:.6e}" for value in values)


def _manifest(pols: tuple[str, ...]) -> str:
    units, metadata, objects = [], [], []
    for number, pol in enumerate(pols, start=1):
        stem = STEM.format(pol=pol, number=number)
        key = stem.replace("-", "")
        units.append(
            f'<xfdu:contentUnit unitType="Measurement Data Unit" repID="s1Level1MeasurementSchema" '
            f'dmdID="product{key}Annotation calibration{key}Annotation noise{key}Annotation">'
            f'<dataObjectPointer dataObjectID="{key}"/></xfdu:contentUnit>'
        )
        files = (
            (f"product{key}", "s1Level1ProductSchema", f"./annotation/{stem}.xml", "text/xml"),
            (
                f"calibration{key}",
                "s1Level1CalibrationSchema",
                f"./annotation/calibration/calibration-{stem}.xml",
                "text/xml",
            ),
            (f"noise{key}", "s1Level1NoiseSchema", f"./annotation/calibration/noise-{stem}.xml", "text/xml"),
            (key, "s1Level1MeasurementSchema", f"./measurement/{stem}.tiff", "application/octet-stream"),
        )
        for name, schema, href, mime in files:
            objects.append(
                f'<dataObject ID="{name}" repID="{schema}"><byteStream mimeType="{mime}" size="1"><fileLocation '
                f'locatorType="URL" href="{href}"/></byteStream></dataObject>'
            )
            if name != key:
                metadata.append(
                    f'<metadataObject ID="{name}Annotation" classification="DESCRIPTION" category="DMD">'
                    f'<dataObjectPointer dataObjectID="{name}"/></metadataObject>'
                )
    period = (
        '<metadataObject ID="acquisitionPeriod" classification="DESCRIPTION" category="DMD"><metadataWrap mimeType="text/xml">'
        "<xmlData><safe:acquisitionPeriod><safe:startTime>2020-11-07T01:52:34.000000</safe:startTime>"
        "<safe:stopTime>2020-11-07T01:52:59.000000</safe:stopTime></safe:acquisitionPeriod></xmlData></metadataWrap>"
        "</metadataObject>"
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<xfdu:XFDU xmlns:xfdu="urn:ccsds:schema:xfdu:1" xmlns:safe="http://www.esa.int/safe/sentinel-1.0" '
        'version="esa/safe/sentinel-1.0/sentinel-1/sar/level-1/grd/standard/iwdp"><informationPackageMap>'
        '<xfdu:contentUnit unitType="SAFE Archive Information Package" textInfo="Sentinel-1 IW Level-1 GRD Product" '
        f'dmdID="acquisitionPeriod">{"".join(units)}</xfdu:contentUnit></informationPackageMap>'
        f"<metadataSection>{period}{''.join(metadata)}</metadataSection>"
        f"<dataObjectSection>{''.join(objects)}</dataObjectSection></xfdu:XFDU>"
    )
