"""How hard the examination on simulated scenes is: what methods reach that know the truth, or only local statistics.

Printed are, for water in one polarisation, the IoU of the best threshold that the truth itself picks for each scene, over
windows of several sizes, and which surfaces are as dark as water; and for the leaves, a random forest on local statistics
of both polarisations, trained on other simulated scenes.

usage: python benchmarks/simulated_limits.py [--scenes 48] [--water-scenes 12] [--training 144]
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from sklearn.ensemble import RandomForestClassifier

from sovs_map.taxonomy import load_taxonomy
from sovs_map.training.evaluation import confusion, intersection_over_union
from sovs_map.training.forest import features
from sovs_map.training.labels import LABEL_SETS
from sovs_map.training.real import Fragment
from sovs_map.training.simulator.surfaces import BANDS, CHANNELS
from sovs_map.training.trial import DRY, GROUPS, LEAVES, WET, TrialPlan, join_groups, trial_scenes, water_scenes

WINDOWS = (1, 3, 9, 27)
"""Sides of the windows that backscatter is averaged in [pixels]."""

TRAINING_SEED = 1
"""Of the scenes that the forest learns from."""

EACH = 300
"""Pixels of a leaf that the forest learns from in one scene, at most."""

Masks = tuple[NDArray[np.bool_], NDArray[np.bool_]]


def wet_and_dry(scene: Fragment) -> Masks:
    """Return where water is, and where anything else is."""
    return np.isin(scene.labels, WET), np.isin(scene.labels, DRY)


def best_threshold(level: NDArray[np.float32], wet: NDArray[np.bool_], dry: NDArray[np.bool_]) -> float:
    """Return the threshold [dB] below which water's IoU is largest in one scene."""
    order = np.argsort(level[wet | dry], kind="stable")
    is_wet = wet[wet | dry][order]
    hits = np.cumsum(is_wet)
    iou = hits / (np.arange(1, len(hits) + 1) + is_wet.sum() - hits)
    return float(level[wet | dry][order[int(iou.argmax())]]) if is_wet.any() else -np.inf


def water_limit(scenes: Sequence[Fragment], window: int) -> tuple[float, dict[int, float]]:
    """Return the IoU of water over scenes with each scene's best threshold, and what is falsely called water, by label."""
    hits = union = 0
    false = np.zeros(256)
    for scene in scenes:
        wet, dry = wet_and_dry(scene)
        level = 10 * np.log10(ndimage.uniform_filter(10 ** (scene.db[0] / 10), window))
        dark = level <= best_threshold(level, wet, dry)
        hits += int((dark & wet).sum())
        union += int((wet | (dark & dry)).sum())
        false += np.bincount(scene.labels[dark & dry], minlength=256)
    shares = false / max(false.sum(), 1)
    return hits / union, {int(label): float(shares[label]) for label in np.argsort(-shares)[:4] if shares[label] > 0}


def all_features(scene: Fragment) -> NDArray[np.float32]:
    """Return local statistics of both polarisations, ``(pixels, 18)``."""
    return np.concatenate([features(band) for band in scene.db], axis=1)


def fit_leaves(scenes: Sequence[Fragment]) -> RandomForestClassifier:
    """Return a forest fitted to pixels of the leaves, square roots of their frequencies as weights."""
    draw = np.random.default_rng(0)
    x, y = list[NDArray[np.float32]](), list[NDArray[np.int64]]()
    counts = np.zeros(256, np.int64)
    for scene in scenes:
        found, label = all_features(scene), scene.labels.ravel()
        counts += np.bincount(label, minlength=256)
        for leaf in LEAVES:
            places = np.flatnonzero(label == leaf)
            chosen = draw.permutation(places)[:EACH]
            x.append(found[chosen])
            y.append(np.full(len(chosen), leaf))
    learnt = np.concatenate(y)
    weights = np.sqrt(counts)[learnt] / np.bincount(learnt, minlength=256)[learnt]
    forest = RandomForestClassifier(100, min_samples_leaf=5, n_jobs=-1, random_state=0)
    return forest.fit(np.concatenate(x), learnt, sample_weight=weights)


def main() -> None:
    """Measure and print."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--scenes", type=int, default=TrialPlan().scenes)
    ask.add_argument("--water-scenes", type=int, default=TrialPlan().water_scenes)
    ask.add_argument("--training", type=int, default=144)
    asked = ask.parse_args()
    names = {0: "nothing", **{number: leaf.name for number, leaf in enumerate(load_taxonomy().leaves, start=1)}}
    for band, band_name in enumerate(BANDS):
        for channel, channel_name in enumerate(CHANNELS):
            scenes = water_scenes(TrialPlan(water_scenes=asked.water_scenes), band=band, channel=channel)
            limits = [water_limit(scenes, window) for window in WINDOWS]
            best, false = max(limits, key=lambda limit: limit[0])
            dark = ", ".join(
                f"{' or '.join(names[leaf] for leaf in sorted(LABEL_SETS[label]))} {share:.0%}"
                for label, share in false.items()
            )
            print(f"water {band_name} {channel_name}: {best:.3f}; falsely water: {dark}", flush=True)
    forest = fit_leaves(trial_scenes(TrialPlan(scenes=asked.training), seed=TRAINING_SEED))
    scenes = trial_scenes(TrialPlan(scenes=asked.scenes))
    index = np.zeros(256, np.int64)
    index[list(LEAVES)] = range(len(LEAVES))
    guesses = [index[forest.predict(all_features(scene))].reshape(scene.labels.shape) for scene in scenes]
    matrix = confusion(guesses, [scene.labels for scene in scenes], [(leaf,) for leaf in LEAVES])
    leaves, groups = intersection_over_union(matrix), intersection_over_union(join_groups(matrix))
    print(f"forest: leaves {np.nanmean(leaves):.3f}, groups {np.nanmean(groups):.3f}")
    for leaf, iou, count in zip(LEAVES, leaves, matrix.sum(1), strict=True):
        print(f"  {names[leaf]}: {iou:.3f}, {count / matrix.sum():.2%} of the pixels")
    for (name, _), iou in zip(GROUPS, groups, strict=True):
        print(f"  {name}: {iou:.3f}")


if __name__ == "__main__":
    main()
