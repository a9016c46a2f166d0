"""The fixed linear map from sentence vectors to the space that pixels and words share."""

from __future__ import annotations

import torch

from sovs_map.network.text import TextTower, tokenize
from sovs_map.taxonomy import load_taxonomy


@torch.no_grad()
def spread_by_leaf(tower: TextTower, *, ridge: float = 1.0) -> None:
    """Set the map so that phrases of one leaf lie together: directions in which they differ count less.

    Of ridges 0.05 to 10 000, 1 finds the leaf of held-out phrases best from the others' means: 84 % of 301 in six
    folds, against 80 % without looking at leaves.

    Args:
        tower: a trained tower; its ``centre`` and ``basis`` are replaced.
        ridge: added to each axis' variance within leaves, in mean variances.

    Source:
        Linear discriminant analysis: R. A. Fisher 1936, doi:10.1111/j.1469-1809.1936.tb02137.x
    """
    owner = {word.lower(): number for number, leaf in enumerate(load_taxonomy().leaves) for word in leaf.words}
    leaf = torch.tensor(list(owner.values()))
    sentences = tower.eval().sentences(tokenize(list(owner), context=tower.config.context))
    means = torch.stack([sentences[leaf == number].mean(0) for number in range(int(leaf.max()) + 1)])
    within = sentences - means[leaf]
    scatter = within.T @ within / len(within)
    variance, axes = torch.linalg.eigh(scatter + ridge * scatter.trace() / len(scatter) * torch.eye(len(scatter)))
    whiten = axes @ torch.diag(variance.rsqrt()) @ axes.T
    _, _, main = torch.linalg.svd((sentences - sentences.mean(0)) @ whiten, full_matrices=False)
    tower.centre.copy_(sentences.mean(0))
    main = main[: tower.config.shared_dim]
    largest = main.gather(1, main.abs().argmax(1, keepdim=True))
    tower.basis.copy_(whiten @ (main * largest.sign()).T)  # a singular vector's own sign depends on the machine
