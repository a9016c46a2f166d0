"""SOVS-Net: what it must not depend on, and what it must."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from sovs_map.network.alignment import Words, combine_prompts
from sovs_map.network.decoder import GUIDE, Decoder, upsample_convex, weigh_neighbours
from sovs_map.network.encoder import View
from sovs_map.network.folding import fold
from sovs_map.network.sovs_net import SovsNet, SovsNetConfig
from sovs_map.network.text import ATTRIBUTES


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    model = SovsNet(SovsNetConfig())
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
    return model.eval()


def make_view(n, bands):
    return View(torch.arange(1, bands + 1).expand(n, -1), torch.ones(n, bands), torch.tensor([[1.0, 0.0, 1.0]] * n))


def make_words(classes, seed=0):
    chance = torch.Generator().manual_seed(seed)
    vectors, attributes = torch.randn(classes, 64, generator=chance), torch.rand(classes, ATTRIBUTES, generator=chance)
    return Words(F.normalize(vectors, dim=1), attributes, torch.arange(classes), classes)


@torch.inference_mode()
def test_logits_have_the_size_of_the_image_for_any_number_of_classes(network):
    image = torch.randn(2, 2, 64, 96)

    for classes in (1, 2, 17):
        assert network(image, make_words(classes), make_view(2, 2)).shape == (2, classes, 64, 96)


@torch.inference_mode()
def test_permuting_the_classes_permutes_the_logits(network):
    image, words, order = torch.randn(1, 1, 64, 64), make_words(5), torch.tensor([3, 0, 4, 1, 2])

    straight = network(image, words, make_view(1, 1))
    permuted = network(image, Words(words.phrases[order], words.attributes[order], words.groups, 5), make_view(1, 1))

    torch.testing.assert_close(permuted, straight[:, order])


@torch.inference_mode()
def test_the_order_of_the_polarisations_does_not_matter(network):
    image, view = torch.randn(1, 3, 64, 64), make_view(1, 3)
    order = torch.tensor([2, 0, 1])

    straight = network(image, make_words(3), view)
    turned = network(image[:, order], make_words(3), View(view.polarisations[:, order], view.present, view.conditions))

    torch.testing.assert_close(turned, straight, rtol=1e-4, atol=1e-5)


@torch.inference_mode()
def test_an_absent_band_changes_nothing(network):
    image = torch.randn(1, 2, 64, 64)
    alone = network(
        image[:, :1].expand(-1, 2, -1, -1),
        make_words(3),
        View(torch.ones(1, 2, dtype=torch.long), torch.ones(1, 2), torch.ones(1, 3)),
    )

    padded = View(torch.ones(1, 2, dtype=torch.long), torch.tensor([[1.0, 0.0]]), torch.ones(1, 3))

    torch.testing.assert_close(network(image, make_words(3), padded), alone, rtol=1e-4, atol=1e-5)


@torch.inference_mode()
def test_folding_the_normalisation_keeps_the_logits(network):
    image, words, view = torch.randn(1, 2, 64, 64), make_words(4), make_view(1, 2)
    folded = SovsNet(SovsNetConfig()).eval()
    folded.load_state_dict(network.state_dict())

    fold(folded)

    torch.testing.assert_close(folded(image, words, view), network(image, words, view), rtol=1e-4, atol=1e-5)
    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in folded.modules())


def test_a_tile_of_512_needs_at_most_3_gmac(network):
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        network(torch.randn(1, 2, 512, 512), make_words(8), make_view(1, 2))

    assert counter.get_total_flops() / 2 <= 3e9


@given(st.integers(1, 4), st.integers(1, 4))
@settings(deadline=None, max_examples=20)
def test_a_synonym_given_twice_counts_once(classes, repeats):
    logits = torch.randn(1, classes, 3, 3)
    groups = torch.arange(classes)

    once = combine_prompts(logits, Words(torch.empty(classes, 1), torch.empty(classes, ATTRIBUTES), groups, classes))
    again = combine_prompts(
        logits.repeat(1, repeats, 1, 1),
        Words(
            torch.empty(classes * repeats, 1),
            torch.empty(classes * repeats, ATTRIBUTES),
            groups.repeat(repeats),
            classes,
        ),
    )

    torch.testing.assert_close(again, once, rtol=1e-5, atol=1e-5)


def test_a_negative_that_fits_lowers_its_class_alone():
    logits = torch.zeros(1, 3, 1, 1)
    logits[:, 2] = 5.0

    lowered = combine_prompts(
        logits, Words(torch.empty(3, 1), torch.empty(3, ATTRIBUTES), torch.tensor([0, 1, 1]), 2, negatives=1)
    )

    assert lowered[0, 0].item() == 0.0
    assert lowered[0, 1].item() < -4.0


@given(st.floats(-30, 30, width=32), st.integers(1, 3))
@settings(deadline=None, max_examples=20)
def test_the_decoder_keeps_constant_maps(value, classes):
    maps = torch.full((1, classes, 8, 8), value)

    got = Decoder(16)(maps, torch.randn(1, GUIDE, 8, 8).relu())

    torch.testing.assert_close(got, torch.full((1, classes, 16, 16), value), rtol=1e-4, atol=1e-4)


def test_filters_equal_a_sum_over_neighbours_by_hand():
    maps, weights = torch.randn(1, 2, 5, 5), torch.rand(1, 9, 5, 5)
    got = weigh_neighbours(maps, weights, dilation=1)

    inside = sum(weights[0, 3 * i + j, 2, 2] * maps[0, :, 1 + i, 1 + j] for i in range(3) for j in range(3))

    torch.testing.assert_close(got[0, :, 2, 2], inside)


def test_upsampling_with_centre_weights_repeats_each_pixel():
    maps, weights = torch.randn(1, 2, 4, 4), torch.zeros(1, 9, 4, 4, 4)
    weights[:, 4] = 1

    torch.testing.assert_close(upsample_convex(maps, weights), maps.repeat_interleave(2, 2).repeat_interleave(2, 3))
