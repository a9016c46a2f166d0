"""What a scene's numbers are: asked of the user, of tags, and of the numbers themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sovs_map.errors import OptionError, SceneError
from sovs_map.radiometry import (
    STRETCH_DB,
    Scale,
    contradiction,
    detect_scale,
    gain_offsets_db,
    is_plausible_level,
    level_db,
    negative_share,
    stretch_offsets_db,
)
from sovs_map.scene.layer import Layer, words
from sovs_map.scene.products import Product

_CLAIMS = (
    (Scale.DB, frozenset({"db", "decibel", "decibels"})),
    (Scale.AMPLITUDE, frozenset({"amplitude", "amp", "magnitude"})),
    (Scale.POWER, frozenset({"power", "intensity", "linear"})),
    (Scale.DN, frozenset({"dn", "digital"})),
)


@dataclass(frozen=True, slots=True)
class Scaling:
    """How a scene's numbers become dB."""

    scale: Scale
    """What they are."""

    calibrated: bool
    """Whether their gain is known."""

    offsets_db: tuple[float, ...]
    """Shift of each band [dB]."""

    remarks: tuple[str, ...]
    """What was found and why."""


def parse_scale(text: str) -> Scale | None:
    """Return the scale of an option's text, None for ``auto``.

    Raises:
        OptionError: there is no such scale.
    """
    if text == "auto":
        return None
    if text not in tuple(Scale):
        raise OptionError(f"--scale {text} is unknown; needed is one of: auto, {', '.join(Scale)}")
    return Scale(text)


def judge_scale(
    label: str,
    choice: Sequence[tuple[Layer, str]],
    samples: NDArray[np.float32],
    *,
    stem: str,
    wanted: Scale | None,
    products: Sequence[Product | None] = (),
) -> Scaling:
    """Return how the numbers of a scene become dB.

    Args:
        label: how messages call the scene.
        choice: layers with their polarisations.
        samples: valid numbers, shape ``(band, n)``, n at least 1.
        stem: of the file name, which may tell amplitude from power.
        wanted: what the user says, None to detect it.
        products: what is known of each layer because of its family.

    Raises:
        SceneError: the numbers contradict what the user or the tags say, or may be several things.
    """
    layers = [layer for layer, _ in choice]
    known = [product for product in products if product is not None and product.calibration]
    if known and len(known) == len(layers):
        scaling = _laid_down(known, samples)
        if scaling is not None:
            return scaling
    claim, source = (wanted, "--scale") if wanted else _family_scale(products) or (_claim(label, layers), "the tags")
    if claim is None:
        scale, reason = _detected(label, layers, samples, stem=stem)
    else:
        _check(label, layers, samples, claim=claim, source=source)
        scale = _of_digital_numbers(layers, samples) if claim is Scale.DN else claim
        reason = f"told by {source}"
    levels = [level_db(sample, scale=scale) for sample in samples]
    bare = scale is not Scale.DB and any(_is_bare_integer(layer) for layer in layers)
    calibrated = not bare and claim is not Scale.DN and all(map(is_plausible_level, levels))
    names = [name for _, name in choice]
    remarks = [*_doubts(products), f"scale: {_described(scale)}, {reason}"]
    if calibrated:
        offsets = (0.0,) * len(levels)
        remarks.append(f"calibrated: medians {_listed(levels)} dB are those of absolute backscatter")
    else:
        eight_bit = all(layer.dtype == "uint8" and not layer.is_rescaled for layer in layers)
        offsets = stretch_offsets_db(levels, names) if eight_bit else gain_offsets_db(levels, names)
        shared = "band by band" if eight_bit else "by one gain for all bands"
        remarks.append(f"uncalibrated: medians {_listed(levels)} dB are shifted {shared} to the reference level")
    return Scaling(scale, calibrated, offsets, tuple(remarks))


def _laid_down(products: Sequence[Product], samples: NDArray[np.float32]) -> Scaling | None:
    """Return the scale that the family of a scene lays down; None where the numbers are far from what it says."""
    scales = {product.scale for product in products}
    if len(scales) > 1:
        return None
    scale = scales.pop()
    levels = [level_db(sample, scale=scale) for sample in samples]
    if not all(map(is_plausible_level, levels)):
        return None
    remarks = (
        _product_remark(products[0]),
        f"scale: {_described(scale)}, told by the product",
        f"calibrated: {products[0].calibration}; medians {_listed(levels)} dB",
    )
    return Scaling(scale, calibrated=True, offsets_db=(0.0,) * len(levels), remarks=remarks)


def _family_scale(products: Sequence[Product | None]) -> tuple[Scale, str] | None:
    """Return the scale of a scene all of whose layers belong to families that agree on it, and who tells it."""
    scales = {None if product is None else product.scale for product in products}
    scale = scales.pop() if len(scales) == 1 else None
    return None if scale is None else (scale, "the product")


def _doubts(products: Sequence[Product | None]) -> tuple[str, ...]:
    """Return a remark on the family of a scene that is not calibrated by it."""
    known = [product for product in products if product is not None]
    if not known:
        return ()
    doubt = known[0].doubt or f"{known[0].calibration}, is not believed, since the levels are none of backscatter"
    return (f"{_product_remark(known[0])}; {doubt}",)


def _product_remark(product: Product) -> str:
    return f"product: {product.family}" + (f", taken {product.acquired}" if product.acquired else "")


def _detected(label: str, layers: Sequence[Layer], samples: NDArray[np.float32], *, stem: str) -> tuple[Scale, str]:
    if all(layer.dtype == "uint8" and not layer.is_rescaled for layer in layers):
        scale = _of_digital_numbers(layers, samples)
        shape = "without" if scale is Scale.DN else "with"
        return scale, f"from 8-bit grey values {shape} a long bright tail"
    found = {
        detect_scale(sample, dtype=np.dtype(layer.dtype), rescaled=layer.is_rescaled)
        for sample, layer in zip(samples, layers, strict=True)
    }
    if len(found) != 1 or None in found:
        raise SceneError(f"{label}: {_spread(samples)}, so their scale cannot be told. {_advice(layers, samples)}")
    scale = next(one for one in found if one is not None)
    if scale is Scale.POWER and {"amplitude", "amp"} & set(words(stem)):
        return Scale.AMPLITUDE, "told by the file name"
    return scale, f"from the numbers: {_spread(samples)}"


def _of_digital_numbers(layers: Sequence[Layer], samples: NDArray[np.float32]) -> Scale:
    """Return whether digital numbers are amplitude or, for most bands of an 8-bit picture, proportional to dB."""
    logarithmic = [
        detect_scale(sample, dtype=np.dtype(layer.dtype), rescaled=layer.is_rescaled) is Scale.DN
        for sample, layer in zip(samples, layers, strict=True)
    ]
    return Scale.DN if 2 * sum(logarithmic) > len(logarithmic) else Scale.AMPLITUDE


def _claim(label: str, layers: Sequence[Layer]) -> Scale | None:
    """Return the scale that descriptions, units and tags agree on."""
    claims = {_claimed(f"{layer.description} {layer.notes}") for layer in layers} - {None}
    if len(claims) > 1:
        found = ", ".join(f"band {layer.index} {layer.description!r}" for layer in layers)
        raise SceneError(
            f"{label} mixes scales ({found}); needed is one for all bands. Keep bands of one scale with --bands, or "
            "say what all of them are with: --scale db"
        )
    return next(iter(claims), None)


def _claimed(text: str) -> Scale | None:
    said = set(words(text))
    return next((scale for scale, names in _CLAIMS if names & said), None)


def _check(label: str, layers: Sequence[Layer], samples: NDArray[np.float32], *, claim: Scale, source: str) -> None:
    for layer, sample in zip(layers, samples, strict=True):
        problem = contradiction(sample, scale=claim, integer=_is_bare_integer(layer))
        if problem is not None:
            raise SceneError(
                f"{label}: {source} say{'' if source == 'the tags' else 's'} {claim}, but in band {layer.index} "
                f"{problem}. {_advice(layers, samples)}"
            )


def _advice(layers: Sequence[Layer], samples: NDArray[np.float32]) -> str:
    least = float(samples.min())
    if least < -100.0 and float(np.mean(samples == least)) > 0.001:
        return (
            f"If {least:.6g} marks pixels without data, declare it with: rio edit-info --nodata {least:.6g} FILE; "
            "else say what the numbers are with: --scale db, power, amplitude or dn"
        )
    bare = any(_is_bare_integer(layer) for layer in layers)
    if bare and max(map(negative_share, samples)) <= 0.01:
        return "Say what the numbers are, for digital numbers: --scale dn"
    if max(map(negative_share, samples)) > 0.01:
        return "Numbers below zero are backscatter in dB: --scale db"
    return "Say what the numbers are: --scale power, or --scale amplitude"


def _is_bare_integer(layer: Layer) -> bool:
    return np.dtype(layer.dtype).kind in "iu" and not layer.is_rescaled


def _spread(samples: NDArray[np.float32]) -> str:
    low, middle, high = (float(value) for value in np.percentile(samples, (1, 50, 99)))
    return f"1, 50 and 99 % of the numbers lie below {low:.4g}, {middle:.4g} and {high:.4g}"


def _listed(levels: Sequence[float]) -> str:
    return ", ".join(f"{level:.1f}" for level in levels)


def _described(scale: Scale) -> str:
    if scale is Scale.DN:
        return f"dn (grey values proportional to dB, {STRETCH_DB:.0f} dB over 255)"
    return str(scale)
