"""Which weights the optimiser changes, how fast, and which of them decay."""

from __future__ import annotations

from typing import Any

from torch import nn

from sovs_map.network.clip_encoder import ClipEncoder

CLIP_RATE = 0.01
"""Learning rate of CLIP's own weights over that of ours.

Source:
    CAT-Seg, Cho et al. 2024, arXiv:2303.11797, section 4.2.
"""


def parameter_groups(model: nn.Module, *, learning_rate: float, weight_decay: float) -> list[dict[str, Any]]:
    """Return the groups of a model's trained weights: those that decay, those that do not, and CLIP's where there are any.

    Frozen weights are in none. CLIP's do not decay: that would pull them to zero and not to CLIP.

    Args:
        model: a network.
        learning_rate: of our weights.
        weight_decay: of weights with two dimensions or more; biases, scales and normalisations have none.
    """
    towers = [module.tower for module in model.modules() if isinstance(module, ClipEncoder)]
    clip = [weight for tower in towers for weight in tower.parameters() if weight.requires_grad]
    known = {id(weight) for tower in towers for weight in tower.parameters()}
    ours = [weight for weight in model.parameters() if weight.requires_grad and id(weight) not in known]
    groups: list[dict[str, Any]] = [
        {"params": [w for w in ours if w.ndim >= 2], "lr": learning_rate, "weight_decay": weight_decay},
        {"params": [w for w in ours if w.ndim < 2], "lr": learning_rate, "weight_decay": 0.0},
    ]
    if clip:
        groups.append({"params": clip, "lr": CLIP_RATE * learning_rate, "weight_decay": 0.0})
    return groups
