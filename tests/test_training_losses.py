"""Losses and scores of training, by hand and by property."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from sovs_map.training.evaluation import (
    calibration_error,
    confusion,
    harmonic_mean,
    intersection_over_union,
)
from sovs_map.training.losses import attribute_loss, halve_labels, marginal_loss, query_loss, region_contrast
from sovs_map.training.objective import region_means


def test_the_loss_of_a_coarse_label_is_that_of_its_classes_together():
    logits = torch.randn(1, 3)

    loss = marginal_loss(logits, torch.tensor([[True, True, False]]))

    torch.testing.assert_close(loss, -torch.log(logits.softmax(1)[0, :2].sum()))


@pytest.mark.parametrize("allowed", [[False, False, False], [True, True, True]])
def test_pixels_that_allow_no_class_or_every_class_teach_nothing(allowed):
    logits = torch.randn(4, 3, requires_grad=True)

    marginal_loss(logits, torch.tensor([allowed] * 4)).backward()

    assert logits.grad.abs().sum() == 0


def test_the_query_loss_says_nothing_where_a_class_is_neither_right_nor_wrong():
    logits = torch.tensor([[0.3, -2.0]], requires_grad=True)

    loss = query_loss(logits, torch.tensor([[True, False]]), torch.tensor([[False, False]]))
    loss.backward()

    error = -F.logsigmoid(torch.tensor(0.3))
    torch.testing.assert_close(loss.detach(), (1 - torch.exp(-error)) * error)
    assert logits.grad[0, 1] == 0


def test_a_perfect_answer_has_no_attribute_loss():
    wanted = torch.rand(20, 12)

    torch.testing.assert_close(attribute_loss(torch.logit(wanted), wanted), torch.tensor(0.0), atol=1e-6, rtol=0)
    assert attribute_loss(torch.logit(wanted) + 1, wanted) > 0.01


def test_region_contrast_is_least_where_each_region_lies_on_its_phrase():
    phrases = torch.eye(4)
    fits = torch.eye(4, dtype=torch.bool)

    assert region_contrast(phrases, phrases, fits) < 1e-3 < region_contrast(phrases.roll(1, 0), phrases, fits)


def test_region_means_are_those_of_their_pixels():
    vectors, labels = torch.randn(2, 5, 8, 8), torch.zeros(2, 8, 8, dtype=torch.int64)
    labels[0, :4], labels[1, :, :4] = 3, 7

    means, label = region_means(vectors, labels)

    assert label.tolist() == [3, 7]
    torch.testing.assert_close(means[0], F.normalize(vectors[0, :, :4].flatten(1).mean(1), dim=0))
    torch.testing.assert_close(means[1], F.normalize(vectors[1, :, :, :4].flatten(1).mean(1), dim=0))


def test_halved_labels_are_those_that_four_pixels_share():
    labels = torch.tensor([[[1, 1, 2, 2], [1, 1, 2, 3]]])

    assert halve_labels(labels).tolist() == [[[1, 0]]]


def test_intersection_over_union_equals_counting():
    draw = np.random.default_rng(0)
    truth, guess = draw.integers(0, 4, (50, 50)).astype(np.uint8), draw.integers(0, 3, (50, 50))

    iou = intersection_over_union(confusion([guess], [truth], [(1,), (2,), (3,)]))

    known = truth > 0
    expected = [
        ((truth == i + 1) & (guess == i)).sum() / (((truth == i + 1) | (guess == i)) & known).sum() for i in range(3)
    ]
    np.testing.assert_allclose(iou, expected)


@given(st.integers(0, 2**32 - 1))
def test_confidence_that_equals_the_rate_of_success_has_no_calibration_error(seed):
    draw = np.random.default_rng(seed)
    confidence = np.repeat(draw.uniform(0.1, 1, 15), 4000).astype(np.float32)

    correct = draw.random(confidence.size) < confidence

    assert calibration_error(confidence, correct) < 0.02
    assert calibration_error(confidence, np.zeros_like(correct)) == pytest.approx(confidence.mean(), abs=1e-4)


def test_the_harmonic_mean_is_that_of_rates():
    assert harmonic_mean(0.5, 0.25) == pytest.approx(1 / 3)
    assert harmonic_mean(0.0, 0.0) == 0
