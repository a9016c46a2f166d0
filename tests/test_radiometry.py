import numpy as np
import pytest
from conftest import speckled_power
from hypothesis import given
from hypothesis import strategies as st

from sovs_map.radiometry import (
    FLOOR_DB,
    Scale,
    contradiction,
    db_to_amplitude,
    db_to_power,
    detect_scale,
    gain_offsets_db,
    is_logarithmic,
    level_db,
    reference_level_db,
    stretch_offsets_db,
    to_db,
)

DECIBELS = st.floats(-49, 40, width=32)


@given(db=st.lists(DECIBELS, min_size=1, max_size=20))
def test_db_round_trips_through_power_and_amplitude(db):
    expected = np.array(db, np.float32)

    power, amplitude = db_to_power(expected), db_to_amplitude(expected)

    np.testing.assert_allclose(to_db(power, scale=Scale.POWER), expected, atol=1e-4)
    np.testing.assert_allclose(to_db(amplitude, scale=Scale.AMPLITUDE), expected, atol=1e-4)
    np.testing.assert_allclose(amplitude.astype(np.float64) ** 2, power, rtol=1e-5)


@given(
    values=st.lists(st.floats(width=32, allow_infinity=False), min_size=1, max_size=20),
    scale=st.sampled_from(Scale),
    offset_db=st.floats(-100, 100),
)
def test_no_number_lies_below_the_floor_and_nan_stays_nan(values, scale, offset_db):
    stored = np.array(values, np.float32)

    with np.errstate(over="ignore"):
        got = to_db(stored, scale=scale, offset_db=offset_db)

    assert got.dtype == np.float32
    np.testing.assert_array_equal(np.isnan(got), np.isnan(stored))
    assert np.all(got[~np.isnan(got)] >= FLOOR_DB)


@given(gain=st.floats(1e-4, 1e6), scale=st.sampled_from([Scale.POWER, Scale.AMPLITUDE]))
def test_offsets_put_the_median_at_the_reference_whatever_the_gain(gain, scale):
    sample = np.sqrt(speckled_power((501,))) * np.float32(gain)
    offsets = stretch_offsets_db([level_db(sample, scale=scale)], ["VH"])

    got = np.median(to_db(sample, scale=scale, offset_db=offsets[0]))

    assert got == pytest.approx(reference_level_db("VH"), abs=1e-3)


def test_one_gain_keeps_the_ratio_of_polarisations_and_the_mean_level():
    offsets = gain_offsets_db([41.0, 32.0], ["VV", "VH"])

    assert offsets[0] == offsets[1]
    assert np.mean([41.0, 32.0]) + offsets[0] == pytest.approx(np.mean([-11.0, -18.0]))


def test_level_is_taken_from_positive_numbers_when_most_are_zero():
    sample = np.array([0, 0, 0, 10, 10], np.float32)

    assert level_db(sample, scale=Scale.AMPLITUDE) == pytest.approx(20.0, abs=1e-3)
    assert level_db(np.zeros(3, np.float32), scale=Scale.AMPLITUDE) == FLOOR_DB


POWER = speckled_power((4000,))
AMPLITUDE = np.sqrt(POWER)
GREY = np.clip(AMPLITUDE / np.quantile(AMPLITUDE, 0.99) * 255, 1, 255).round()
GREY_DB = np.clip((10 * np.log10(POWER) + 31) * 255 / 40, 1, 255).round()


@pytest.mark.parametrize(
    ("sample", "dtype", "rescaled", "expected"),
    [
        pytest.param(10 * np.log10(POWER), "float32", False, Scale.DB, id="dB"),
        pytest.param(POWER, "float32", False, Scale.POWER, id="power"),
        pytest.param(AMPLITUDE * 3000, "float32", False, Scale.AMPLITUDE, id="float DN"),
        pytest.param((AMPLITUDE * 3000).round(), "uint16", False, Scale.AMPLITUDE, id="uint16 DN"),
        pytest.param(AMPLITUDE, "uint16", True, Scale.AMPLITUDE, id="uint16 with a gain"),
        pytest.param(GREY, "uint8", False, Scale.AMPLITUDE, id="8-bit amplitude"),
        pytest.param(GREY_DB, "uint8", False, Scale.DN, id="8-bit dB"),
        pytest.param(POWER * 40, "float32", False, None, id="power or amplitude"),
        pytest.param(np.linspace(-3000, 10000, 999), "float32", False, None, id="neither"),
    ],
)
def test_scale_is_detected_from_the_numbers(sample, dtype, rescaled, expected):
    assert detect_scale(sample.astype(np.float32), dtype=np.dtype(dtype), rescaled=rescaled) is expected


@pytest.mark.parametrize(
    ("sample", "scale", "integer", "found"),
    [
        pytest.param(10 * np.log10(POWER), Scale.POWER, False, "negative", id="dB is no power"),
        pytest.param(10 * np.log10(POWER), Scale.AMPLITUDE, False, "negative", id="dB is no amplitude"),
        pytest.param(GREY, Scale.DB, True, "all valid pixels lie from", id="grey values are no dB"),
        pytest.param(AMPLITUDE * 3000, Scale.DB, False, "all valid pixels lie from", id="DN are no dB"),
        pytest.param(np.linspace(-300, 200, 99), Scale.DB, False, "outside", id="too wide for dB"),
        pytest.param(10 * np.log10(POWER), Scale.DB, False, None, id="dB is dB"),
        pytest.param(np.linspace(20, 50, 99), Scale.DB, False, None, id="uncalibrated dB is dB"),
        pytest.param(POWER, Scale.AMPLITUDE, False, None, id="power may be amplitude"),
    ],
)
def test_contradictions_are_found_and_nothing_else(sample, scale, integer, found):
    got = contradiction(sample.astype(np.float32), scale=scale, integer=integer)

    assert (got is None) if found is None else (found in got)


def test_constant_pictures_are_not_called_logarithmic():
    assert not is_logarithmic(np.full(100, 7, np.float32))
    assert not is_logarithmic(np.zeros(100, np.float32))
