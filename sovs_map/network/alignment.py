"""Align: how well each pixel and each class fit, as cosines in the space that pixels and phrases share."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """The classes as the network sees them."""

    phrases: Tensor
    """Unit vectors, one a prompt, shape ``(prompts, shared_dim)``; the prompts, then the negatives."""

    attributes: Tensor
    """Physical attributes that each prompt suggests, in [0, 1], shape ``(prompts, ATTRIBUTES)``."""

    groups: Tensor
    """Class of each prompt, shape ``(prompts,)``; prompts of a class need not be neighbours."""

    classes: int
    """How many classes there are; each has at least one prompt that is not a negative."""

    negatives: int = 0
    """How many of the prompts, at the end, say what their class is not."""

    def to(self, device: torch.device) -> Words:
        """Return the words on a device."""
        phrases, attributes, groups = (part.to(device) for part in (self.phrases, self.attributes, self.groups))
        return Words(phrases, attributes, groups, self.classes, self.negatives)

    def only(self, index: int) -> Words:
        """Return the words of one class, as if there were no other."""
        own = self.groups == index
        negatives = int(own[len(own) - self.negatives :].sum())
        return Words(self.phrases[own], self.attributes[own], torch.zeros_like(self.groups[own]), 1, negatives)


def cosine_volume(pixels: Tensor, phrases: Tensor) -> Tensor:
    """Return cosines ``(n, phrases, h, w)`` of unit pixels ``(n, dim, h, w)`` and unit phrases ``(phrases, dim)``."""
    return torch.einsum("ndhw,pd->nphw", pixels, phrases)


def attribute_match(looks: Tensor, attributes: Tensor, weights: Tensor) -> Tensor:
    """Return how well pixels look as phrases say: minus the weighted squared distance, ``(n, phrases, h, w)``.

    Args:
        looks: attributes of the pixels, in [0, 1], ``(n, attributes, h, w)``.
        attributes: of the phrases, ``(phrases, attributes)``.
        weights: of each attribute, ``(attributes,)``, not negative.
    """
    both = torch.einsum("nahw,pa->nphw", looks, 2 * weights * attributes)
    pixels = torch.einsum("nahw,a->nhw", looks.square(), weights)[:, None]
    phrases = (attributes.square() @ weights)[:, None, None]
    return both - pixels - phrases


def combine_prompts(logits: Tensor, words: Words) -> Tensor:
    """Return one logit a class ``(n, classes, h, w)`` from one a prompt ``(n, prompts, h, w)``.

    Synonyms are joined by the logarithm of their mean likelihood: smooth, near the best synonym where one fits far
    better, and the same when every synonym is given twice. A negative lowers its class where it fits better than the
    class does: the logarithm of the probability that the class beats it is added.
    """
    prompts = len(words.groups) - words.negatives
    groups = words.groups[:prompts]
    if prompts == words.classes:
        joined = logits[:, torch.argsort(groups)]
    else:
        joined = torch.stack([_mean_likelihood(logits[:, :prompts], groups == i) for i in range(words.classes)], dim=1)
    if not words.negatives:
        return joined
    lowered = list(joined.unbind(1))
    against = words.groups[prompts:]
    for index in sorted(set(against.tolist())):
        rival = _mean_likelihood(logits[:, prompts:], against == index)
        lowered[index] = lowered[index] + F.logsigmoid(lowered[index] - rival)
    return torch.stack(lowered, dim=1)


def _mean_likelihood(logits: Tensor, members: Tensor) -> Tensor:
    return logits[:, members].logsumexp(1) - members.sum().to(logits.dtype).log()
