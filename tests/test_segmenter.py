"""Segmenter: the same tile gives the same logits, however it is asked."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch

from sovs_map.errors import OptionError, PlanError, VocabularyError
from sovs_map.eye import eye_for
from sovs_map.model import choose_device, load_model
from sovs_map.network.asking import together
from sovs_map.network.bundle import load_bundle
from sovs_map.segmenter import ask_model, segmenter_for
from sovs_map.vocabulary import read_vocabulary


def make_segmenter(classes="water,forest", *, threads=2, **facts):
    model = load_model(load_bundle("sovs-tiny"), read_vocabulary(classes), device="cpu", threads=threads)
    known = {"polarisations": ("VV", "VH"), "spacing_m": 10.0, "calibrated": True, "tile": 64} | facts
    return segmenter_for(eye_for(model, **known))


def make_tiles(count, bands=2):
    return np.random.default_rng(0).normal(-14, 5, (count, bands, 64, 64)).astype(np.float32)


def test_logits_do_not_depend_on_batch_or_threads():
    tiles = make_tiles(5)

    at_once = make_segmenter(threads=4).logits(tiles)
    alone = np.concatenate([make_segmenter(threads=1).logits(tile[None]) for tile in tiles])

    np.testing.assert_array_equal(at_once, alone)


def test_the_fingerprint_changes_with_everything_that_changes_logits():
    prints = {
        make_segmenter().fingerprint,
        make_segmenter("water,woods").fingerprint,
        make_segmenter("forest,water").fingerprint,
        make_segmenter(spacing_m=20.0).fingerprint,
        make_segmenter(spacing_m=None).fingerprint,
        make_segmenter(calibrated=False).fingerprint,
        make_segmenter(polarisations=("HH", "HV")).fingerprint,
        make_segmenter(tile=96).fingerprint,
        make_segmenter(overlap=16).fingerprint,
    }

    assert len(prints) == 9
    assert make_segmenter().fingerprint == make_segmenter(threads=1).fingerprint


@pytest.mark.parametrize("facts", [{"tile": 100}, {"tile": 32}, {"overlap": 0}, {"overlap": 40}, {"overlap": 9}])
def test_impossible_tiles_are_refused_with_advice(facts):
    with pytest.raises(OptionError, match=r"multiples of 32|between 2 and half|try --overlap 10"):
        make_segmenter(**facts)


def test_a_prompt_that_is_too_long_is_refused_with_advice():
    with pytest.raises(VocabularyError, match="Shorten it"):
        make_segmenter("water=" + "a long river " * 9)


class CrampedNetwork(torch.nn.Module):
    """A device whose memory holds so many tiles at once, and no more."""

    def __init__(self, network, *, room):
        super().__init__()
        self.network, self.room, self.batches = network, room, []

    def see(self, image, view):
        if len(image) > self.room:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory")
        self.batches.append(len(image))
        return self.network.see(image, view)


@pytest.mark.parametrize("room", [1, 2, 3])
def test_a_batch_too_large_for_the_device_is_halved_until_it_fits(room):
    segmenter, tiles = make_segmenter(), make_tiles(5)
    eye, network = segmenter.eye, CrampedNetwork(segmenter.eye.model.network, room=room)
    model = replace(eye.model, network=network)

    logits = replace(eye, model=model)._see_halving(tiles, partial(ask_model, eye.model, ask=together))

    assert sum(network.batches) == 5
    np.testing.assert_allclose(logits, segmenter.logits(tiles), atol=1e-4)


def test_a_device_too_small_for_one_tile_is_refused_with_advice():
    eye = make_segmenter(tile=128).eye
    cramped = replace(eye, model=replace(eye.model, network=CrampedNetwork(None, room=0)))

    with pytest.raises(PlanError, match=r"--tile 64, or --device cpu"):
        cramped._see_halving(make_tiles(4), partial(ask_model, eye.model, ask=together))


@pytest.mark.parametrize("device", ["cuda:99", "gpu", "mps"])
def test_devices_that_are_not_there_are_refused(device):
    with pytest.raises(OptionError, match="--device"):
        choose_device(device)
