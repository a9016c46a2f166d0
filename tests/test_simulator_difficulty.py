from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import torch
from scipy import ndimage
from sklearn.metrics import confusion_matrix
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

from sovs_map.training.simulator.compose import make_landscapes
from sovs_map.training.simulator.echo import observe
from sovs_map.training.simulator.landscape import SURFACES, Landscape
from sovs_map.training.simulator.materials import draw_materials
from sovs_map.training.simulator.sensors import VH, VV, draw_sensors, sentinel_1

CLASSES = (1, 3, 4, 6, 7, 9, 10, 11, 12, 14, 18, 20, 21)
FIELDS = (1, 3, 6, 7, 9, 10, 11, 12, 16, 18, 19, 21, 30)
WINDOW = 15
PURE = 0.9


def window_statistics(db):
    mean = ndimage.uniform_filter(db, WINDOW)
    deviation = np.sqrt(np.maximum(ndimage.uniform_filter(db**2, WINDOW) - mean**2, 0))
    return mean, deviation


def pixels_of_scenes(generator, *, scenes, side, each, draw):
    """Features and classes of pixels in nearly pure windows, at most ``each`` of a class and scene."""
    features, labels = [], []
    for _ in range(scenes):
        land = make_landscapes(generator, count=1, side=side, spacing_m=torch.full((1,), 10.0))
        sensors = replace(sentinel_1(1), offsets_db=draw_sensors(generator, 1).offsets_db)
        power = observe(generator, land, sensors)
        db = 10 * np.log10(power.power.numpy())
        assert power.channel.tolist() == [VH, VV]
        maps = np.stack([one for channel in db for one in window_statistics(channel)], axis=-1)
        label = land.label[0].numpy()
        for name in CLASSES:
            is_pure = ndimage.uniform_filter((label == name).astype(np.float32), WINDOW) > PURE
            places = np.argwhere((label == name) & is_pure)
            chosen = places[draw.permutation(len(places))[:each]]
            features.append(maps[chosen[:, 0], chosen[:, 1]])
            labels.append(np.full(len(chosen), name))
    return np.concatenate(features), np.concatenate(labels)


def balanced(features, labels, *, each, draw):
    chosen = np.concatenate([draw.permutation(np.flatnonzero(labels == name))[:each] for name in CLASSES])
    return features[chosen], labels[chosen]


def centres_of_fields(generator, *, scenes):
    """Features and classes of the middle of fields, each of one class and of a day of its own."""
    side, count = 48, scenes * len(FIELDS)
    surface = torch.tensor(FIELDS, dtype=torch.uint8).repeat(scenes)
    empty = torch.zeros(count, side, side)
    land = Landscape(
        label=surface[:, None, None].expand(count, side, side).contiguous(),
        surface=surface[:, None, None].expand(count, side, side).contiguous(),
        parcel=torch.arange(count, dtype=torch.int32)[:, None, None].expand(count, side, side).contiguous(),
        terrain=empty,
        building=empty,
        facing=math.pi * torch.rand((count, 1, 1), generator=generator).expand(count, side, side),
        materials=draw_materials(generator, count),
        shares=torch.nn.functional.one_hot(surface.long(), SURFACES).float(),
        spacing_m=torch.full((count,), 10.0),
    )
    sensors = replace(sentinel_1(count), offsets_db=draw_sensors(generator, count).offsets_db)
    db = 10 * np.log10(observe(generator, land, sensors).power.numpy().reshape(count, 2, side, side))
    statistics = [window_statistics(channel) for one in db for channel in one]
    middle = np.array([[part[side // 2, side // 2] for part in pair] for pair in statistics]).reshape(count, 4)
    return middle, surface.numpy()


def knn_miou(training, test):
    """mIoU of 15 nearest neighbours, over the classes that were met."""
    scaler = StandardScaler().fit(training[0])
    forecast = (
        KNeighborsClassifier(15).fit(scaler.transform(training[0]), training[1]).predict(scaler.transform(test[0]))
    )
    counts = confusion_matrix(test[1], forecast)
    met = counts.sum(1) > 0
    return float((counts.diagonal()[met] / (counts.sum(0) + counts.sum(1) - counts.diagonal())[met]).mean())


def radiometric_knn_miou(*, seed, training_scenes, test_scenes, side=192):
    """mIoU over 13 classes by window means and deviations of VV and VH in landscapes; no scene is in both sets."""
    generator, draw = torch.Generator().manual_seed(seed), np.random.default_rng(seed)
    training, test = (
        balanced(*pixels_of_scenes(generator, scenes=scenes, side=side, each=150, draw=draw), each=600, draw=draw)
        for scenes in (training_scenes, test_scenes)
    )
    return knn_miou(training, test)


def test_brightness_alone_tells_some_classes_but_far_from_all():
    score = radiometric_knn_miou(seed=0, training_scenes=24, test_scenes=12)

    assert 0.2 < score < 0.5


def test_fields_of_one_class_are_told_apart_as_well_as_their_levels_allow():
    generator = torch.Generator().manual_seed(0)

    score = knn_miou(centres_of_fields(generator, scenes=80), centres_of_fields(generator, scenes=40))

    assert 0.35 < score < 0.5
