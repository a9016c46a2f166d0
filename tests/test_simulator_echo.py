from __future__ import annotations

import math
from dataclasses import fields, replace

import pytest
import torch
from simulated_ground import calm, db, drawn, image, of_one, patchwork

from sovs_map.training.simulator.echo import LEFT_OVER, observe
from sovs_map.training.simulator.landscape import FIRST_INVENTED
from sovs_map.training.simulator.materials import (
    GRAIN,
    ORDER,
)
from sovs_map.training.simulator.products import to_product
from sovs_map.training.simulator.sensors import VH, VV, draw_sensors
from sovs_map.training.simulator.speckle import draw_speckle
from sovs_map.training.simulator.surfaces import TABLE, level_db

NATURAL = (1, 5, 6, 7, 9, 10, 18, 19, 33, 36)


@pytest.mark.parametrize("width", [0.0, 0.5, 0.95])
@pytest.mark.parametrize("looks", [1.0, 2.5, 4.4, 20.0])
def test_speckle_has_the_looks_that_were_asked_for(looks, width):
    speckle = draw_speckle(drawn(), torch.tensor([looks]), torch.tensor([width]), rows=400, cols=400)

    assert float(speckle.mean() ** 2 / speckle.var()) == pytest.approx(looks, rel=0.1)
    assert float(speckle.mean()) == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize("looks", [1.0, 4.4])
@pytest.mark.parametrize(("order", "grain"), [(1.5, 1.0), (5.0, 4.0), (20.0, 2.0)])
def test_texture_has_the_contrast_of_a_k_distribution(order, grain, looks):
    land = of_one(FIRST_INVENTED, count=4, side=256)
    land.materials[..., ORDER], land.materials[..., GRAIN] = order, grain
    sensors = replace(calm(4), looks=torch.full((4,), looks), floor_db=torch.full((4, 4), -90.0))

    echo = observe(drawn(), land, replace(sensors, width=torch.zeros(4)))
    power = echo.power[echo.channel == VV]

    contrast = float(power.var() / power.mean() ** 2)
    assert contrast == pytest.approx((1 + 1 / order) * (1 + 1 / looks) - 1, rel=0.1)


@pytest.mark.parametrize(("own_m", "times"), [(10.0, 1), (5.0, 4), (2.5, 16), (30.0, 1), (0.5, 25)])
def test_pixels_coarser_than_the_sensors_own_are_averages(own_m, times):
    land = of_one(FIRST_INVENTED, count=4, side=256)  # 10 m
    land.materials[..., ORDER], land.materials[..., GRAIN] = 40.0, 1.0
    sensors = replace(calm(4), looks=torch.ones(4), own_m=torch.full((4,), own_m), floor_db=torch.full((4, 4), -90.0))

    echo = observe(drawn(), land, replace(sensors, width=torch.zeros(4)))
    power = echo.power[echo.channel == VV]

    contrast = float(power.var() / power.mean() ** 2)
    assert contrast == pytest.approx((1 + 1 / 40) * (1 + 1 / times) - 1, rel=0.1)


@pytest.mark.parametrize("surface", NATURAL)
@pytest.mark.parametrize(("channel", "name"), [(VV, "VV"), (VH, "VH")])
def test_mean_is_the_tables(surface, channel, name):
    sensors = replace(calm(6), floor_db=torch.full((6, 4), -60.0))

    echo = observe(drawn(3), of_one(surface, count=6, side=160), sensors)

    assert db(echo.power[echo.channel == channel]) == (pytest.approx(level_db(TABLE[surface], name, "C"), abs=0.3))


def test_classes_are_ordered_by_brightness_in_c_band():
    order = (1, 16, 18, 9, 10, 6, 11)

    levels = [db(image(observe(drawn(), of_one(surface), calm(1)), VV)) for surface in order]

    assert levels == sorted(levels)


@pytest.mark.parametrize("floor", [-26.0, -22.0])
def test_cross_polarised_water_shows_the_noise_floor(floor):
    sensors = replace(calm(1), floor_db=torch.full((1, 4), floor))
    water = level_db(TABLE[1], "VH", "C")

    measured = db(image(observe(drawn(), of_one(1), sensors), VH))

    assert measured == pytest.approx(10 * math.log10(10 ** (floor / 10) + 10 ** (water / 10)), abs=0.3)
    assert measured > floor > water


def test_equal_seeds_give_equal_pictures():
    land = patchwork(1, 4)

    first, second = (
        to_product(generator, observe(generator, land, sensors), land, sensors)
        for generator, sensors in ((drawn(5), draw_sensors(drawn(6), 4)), (drawn(5), draw_sensors(drawn(6), 4)))
    )

    assert all(torch.equal(getattr(first, field.name), getattr(second, field.name)) for field in fields(first))


def test_channels_that_are_absent_are_not_computed():
    sensors = draw_sensors(drawn(2), 40)
    land = patchwork(0, 40, side=32)

    echo = observe(drawn(), land, sensors)
    seen = to_product(drawn(), echo, land, sensors)

    assert len(echo.power) == int(sensors.present.sum()) < 4 * 40
    assert bool((seen.db[~seen.present] == 0).all())
    assert bool((seen.polarisation[~seen.present] == 0).all())


def test_walls_that_face_the_radar_are_brightest():
    gains = []
    for turned in (0.0, 0.3, 0.78):
        land = of_one(9, spacing_m=1.0)
        land.building[:, 40:80, 60:75] = 8.0
        land.facing.fill_(turned)
        gains.append(db(image(observe(drawn(), land, calm(1)), VV)[40:80, 58:62]))

    assert gains[0] > gains[1] + 2 > gains[2] + 4


@pytest.mark.parametrize("looks_right", [True, False])
def test_buildings_lie_over_toward_the_radar_and_cast_shadow_away(looks_right):
    land = of_one(9, spacing_m=1.0)
    land.building[:, 40:90, 54:74] = 12.0
    land.facing.fill_(0.0)
    sensors = replace(calm(1), looks_right=torch.tensor([looks_right]))

    power = image(observe(drawn(), land, sensors), VV)[40:90]

    left, right, field = db(power[:, 44:53]), db(power[:, 76:81]), db(power[:, 0:30])
    near, far = (left, right) if looks_right else (right, left)
    assert near > field + 3
    assert far < field - 6


def test_slopes_that_face_the_radar_are_brighter():
    land = of_one(20, side=128)
    ramp = torch.arange(64) * 2.5
    land.terrain[...] = torch.cat([ramp, ramp.flip(0)])

    power = image(observe(drawn(), land, calm(1)), VV)

    rise = 0.25 / math.tan(math.radians(37))
    brighter = 10 * math.log10((1 + rise) / (1 - rise))
    assert db(power[:, 4:60]) - db(power[:, 68:124]) == pytest.approx(brighter, abs=0.5)


def test_flattening_evens_out_slopes():
    land = of_one(6, side=128)
    ramp = torch.arange(64) * 3.5
    land.terrain[...] = torch.cat([ramp, ramp.flip(0)])

    plain, flattened = (
        image(observe(drawn(), land, replace(calm(1), flattened=torch.tensor([on]))), VV) for on in (False, True)
    )

    steps = [db(power[:, 4:60]) - db(power[:, 68:124]) for power in (plain, flattened)]
    assert steps[1] == pytest.approx(LEFT_OVER * steps[0], abs=0.3)


def test_neighbours_of_sentinel_1_are_as_alike_as_in_ground_range_products():
    power = image(observe(drawn(), of_one(1, side=256), replace(calm(1), floor_db=torch.full((1, 4), -60.0))), VV)
    speckle = power / torch.nn.functional.avg_pool2d(power[None], 9, 1, 4, count_include_pad=False)[0] - 1
    speckle = speckle.clamp(max=4)

    alike = [float((speckle[:, lag:] * speckle[:, :-lag]).mean() / speckle.square().mean()) for lag in (1, 2)]

    assert alike[0] == pytest.approx(0.59, abs=0.06)
    assert alike[1] < 0.15


def test_districts_are_brighter_when_their_streets_follow_the_track():
    towns = of_one(11, count=2, side=128)
    towns.facing[0], towns.facing[1] = 0.0, 0.78

    echo = observe(drawn(), towns, calm(2))

    assert db(image(echo, VV, 0)) > db(image(echo, VV, 1)) + 2
    assert db(image(echo, VH, 0)) - db(image(echo, VV, 0)) < db(image(echo, VH, 1)) - db(image(echo, VV, 1)) - 1


def test_hh_and_vv_share_part_of_their_speckle():
    sensors = replace(calm(1), present=torch.ones(1, 4, dtype=torch.bool), looks=torch.tensor([1.0]))

    power = observe(drawn(), of_one(19, side=256), sensors).power.flatten(1)

    correlation = torch.corrcoef(power)
    assert 0.35 < float(correlation[0, 3]) < 0.65
    assert abs(float(correlation[0, 1])) < 0.15
