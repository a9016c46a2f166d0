"""Invented landscapes: sizes in metres, labels that agree with surfaces, floods that show what lies under them."""

import pytest
import torch
from scipy import ndimage

from sovs_map.training.labels import FIRST_MATERIAL, LABEL_SETS
from sovs_map.training.simulator.biome import Biome, Cover
from sovs_map.training.simulator.biomes import BIOMES
from sovs_map.training.simulator.canvas import EMERGENT, LEAF_OF_PART, STREET
from sovs_map.training.simulator.compose import crop, make_landscape, make_landscapes
from sovs_map.training.simulator.doubt import specks
from sovs_map.training.simulator.landscape import FIRST_INVENTED
from sovs_map.training.simulator.noise import cells, fates, fractal

SIDE = 160
SETTLED = {11, 12, 14, 15, *range(26, 34)}
"""Labels inside settlements."""

LOOKS_LIKE = {
    1: {1},
    2: {2, EMERGENT},
    3: {3, EMERGENT},
    4: {4},
    5: {5},
    8: {8},
    16: {16},
    17: {17},
    21: {21, 38, 39, 40},
    22: {22},
}
"""Labels, and the only surfaces that they may lie on."""


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def biome(name):
    return next(biome for biome in BIOMES if biome.name == name)


def many(spacing_m, *, count=24, seed=0):
    return make_landscapes(seeded(seed), count=count, side=SIDE, spacing_m=torch.full((count,), spacing_m))


@pytest.fixture(scope="module")
def mixed():
    spacing = torch.tensor([10.0, 10.0, 10.0, 10.0, 30.0, 20.0, 5.0, 3.0, 1.0, 0.5]).repeat(6)
    return make_landscapes(seeded(6), count=60, side=SIDE, spacing_m=spacing)


def fields_of(landscape):
    names = ("label", "surface", "parcel", "terrain", "building", "facing", "materials", "shares", "spacing_m")
    return [getattr(landscape, name) for name in names]


def test_same_seed_makes_the_same_landscape_bit_for_bit():
    for one, other in zip(fields_of(many(10.0, count=3)), fields_of(many(10.0, count=3)), strict=True):
        assert torch.equal(one, other)

    assert not torch.equal(many(10.0, count=1).surface, many(10.0, count=1, seed=1).surface)


def test_every_leaf_occurs(mixed):
    seen = set(mixed.label.unique().tolist())

    assert set(range(1, 23)) <= seen
    assert seen <= {*range(len(LABEL_SETS)), *range(FIRST_MATERIAL, FIRST_MATERIAL + 4)}


def test_every_pixel_has_a_surface_and_few_have_no_label(mixed):
    assert int(mixed.surface.min()) > 0
    assert 0.005 < float((mixed.label == 0).float().mean()) < 0.12


@pytest.mark.parametrize("label", LOOKS_LIKE)
def test_labels_agree_with_surfaces(mixed, label):
    surfaces = set(mixed.surface[mixed.label == label].unique().tolist())

    assert surfaces <= LOOKS_LIKE[label]


def test_surfaces_lie_under_their_own_label_outside_settlements_and_floods(mixed):
    for part, leaf in enumerate(LEAF_OF_PART, STREET):
        labels = set(mixed.label[mixed.surface == part].unique().tolist())

        assert labels <= {0, leaf, *SETTLED, 2, 3, 13}, part


def test_invented_materials_are_labelled_by_their_slot(mixed):
    invented = mixed.surface >= FIRST_INVENTED
    known = mixed.label[invented]

    assert bool(invented.any())
    assert bool(((known == 0) | (known == mixed.surface[invented] - FIRST_INVENTED + FIRST_MATERIAL)).all())
    assert bool((mixed.label[~invented] < FIRST_MATERIAL).all())


def test_buildings_stand_in_settlements_only(mixed):
    tall = mixed.building > 0
    settled = torch.isin(mixed.surface, torch.tensor([13, 25, 28], dtype=torch.uint8))
    labels = set(mixed.label[tall].unique().tolist())

    assert bool(tall.any())
    assert bool(settled[tall].all())
    assert labels <= {0, 13, *SETTLED}
    assert float(mixed.building.max()) < 250


def test_a_building_has_one_height():
    city = make_landscape(seeded(3), biome("city"), side=320, spacing_m=2.0)
    tall = (city.building > 0) & (city.label != 29)
    numbers, place = city.parcel[tall].unique(return_inverse=True)
    low = torch.full((len(numbers),), torch.inf).scatter_reduce(0, place, city.building[tall], "amin")
    high = torch.zeros(len(numbers)).scatter_reduce(0, place, city.building[tall], "amax")

    assert len(numbers) > 30
    assert float((low == high).float().mean()) > 0.99


def test_crop_equals_slicing():
    landscape = many(10.0, count=3)
    piece = crop(landscape, torch.tensor([2, 1, 1]), torch.tensor([0, 7, 96]), torch.tensor([96, 31, 0]), 64)

    for whole, part in zip(fields_of(landscape)[:6], fields_of(piece)[:6], strict=True):
        assert torch.equal(part[0], whole[2, 0:64, 96:160])
        assert torch.equal(part[1], whole[1, 7:71, 31:95])
        assert torch.equal(part[2], whole[1, 96:160, 0:64])
    assert torch.equal(piece.shares, landscape.shares[[2, 1, 1]])


def test_shares_count_the_surfaces_of_the_whole_landscape(mixed):
    assert torch.allclose(mixed.shares.sum(1), torch.ones(60))
    assert torch.allclose(mixed.shares[:, 1], (mixed.surface == 1).float().mean((1, 2)))


def street_width(spacing_m):
    """Return the mean width of streets [pixels]: twice their area over the length of their borders."""
    area = border = 0
    for seed in range(2):
        street = make_landscape(seeded(seed), biome("city"), side=256, spacing_m=spacing_m).surface == STREET
        area += int(street.sum())
        border += int((street[1:] != street[:-1]).sum() + (street[:, 1:] != street[:, :-1]).sum())
    return 2 * area / border


def test_streets_are_narrower_when_pixels_are_larger():
    widths = [street_width(spacing) for spacing in (1.0, 2.5, 7.0)]

    assert widths == sorted(widths, reverse=True)
    assert widths[0] > 2 * widths[2]


@pytest.mark.parametrize("spacing_m", [0.5, 3.0, 10.0, 30.0])
def test_only_fine_maps_tell_buildings_from_streets(spacing_m):
    labels = torch.cat([make_landscape(seeded(s), biome("city"), side=SIDE, spacing_m=spacing_m).label for s in (0, 1)])
    blocks = (labels >= 26) & (labels <= 33)
    districts = torch.isin(labels, torch.tensor([11, 12, 14], dtype=torch.uint8))

    assert bool(blocks.any()) == (spacing_m < 4)
    assert float((blocks | districts).float().mean()) > 0.1
    assert bool((labels == 13).any()) <= (spacing_m < 8)


def closed(mask, reach):
    """Return a mask without gaps narrower than twice ``reach`` pixels."""
    grown = torch.nn.functional.max_pool2d(mask[None].float(), 2 * reach + 1, 1, reach)
    return -torch.nn.functional.max_pool2d(-grown, 2 * reach + 1, 1, reach)[0] > 0


@pytest.mark.parametrize("seed", range(6))
def test_flood_leaves_other_surfaces_standing_inside_its_hull(seed):
    landscape = make_landscape(seeded(seed), biome("flooded plain"), side=320, spacing_m=10.0)
    under = torch.isin(landscape.surface, torch.tensor([2, EMERGENT], dtype=torch.uint8))
    others = closed(under, 12) & ~under

    assert float(under.float().mean()) > 0.01
    assert int(others.sum()) > 0.05 * int(under.sum())
    assert len(landscape.surface[others].unique()) >= 4
    assert not bool(((landscape.label == 2) & (landscape.surface == 1)).any())


def test_mangroves_lie_at_tidal_water():
    coast = make_landscape(seeded(0), biome("mangrove coast"), side=320, spacing_m=10.0)
    mangroves = coast.surface == 4
    near_water = torch.nn.functional.max_pool2d((coast.surface == 1)[None].float(), 81, 1, 40)[0] > 0

    assert bool(mangroves.any())
    assert float(near_water[mangroves].float().mean()) > 0.8


def test_snow_lies_above_the_trees():
    alps = [make_landscape(seeded(seed), biome("alpine"), side=256, spacing_m=20.0) for seed in range(4)]
    snow = torch.cat([one.terrain[torch.isin(one.surface, torch.tensor([21, 38], dtype=torch.uint8))] for one in alps])
    trees = torch.cat([one.terrain[one.surface == 35] for one in alps])

    assert float(snow.median()) > float(trees.median()) + 200


@pytest.mark.parametrize("spacing_m", [0.5, 3.0, 10.0, 30.0])
@pytest.mark.parametrize(("name", "gentlest", "steepest"), [("delta", 0, 0.03), ("alpine", 0.2, 0.7)])
def test_slopes_are_those_of_plains_and_mountains_at_every_spacing(name, gentlest, steepest, spacing_m):
    ground = make_landscape(seeded(1), biome(name), side=SIDE, spacing_m=spacing_m)
    slopes = torch.hypot(*torch.gradient(ground.terrain, spacing=spacing_m))

    assert gentlest < float(slopes[ground.surface != 22].mean()) < steepest


def test_quarries_are_dug_in_steps():
    pits = [make_landscape(seeded(seed), biome("city"), side=160, spacing_m=3.0) for seed in range(6)]
    drops = [
        (pit.terrain[1:] - pit.terrain[:-1]).abs()[(pit.surface[1:] == 22) & (pit.surface[:-1] == 22)] for pit in pits
    ]

    assert float(torch.cat(drops).max()) > 6


def test_specks_are_the_small_regions_that_scipy_finds():
    label = torch.randint(0, 3, (90, 70), generator=seeded(0), dtype=torch.uint8)
    expected = torch.zeros(label.shape, dtype=torch.bool)
    for kind in range(3):
        regions, count = ndimage.label(label.numpy() == kind)
        sizes = ndimage.sum_labels(label.numpy() == kind, regions, range(count + 1))
        expected |= torch.from_numpy((sizes < 12)[regions]) & (label == kind)

    assert torch.equal(specks(label, smallest=12), expected)


def test_pixels_belong_to_the_nearest_seed():
    place = torch.arange(0.0, 40.0, 0.5)
    down, right = place[:, None].repeat(1, 80), place.repeat(80, 1)
    seeds = torch.rand((2, 64, 64), generator=seeded(4)) * 0.9 + 0.05
    lattice = torch.arange(64.0)
    rows, cols = (seeds[0] + lattice[:, None]).flatten() * 7, (seeds[1] + lattice).flatten() * 7
    nearest = torch.hypot(down[..., None] - rows, right[..., None] - cols)[..., :640].argmin(-1)

    got = cells(seeded(4), down, right, size=7.0)
    inner = (slice(14, None), slice(14, None))

    assert float((got.number == nearest)[inner].float().mean()) > 0.999
    assert torch.allclose(got.down[inner], (down - rows[got.number])[inner], atol=1e-3)


def test_fractals_are_standardised_and_smoother_when_steeper():
    rough, even = (fractal(seeded(0), 128, slope=slope, outer=40) for slope in (1.3, 2.5))

    assert float(even.mean()) == pytest.approx(0, abs=1e-5)
    assert float(even.std()) == pytest.approx(1, abs=1e-4)
    assert float(torch.diff(rough).std()) > 2 * float(torch.diff(even).std())


def test_fates_are_even_and_belong_to_numbers():
    number = torch.arange(40_000)
    fate = fates(seeded(0), number)

    assert float(fate.mean()) == pytest.approx(0.5, abs=0.02)
    assert torch.equal(fates(seeded(0), number.flip(0)), fate.flip(0))


def test_bare_rock_is_steeper_than_the_ground_around_it():
    steeper = []
    for seed in range(8):
        canvas = make_landscape(seeded(seed), biome("rocky coast"), side=SIDE, spacing_m=10.0)
        down, right = torch.gradient(canvas.terrain, spacing=10.0)
        slope, rock = torch.hypot(down, right), canvas.surface == 20
        land = canvas.surface != 1
        if 0.02 < float(rock.float().mean()) < 0.9:
            steeper.append(float(slope[rock].mean() / slope[land & ~rock].mean()))

    assert len(steeper) > 3
    assert sorted(steeper)[len(steeper) // 2] > 1.2


def test_most_neighbouring_fields_serve_the_same_use():
    farmed = Biome("farms", 1, (Cover(9, 0.0),), crops=(8, 9, 10, 18), farmed=(1.0, 1.0), towns=0.0)
    same, pairs = 0, 0
    for seed in range(6):
        canvas = make_landscape(seeded(seed), farmed, side=SIDE, spacing_m=10.0)
        border = (
            (canvas.parcel[:, 1:] != canvas.parcel[:, :-1]) & (canvas.label[:, 1:] > 0) & (canvas.label[:, :-1] > 0)
        )
        same += int((canvas.label[:, 1:] == canvas.label[:, :-1])[border].sum())
        pairs += int(border.sum())

    assert same / pairs > 0.4  # by chance 0.25
