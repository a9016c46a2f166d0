"""From a recipe to a bundle: text tower, network, yardsticks, temperature, card."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sovs_map.network.alignment import Words
from sovs_map.network.sovs_net import SovsNet, SovsNetConfig
from sovs_map.network.text import TextTower, encode
from sovs_map.taxonomy import load_taxonomy
from sovs_map.training.calibration import fit_temperature
from sovs_map.training.card import Scores, write_card
from sovs_map.training.chips import Fragment, RealChips, SimulatedChips, read_fragments
from sovs_map.training.closed_set import ClosedSet
from sovs_map.training.distillation import distil, lexicon_phrases, training_phrases
from sovs_map.training.evaluation import EIGHT, FIVE, confusion, eight_cut, intersection_over_union, predict
from sovs_map.training.forest import fit_forest, predict_forest
from sovs_map.training.loop import (
    DrawChip,
    DrawCut,
    Schedule,
    Training,
    load_checkpoint,
    log_line,
    run,
    save_checkpoint,
    start,
    taxonomy_cuts,
)
from sovs_map.training.projection import spread_by_leaf
from sovs_map.training.recipe import Recipe
from sovs_map.training.teacher import teacher_vectors
from sovs_map.training.vocabularies import compatible
from sovs_map.training.writing import keep_recipe, write_bundle

LOG = logging.getLogger(__name__)

EVERY = 100
"""Steps between checkpoints."""


def make_bundle(recipe: Recipe, source: Path, *, data: Path, output: Path, runs: Path) -> None:
    """Train everything that a bundle holds, score it beside its yardsticks, and write it.

    Args:
        recipe: what to do.
        source: the file it came from, kept beside the weights.
        data: folder that holds ``s1_los_angeles``.
        output: folder of the bundle.
        runs: folder of checkpoints and logs; what is there already is not done again.
    """
    train, val = (read_fragments(data / "s1_los_angeles", split=split) for split in ("train", "val"))
    tower = make_tower(recipe, runs)
    training = make_network(recipe, train, tower, runs)
    network = training.averaged.eval()
    assert isinstance(network, SovsNet)  # noqa: S101 - the average is a copy of the model
    vectors = phrase_vectors(tower)
    network.temperature.fill_(_temperature(recipe, network, vectors))
    write_bundle(output, network, tower, recipe)
    keep_recipe(source, output)
    closed = make_yardstick(recipe, train, vectors, runs)
    eight, five = _words(EIGHT, vectors), _words(FIVE, vectors)
    trees = make_forest_maps(train, val, runs)
    scores = (
        Scores("SOVS-Net", *_grouped_iou(network, val, eight, recipe)),
        Scores("closed set", *_grouped_iou(closed, val, eight, recipe)),
        Scores("random forest", _iou([_as_classes(t, EIGHT) for t in trees], val, EIGHT),
               _iou([_as_classes(t, FIVE) for t in trees], val, FIVE)),
    )  # fmt: skip
    words = _iou(_maps(network, val, five, recipe), val, FIVE)
    write_card(
        output,
        recipe,
        scores,
        train,
        val,
        five_words=words,
        cpu_seconds=training.cpu_seconds,
        temperature=float(network.temperature),
    )


def make_tower(recipe: Recipe, runs: Path) -> TextTower:
    """Return the text tower, distilled from its teacher unless an earlier run did."""
    kept = runs / "tower.pt"
    tower = TextTower(recipe.distillation.config)
    if not kept.exists():
        runs.mkdir(parents=True, exist_ok=True)
        phrases = training_phrases(recipe.distillation)
        lexicon = len(dict.fromkeys(phrase.lower() for phrase in lexicon_phrases()))
        teacher = teacher_vectors(phrases)
        for step, loss, tower in distil(teacher, phrases, recipe=recipe.distillation, lexicon=lexicon):  # noqa: B007
            if step % EVERY == 0:
                LOG.info("text %d: loss %.4f", step, loss)
        spread_by_leaf(tower)
        torch.save(tower.state_dict(), kept)
    tower.load_state_dict(torch.load(kept, weights_only=True))
    return tower.eval()


def phrase_vectors(tower: TextTower) -> dict[str, Tensor]:
    """Return the vector of every phrase of the taxonomy and of every prompt of the evaluation, by the phrase."""
    prompts = [prompt for prompt, _ in EIGHT] + [prompt for prompt, _ in FIVE]
    phrases = list(dict.fromkeys(phrase.lower() for phrase in (*load_taxonomy().phrases, *prompts)))
    return dict(zip(phrases, encode(tower, phrases).clone(), strict=True))


def make_network(recipe: Recipe, train: Sequence[Fragment], tower: TextTower, runs: Path) -> Training:
    """Return the finished training of the network: batches of two real chips to every three simulated ones."""
    torch.manual_seed(recipe.schedule.seed)
    real = RealChips(train, side=recipe.side)
    model = SovsNet(SovsNetConfig(shared_dim=recipe.distillation.config.shared_dim))
    chance = np.random.default_rng(recipe.landscape_seed)
    simulated = SimulatedChips(chance, landscapes=recipe.landscapes, side=recipe.side)
    training = start(model, recipe.schedule)
    sources = (real.draw, simulated.draw, real.draw, simulated.draw, simulated.draw)
    cuts = taxonomy_cuts(eight_cut(), share=recipe.fixed_share)
    _train(training, recipe.schedule, sources, cuts, phrase_vectors(tower), runs / "sovs-net")
    return training


def make_yardstick(recipe: Recipe, train: Sequence[Fragment], vectors: dict[str, Tensor], runs: Path) -> ClosedSet:
    """Return a copy of the encoder with eight fixed classes, trained on the real chips alone."""
    torch.manual_seed(recipe.schedule.seed)
    model = ClosedSet(SovsNetConfig().encoder, classes=len(EIGHT))
    schedule = Schedule(
        steps=recipe.yardstick_steps,
        batch=recipe.schedule.batch // 2,
        learning_rate=recipe.schedule.learning_rate,
        seed=recipe.schedule.seed,
    )
    training = start(model, schedule)
    real, fixed = RealChips(train, side=recipe.side), eight_cut()
    _train(training, schedule, (real.draw,), lambda _: fixed, vectors, runs / "closed-set")
    trained = training.averaged
    assert isinstance(trained, ClosedSet)  # noqa: S101 - the average is a copy of the model
    return trained.eval()


def make_forest_maps(train: Sequence[Fragment], val: Sequence[Fragment], runs: Path) -> list[NDArray[np.uint8]]:
    """Return the random forest's label index of each validation pixel, fragment by fragment."""
    kept = runs / "forest.npy"
    if not kept.exists():
        runs.mkdir(parents=True, exist_ok=True)
        forest = fit_forest(train)
        np.save(kept, np.stack([predict_forest(forest, fragment) for fragment in val]))
    return list(np.load(kept, allow_pickle=False))


def _train(
    training: Training,
    schedule: Schedule,
    sources: tuple[DrawChip, ...],
    cuts: DrawCut,
    vectors: dict[str, Tensor],
    folder: Path,
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint, started, losses = folder / "checkpoint.pt", time.time(), []
    if checkpoint.exists():
        load_checkpoint(training, checkpoint)
    for loss in run(training, schedule, sources=sources, cuts=cuts, vectors=vectors):
        losses.append(loss)
        if training.step % EVERY == 0 or training.step == schedule.steps:
            mean = float(np.mean(losses[-EVERY:]))
            LOG.info("%s %d: loss %.4f", folder.name, training.step, mean)
            log_line(folder / "log.jsonl", step=training.step, loss=mean, started=started)
            save_checkpoint(training, checkpoint)


def _temperature(recipe: Recipe, network: SovsNet, vectors: dict[str, Tensor]) -> float:
    """Fit the temperature on landscapes that training has not seen."""
    chance = np.random.default_rng(recipe.landscape_seed + 1)
    chips = SimulatedChips(chance, landscapes=12, side=recipe.side)
    cut = eight_cut()
    return fit_temperature(network, [chips.draw(chance) for _ in range(64)], _words(EIGHT, vectors), compatible(cut))


def _words(classes: Sequence[tuple[str, object]], vectors: dict[str, Tensor]) -> Words:
    phrases = torch.stack([vectors[prompt.lower()] for prompt, _ in classes])
    return Words(phrases, torch.arange(len(classes)), len(classes))


def _groups(classes: Sequence[tuple[str, int | tuple[int, ...]]]) -> list[tuple[int, ...]]:
    return [labels if isinstance(labels, tuple) else (labels,) for _, labels in classes]


def _iou(
    predicted: Sequence[NDArray[np.int64]],
    truth: Sequence[Fragment],
    classes: Sequence[tuple[str, int | tuple[int, ...]]],
) -> NDArray[np.float64]:
    return intersection_over_union(confusion(predicted, [f.labels for f in truth], _groups(classes)))


def _grouped_iou(
    model: SovsNet | ClosedSet, val: Sequence[Fragment], words: Words, recipe: Recipe
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the IoU of the eight classes, and of the five groups that they fall into."""
    guesses = _maps(model, val, words, recipe)
    labels = np.array([label for _, label in EIGHT], np.uint8)
    return _iou(guesses, val, EIGHT), _iou([_as_classes(labels[guess], FIVE) for guess in guesses], val, FIVE)


def _maps(model: SovsNet | ClosedSet, val: Sequence[Fragment], words: Words, recipe: Recipe) -> list[NDArray[np.int64]]:
    return [predict(model, fragment, words, tile=recipe.tile, overlap=recipe.overlap) for fragment in val]


def _as_classes(labels: NDArray[np.uint8], classes: Sequence[tuple[str, int | tuple[int, ...]]]) -> NDArray[np.int64]:
    lookup = np.zeros(256, np.int64)
    for index, members in enumerate(_groups(classes)):
        lookup[list(members)] = index
    return lookup[labels]
