"""Which assets of a STAC item hold backscatter, and of which polarisations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from sovs_map.scene.layer import words
from sovs_map.scene.polarisation import NO_BACKSCATTER, POLARISATIONS, TOKEN, polarisations_in

_TYPES = ("image/tiff", "image/vnd.stac.geotiff", "image/geotiff", "image/jp2")
_SUFFIXES = (".tif", ".tiff", ".jp2")
_OTHER_ROLES = frozenset({"thumbnail", "overview", "metadata", "visual", "date"}) | NO_BACKSCATTER


@dataclass(frozen=True, slots=True)
class Asset:
    """What an item says about one of its files."""

    key: str
    """Name of the asset in its item."""

    href: str
    """Where the file lies, as written."""

    media_type: str
    """MIME type; empty when the item does not say."""

    roles: tuple[str, ...]
    """Purposes, such as ``data``."""

    title: str
    """For readers; may be empty."""

    bands: tuple[str, ...]
    """What the item says of each band: its name and description; may be empty."""

    polarisations: str
    """The asset's own list of polarisations, as text; may be empty."""


@dataclass(frozen=True, slots=True)
class Told:
    """An asset of backscatter."""

    asset: Asset
    """The file."""

    polarisations: tuple[str, ...]
    """Of its bands, in their order; empty when nothing tells."""


def choose_assets(assets: Sequence[Asset], *, polarisations: str) -> tuple[Told, ...]:
    """Return the assets that make up the scene; none when nothing fits or several fit equally well.

    Files of one polarisation each come first, then one file of several, then the only raster that there is.

    Args:
        assets: of one item.
        polarisations: of the item as a whole, as text.
    """
    rasters = _once([Told(asset, _polarisations(asset)) for asset in assets if _is_backscatter(asset)])
    for among in (_only_data(rasters), rasters):
        chosen = _singles(among) or _alone([one for one in among if len(one.polarisations) > 1])
        if chosen:
            return chosen
    told = _alone(_only_data(rasters)) or _alone(rasters)
    return tuple(Told(one.asset, polarisations_in(polarisations)) for one in told)


def _singles(told: Sequence[Told]) -> tuple[Told, ...]:
    """Return one asset for each polarisation, none when two claim the same."""
    single = [one for one in told if len(one.polarisations) == 1]
    exact = [one for one in single if one.asset.key.upper() == one.polarisations[0]]
    for among in (single, exact):
        names = [one.polarisations[0] for one in among]
        if len(set(names)) == len(names):
            return tuple(sorted(among, key=lambda one: POLARISATIONS.index(one.polarisations[0])))
    return ()


def _once(told: Sequence[Told]) -> list[Told]:
    """Return the first of those that are one file in several places, as when an item has https:// and s3:// for each."""
    return list({(_file_name(one.asset), one.polarisations): one for one in reversed(told)}.values())[::-1]


def _alone(told: Sequence[Told]) -> tuple[Told, ...]:
    return tuple(told) if len(told) == 1 else ()


def _only_data(told: Sequence[Told]) -> list[Told]:
    return [one for one in told if "data" in one.asset.roles]


def _is_backscatter(asset: Asset) -> bool:
    said = {*asset.roles, *words(asset.key)}
    if "data" not in asset.roles and not _OTHER_ROLES.isdisjoint(said):
        return False
    if not NO_BACKSCATTER.isdisjoint(words(asset.key)):
        return False
    return asset.media_type.lower().startswith(_TYPES) or _file_name(asset).lower().endswith(_SUFFIXES)


def _polarisations(asset: Asset) -> tuple[str, ...]:
    """Return what names the asset's polarisations, the most particular first."""
    key = polarisations_in(asset.key)
    if len(key) == 1:
        return key
    bands = tuple(found[0] for band in asset.bands if len(found := polarisations_in(band)) == 1)
    ways = (
        bands if len(bands) == len(asset.bands) else (),
        polarisations_in(asset.polarisations),
        key,
        polarisations_in(asset.title),
        tuple(token.upper() for token in TOKEN.findall(_file_name(asset))),
    )
    return next((tuple(dict.fromkeys(way)) for way in ways if way), ())


def _file_name(asset: Asset) -> str:
    try:
        return PurePosixPath(urlsplit(asset.href).path).name
    except ValueError:  # an address that is none; it is refused when it is followed
        return ""
