from __future__ import annotations

import math
import random
from dataclasses import fields, replace

import pytest
import torch

from sovs_map.radiometry import FLOOR_DB
from sovs_map.training.simulator.echo import LEFT_OVER, Echo, expected_db, observe
from sovs_map.training.simulator.landscape import FIRST_INVENTED, SLOTS, SURFACES, Landscape
from sovs_map.training.simulator.materials import (
    CROSS,
    GRAIN,
    LEVEL,
    ORDER,
    describe,
    draw_materials,
    material_attributes,
)
from sovs_map.training.simulator.products import to_product
from sovs_map.training.simulator.sensors import VH, VV, Product, Sensors, draw_sensors, sentinel_1
from sovs_map.training.simulator.speckle import draw_speckle
from sovs_map.training.simulator.surfaces import TABLE, level_db

NATURAL = (1, 5, 6, 7, 9, 10, 18, 19, 33, 36)


def drawn(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def flat(surface: torch.Tensor, *, spacing_m: float = 10.0) -> Landscape:
    """Flat land of surfaces ``(n, rows, cols)``, parcels of 8 x 8 pixels."""
    count, rows, cols = surface.shape
    empty = torch.zeros(surface.shape)
    block = torch.arange(rows)[:, None] // 8 * ((cols + 7) // 8) + torch.arange(cols) // 8
    shares = torch.stack([torch.bincount(one.flatten().long(), minlength=SURFACES) for one in surface]) / (rows * cols)
    return Landscape(
        label=surface,
        surface=surface,
        parcel=block.int().expand(count, rows, cols).contiguous(),
        terrain=empty,
        building=empty.clone(),
        facing=empty + 0.7,
        materials=torch.zeros(count, SLOTS, 8) + torch.tensor([-10.0, -7, 40, 1, 0, 0, 0, 0]),
        shares=shares,
        spacing_m=torch.full((count,), spacing_m),
    )


def of_one(surface: int, *, count: int = 1, side: int = 128, spacing_m: float = 10.0) -> Landscape:
    return flat(torch.full((count, side, side), surface, dtype=torch.uint8), spacing_m=spacing_m)


def patchwork(seed: int, count: int, side: int = 128) -> Landscape:
    """Rectangles of random surfaces on random ground."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    kinds = (1, 3, 6, 7, 9, 10, 10, 11, 12, 14, 16, 18, 20, 36)
    surface = torch.empty(count, side, side, dtype=torch.uint8)
    for one in surface:
        one.fill_(chance.choice(kinds))
        for _ in range(25):
            row, col, high, wide = (chance.randrange(side), chance.randrange(side), *chance.choices(range(8, 50), k=2))
            one[row : row + high, col : col + wide] = chance.choice(kinds)
    return flat(surface)


def calm(count: int) -> Sensors:
    """Sentinel-1 without weather."""
    return replace(sentinel_1(count), weather_db=torch.zeros(count))


def image(echo: Echo, channel: int, chip: int = 0) -> torch.Tensor:
    return echo.power[(echo.chip == chip) & (echo.channel == channel)][0]


def db(power: torch.Tensor) -> float:
    """Mean level, without the few pixels that single targets light up."""
    few = power.flatten().sort().values[: max(1, int(power.numel() * 0.999))]
    return float(10 * torch.log10(few.mean()))


def contrast(power: torch.Tensor) -> float:
    """Deviation over mean, without the few pixels that single targets light up."""
    few = power.flatten().sort().values[: int(power.numel() * 0.995)]
    return float(few.std() / few.mean())


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
    sensors = replace(sensors, filtered=torch.ones(12, dtype=torch.int64))

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
