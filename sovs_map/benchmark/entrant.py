"""Which contestant a name, a folder or a file of weights stands for."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from sovs_map.benchmark.contestants.clip_models import SLOTS, find_clip, open_clip_contestant
from sovs_map.benchmark.contestants.contestant import Contestant
from sovs_map.benchmark.contestants.learning import Lessons, learn_closed, learn_open
from sovs_map.benchmark.contestants.majority import count_labels
from sovs_map.benchmark.contestants.networks import OpenNetwork
from sovs_map.benchmark.contestants.otsu_water import OtsuWater
from sovs_map.benchmark.contestants.physics_prior import PhysicsPrior
from sovs_map.benchmark.contestants.trees import grow_trees
from sovs_map.benchmark.course import Course, read_lessons
from sovs_map.benchmark.hashing import hash_file
from sovs_map.errors import DataSetError, OptionError
from sovs_map.model import choose_device
from sovs_map.network.bundle import Bundle, load_bundle, load_network, load_tower, shipped_bundles
from sovs_map.network.sovs_net import SovsNet
from sovs_map.training.ablation import DotProduct
from sovs_map.training.clip_weights import WEIGHT_FILES
from sovs_map.training.evaluation import Tiling
from sovs_map.training.real import Fragment
from sovs_map.training.vocabularies import Phrasebook

SHAPE = "sovs-tiny"
"""Bundle whose shape and text tower the networks have that learn a course."""


@dataclass(frozen=True, slots=True)
class Entrant:
    """A contestant before it has learnt anything."""

    name: str
    """Short, safe as a file's name."""

    fingerprint: str
    """Changes whenever it could answer otherwise."""

    learns: bool
    """Whether it learns the course of a protocol."""

    remark: str
    """What readers of its scores must know."""

    enter: Callable[[Course, Path], Contestant]
    """Course, and a folder for checkpoints, to the contestant that has learnt it."""


def find_entrant(model: str, *, steps: int, device: str = "cpu") -> Entrant:
    """Return who a user means.

    Args:
        model: name of a baseline, of a shipped bundle or of known weights; folder of a bundle; file of CLIP's weights.
        steps: of the networks that learn.
        device: of networks: ``auto``, ``cpu``, ``cuda`` or ``cuda:N``; another kind changes last digits.

    Raises:
        OptionError: nobody is called so, weights are not there, or no such device.
        BundleError: the folder is no bundle.
    """
    place = choose_device(device)
    learners = _learners(steps, place)
    baselines = {one.name: one for one in (*_untrained(), *learners)}
    if model in baselines:
        return baselines[model]
    if model in SLOTS or Path(model).suffix in WEIGHT_FILES:
        weights = find_clip(model)
        return Entrant(
            weights.name,
            f"{weights.model} {hash_file(weights.path)} {place.type}",
            learns=False,
            remark=f"CLIP weights {weights.path.name}, untrained here; what they were trained on is their authors' matter.",
            enter=lambda _course, _folder: open_clip_contestant(weights, place),
        )
    if not Path(model).is_dir() and model not in shipped_bundles():
        listed = ", ".join((*baselines, *shipped_bundles(), *SLOTS))
        raise OptionError(
            f"--model {model} is nobody, no folder and no file of weights; type one of {listed}, or a path"
        )
    return _trained(load_bundle(model), place)


def learn(entrant: Entrant, course: Course, folder: Path) -> Contestant:
    """Return a contestant that has learnt a course, as far as it learns.

    Raises:
        DataSetError: it learns, and there is nothing to learn from.
        OptionError: a package is missing.
    """
    if entrant.learns and not course.lessons:
        raise DataSetError(
            f"{entrant.name} learns from train splits, and these data sets have none; build with --simulated 8, or take "
            "--model sovs-tiny"
        )
    return entrant.enter(course, folder)


def _untrained() -> tuple[Entrant, ...]:
    return (
        Entrant("otsu-water", "1", learns=False, remark="Finds water only.", enter=lambda _c, _f: OtsuWater()),
        Entrant(
            "physics",
            f"1 {load_bundle(SHAPE).hash}",
            learns=False,
            remark="Means and spreads from the book; reads any words by the lexicon.",
            enter=lambda _course, _folder: PhysicsPrior(),
        ),
    )


def _learners(steps: int, device: torch.device) -> tuple[Entrant, ...]:
    bundle = load_bundle(SHAPE)
    knows_none = "Knows no words: classes are told to it by their leaves, so other words change nothing."
    short = f"{steps} steps from nothing."

    def lessons(course: Course, folder: Path) -> Lessons:
        facts = f"{course.fingerprint} {steps} {bundle.hash} {device.type}"
        place = folder / hashlib.sha256(facts.encode()).hexdigest()[:16]
        return Lessons(_told(course), course.hidden, steps, place, device)

    return (
        Entrant("majority", "1", learns=True, remark=knows_none, enter=lambda course, _: count_labels(_told(course))),
        Entrant("forest", "1", learns=True, remark=knows_none, enter=lambda course, _: grow_trees(_told(course))),
        Entrant(
            "closed-set",
            f"1 {steps} {bundle.hash} {device.type}",
            learns=True,
            remark=f"{knows_none} {short}",
            enter=lambda course, folder: learn_closed(lessons(course, folder / "closed-set"), bundle),
        ),
        Entrant(
            "lseg",
            f"1 {steps} {bundle.hash} {device.type}",
            learns=True,
            remark=f"Plain cosine: neither decoder nor attributes. {short}",
            enter=lambda course, folder: learn_open(
                lessons(course, folder / "lseg"), bundle, DotProduct, attributes=False
            ),
        ),
        Entrant(
            "sovs-net",
            f"1 {steps} {bundle.hash} {device.type}",
            learns=True,
            remark=short,
            enter=lambda course, folder: learn_open(
                lessons(course, folder / "sovs-net"), bundle, SovsNet, attributes=True
            ),
        ),
    )


def _told(course: Course) -> tuple[Fragment, ...]:
    """Return the pictures of a course, some of them labelled."""
    fragments = read_lessons(course)
    if not fragments:
        raise DataSetError(
            f"no picture of the course {course.name} has a label that may be learnt; build with more train pictures, "
            "e.g. --simulated 8"
        )
    return fragments


def _trained(bundle: Bundle, device: torch.device) -> Entrant:
    def enter(_course: Course, _folder: Path) -> Contestant:
        tiling = Tiling(bundle.tile, bundle.overlap)
        return OpenNetwork(load_network(bundle).to(device), Phrasebook(load_tower(bundle)), tiling)

    return Entrant(
        bundle.name,
        f"{bundle.hash} {device.type}",
        learns=False,
        remark="Trained before, see its card: leaves that OV-A and OV-B call unseen may have been in its training.",
        enter=enter,
    )
