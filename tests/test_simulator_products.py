"""Products, invented materials and sensors of the simulator."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
import torch
from simulated_ground import calm, contrast, db, drawn, image, of_one, patchwork

from sovs_map.radiometry import FLOOR_DB
from sovs_map.training.simulator.echo import expected_db, observe
from sovs_map.training.simulator.landscape import SLOTS
from sovs_map.training.simulator.materials import (
    CROSS,
    LEVEL,
    describe,
    draw_materials,
    material_attributes,
)
from sovs_map.training.simulator.products import to_product
from sovs_map.training.simulator.sensors import VH, VV, Product, draw_sensors

NATURAL = (1, 5, 6, 7, 9, 10, 18, 19, 33, 36)


@pytest.mark.parametrize("product", [p for p in Product if p.name.endswith("_8")], ids=lambda p: p.name)
def test_8_bit_products_have_no_more_than_256_values(product):
    land = patchwork(4, 6)
    sensors = replace(calm(6), product=torch.full((6,), int(product)))

    seen = to_product(drawn(), observe(drawn(), land, sensors), land, sensors)

    values = [len(one.unique()) for one in seen.db[seen.present]]
    assert 8 < max(values) <= 256
    assert not bool(seen.calibrated.any())


def test_8_bit_amplitude_varies_as_much_as_in_real_products():
    land = patchwork(7, 12)
    sensors = replace(draw_sensors(drawn(8), 12), product=torch.full((12,), int(Product.QUANTILE_8)))
    sensors = replace(sensors, filtered=torch.ones(12, dtype=torch.int64), own_m=torch.full((12,), 10.0))

    seen = to_product(drawn(), observe(drawn(), land, sensors), land, sensors)

    amplitude = 10 ** (seen.db[seen.present].flatten(1) / 20)
    variation = amplitude.std(1) / amplitude.mean(1)
    assert 0.5 < float(variation.mean()) < 1.05


@pytest.mark.parametrize("product", [p for p in Product if p is not Product.ABSOLUTE], ids=lambda p: p.name)
def test_medians_of_products_of_unknown_gain_come_to_the_reference_levels(product):
    land = patchwork(9, 24)
    sensors = replace(calm(24), product=torch.full((24,), int(product)))

    seen = to_product(drawn(), observe(drawn(), land, sensors), land, sensors)

    medians = seen.db[:, [VH, VV]].flatten(2).median(-1).values.mean(0)
    assert float(medians.mean()) == pytest.approx((-18 - 11) / 2, abs=1.2)


def test_absolute_products_keep_their_levels():
    land, sensors = patchwork(3, 2), calm(2)
    echo = observe(drawn(), land, sensors)

    seen = to_product(drawn(), echo, land, sensors)

    expected = 10 * torch.log10(echo.power).clamp_min(FLOOR_DB)
    torch.testing.assert_close(seen.db[echo.chip, echo.channel], expected, atol=1e-3, rtol=0)


@pytest.mark.parametrize("adaptive", [True, False])
def test_filters_smooth_speckle_and_keep_levels(adaptive):
    land = of_one(9)
    sensors = replace(calm(1), filtered=torch.tensor([5]), adaptive=torch.tensor([adaptive]))
    echo = observe(drawn(), land, sensors)

    seen = to_product(drawn(), echo, land, sensors)

    power = 10 ** (seen.db[0, VV] / 10)
    raw = image(echo, VV)
    assert db(power) == pytest.approx(db(raw), abs=0.2)
    assert contrast(power) < 0.7 * contrast(raw)


def test_materials_lie_in_their_ranges():
    materials = draw_materials(drawn(), 500)
    attributes = material_attributes(materials)

    assert materials.shape == (500, SLOTS, 8)
    assert attributes.shape == (500, SLOTS, 12)
    assert bool(((attributes >= 0) & (attributes <= 1)).all())
    assert -26 <= float(materials[..., LEVEL].min()) < float(materials[..., LEVEL].max()) <= 2
    assert -12 <= float(materials[..., CROSS].min()) < float(materials[..., CROSS].max()) <= -4


def test_descriptions_are_short_varied_and_name_no_land_cover():
    materials = draw_materials(drawn(), 300).flatten(0, 1)
    chance = random.Random(0)  # noqa: S311 - no secret

    phrases = [describe(material, chance) for material in materials]

    assert all(2 <= len(phrase.split()) <= 6 for phrase in phrases)
    assert len(set(phrases)) > 600
    covers = {"water", "forest", "urban", "road", "crop", "field", "building", "soil", "grass", "sand", "snow", "rock"}
    assert not covers & {word for phrase in phrases for word in phrase.split()}


def test_a_description_tells_dark_from_bright():
    dark, bright = (draw_materials(drawn(), 1)[0, 0].clone() for _ in range(2))
    dark[LEVEL], bright[LEVEL] = -25.0, 1.0

    assert material_attributes(dark)[0] > 0.9
    assert material_attributes(bright)[0] < 0.1


def test_random_sensors_are_mostly_like_sentinel_1():
    sensors = draw_sensors(drawn(), 2000)

    assert 0.6 < float((sensors.band == 1).float().mean()) < 0.85
    assert bool(sensors.present.any(1).all())
    assert 1 <= float(sensors.looks.min()) < float(sensors.looks.max()) <= 30
    assert 0.4 < float((sensors.product == Product.ABSOLUTE).float().mean()) < 0.7


def test_leaves_keep_their_order_on_most_days():
    sensors = replace(draw_sensors(drawn(), 400), band=torch.ones(400, dtype=torch.int64))
    levels = expected_db(of_one(9, count=400, side=16), sensors)[:, VV]

    for darker, brighter in ((1, 9), (9, 6), (6, 11), (16, 6), (18, 11)):
        assert float((levels[:, darker] < levels[:, brighter]).float().mean()) > 0.85
