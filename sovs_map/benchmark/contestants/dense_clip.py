"""CLIP's towers asked pixel by pixel without any training, by the recipe that others have published for radar.

Source:
    SegEarth-OV-2, arXiv:2508.18067: attention of queries to queries and keys to keys in the last two blocks (SCLIP,
    arXiv:2312.01597), 0.3 of the whole picture's similarities taken off, the best of synonyms, windows of 224 pixels every
    112, similarities times 50. Its learned upsampler is not here: similarities are interpolated.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy.special import softmax
from torch import Tensor
from torch.nn import functional as F

from sovs_map.benchmark.chip import Chip
from sovs_map.benchmark.contestants.contestant import Answer, Map, Maps
from sovs_map.benchmark.question import AskedClass
from sovs_map.network.clip_encoder import radar_picture
from sovs_map.network.encoder import POLARISATIONS, View
from sovs_map.network.normalisation import conditions, standardise
from sovs_map.network.text import TextTower, encode_alone
from sovs_map.network.vision_transformer import AttentionBlock, VisionTransformer
from sovs_map.taxonomy import load_taxonomy

WINDOW, STEP = 224, 112
"""Side of the windows, and how far each lies from the last [pixels]."""

BLOCKS = 2
"""Last blocks, in which tokens attend to what they are like."""

WHOLE = 0.3
"""Share of the whole picture's similarity that is taken off each patch's."""

SHARPNESS = 50.0
"""Factor of similarities before the softmax."""

TEMPLATES = (
    "{}", "a radar image of {}.", "a satellite image of {}.", "this is an SAR image of {}.", "an SAR image shows {}.",
    "the SAR image contains a scene with {}.",
)  # fmt: skip
"""What a phrase is said in; the last three are SARCLIP's."""


@dataclass(frozen=True, slots=True, eq=False)
class DenseClip:
    """CLIP without training."""

    tower: VisionTransformer
    """Pictures to vectors."""

    text: TextTower
    """Phrases to vectors of the same space."""

    @torch.inference_mode()
    def answer(self, chip: Chip, classes: Sequence[AskedClass]) -> Answer:
        """Return the softmax over the classes' sharpened similarities."""
        return Answer(softmax(SHARPNESS * self._similarities(chip, classes), axis=0))

    def query(self, chip: Chip, classes: Sequence[AskedClass]) -> Iterator[Map]:
        """Yield the probability of each class against all leaves of the taxonomy: CLIP has no other measure of yes."""
        leaves = [AskedClass(leaf.name, (leaf.name,), leaf.leaves) for leaf in load_taxonomy().leaves]
        with torch.inference_mode():
            fits = SHARPNESS * self._similarities(chip, (*classes, *leaves))
        for own, one in zip(fits, classes, strict=False):
            rivals = [index for index, leaf in enumerate(leaves) if not leaf.leaves & one.leaves]
            yield softmax(np.stack([own, *(fits[len(classes) + index] for index in rivals)]), axis=0)[0]

    def _similarities(self, chip: Chip, classes: Sequence[AskedClass]) -> Maps:
        """Return the similarities of pixels and classes, the mean of the windows that see a pixel, ``(classes, row, col)``."""
        known = conditions(chip.spacing_m, calibrated=chip.calibrated)[None]
        kinds = torch.tensor([[POLARISATIONS.index(name) for name in chip.polarisations]])
        view = View(kinds, torch.ones(kinds.shape), known)
        picture = radar_picture(standardise(torch.from_numpy(np.ascontiguousarray(chip.values)))[None], view)
        rows, cols = chip.labels.shape
        right, bottom = max(0, WINDOW - cols), max(0, WINDOW - rows)
        picture = F.pad(picture, (0, right, 0, bottom), mode="replicate")
        phrases, groups = self._phrases(classes)
        device = self.tower.proj.device
        phrases, picture = phrases.to(device), picture.to(device)
        fits = torch.zeros(len(classes), *picture.shape[-2:])
        seen = torch.zeros(picture.shape[-2:])
        for top in _starts(picture.shape[-2]):
            for left in _starts(picture.shape[-1]):
                window = np.s_[top : top + WINDOW, left : left + WINDOW]
                similar = self._window(picture[..., *window], phrases)  # (prompts, WINDOW, WINDOW)
                best = torch.stack([similar[groups == index].amax(0) for index in range(len(classes))]).cpu()
                fits[:, *window] += best
                seen[window] += 1
        return (fits / seen)[:, :rows, :cols].numpy()

    def _phrases(self, classes: Sequence[AskedClass]) -> tuple[Tensor, Tensor]:
        """Return the unit vectors of all prompts, each the mean over the templates, and the class of each."""
        prompts = [(prompt, index) for index, one in enumerate(classes) for prompt in one.prompts]
        said = encode_alone(self.text, [form.format(prompt) for prompt, _ in prompts for form in TEMPLATES])
        vectors = F.normalize(said.reshape(len(prompts), len(TEMPLATES), -1).mean(1), dim=1)
        return vectors, torch.tensor([index for _, index in prompts])

    def _window(self, picture: Tensor, phrases: Tensor) -> Tensor:
        """Return similarities ``(prompts, WINDOW, WINDOW)`` of one window ``(1, 3, WINDOW, WINDOW)``."""
        patches, whole = dense_vectors(self.tower, picture)
        similar = torch.einsum("dhw,pd->phw", patches, phrases) - WHOLE * (phrases @ whole)[:, None, None]
        return F.interpolate(similar[None], size=picture.shape[-2:], mode="bilinear")[0]


def dense_vectors(tower: VisionTransformer, picture: Tensor) -> tuple[Tensor, Tensor]:
    """Return unit vectors of patches ``(dim, rows, cols)`` and of the whole ``(dim,)`` of a picture ``(1, 3, h, w)``.

    The whole is read as CLIP does; patches attend to what they are like in the last blocks.
    """
    side = tower.conv1.kernel_size[0]
    h, w = (size // side * side for size in picture.shape[-2:])
    patches = tower.conv1(picture[..., :h, :w])
    rows, cols = patches.shape[-2:]
    tokens = torch.cat([tower.class_embedding.expand(1, 1, -1), patches.flatten(2).transpose(1, 2)], dim=1)
    tokens = tower.ln_pre(tokens + tower.positions(rows, cols))
    blocks = [block for block in tower.resblocks if isinstance(block, AttentionBlock)]
    for block in blocks[:-BLOCKS]:
        tokens = block(tokens)
    whole = dense = tokens
    for block in blocks[-BLOCKS:]:
        whole, dense = block(whole), attend_alike(block, dense)
    vectors = tower.ln_post(torch.cat([whole[:, :1], dense[:, 1:]], dim=1)) @ tower.proj
    unit = F.normalize(vectors[0], dim=1)
    return unit[1:].T.reshape(-1, rows, cols), unit[0]


def attend_alike(block: AttentionBlock, x: Tensor) -> Tensor:
    """Return tokens ``(n, tokens, width)`` after a block whose queries look at queries and whose keys look at keys."""
    y = block.ln_1(x)
    query, key, value = (
        part(y).unflatten(2, (block.heads, -1)).transpose(1, 2) for part in (block.q, block.k, block.v)
    )
    mixed = F.scaled_dot_product_attention(query, query, value) + F.scaled_dot_product_attention(key, key, value)
    x = x + block.out(mixed.transpose(1, 2).flatten(2))
    narrowed: Tensor = x + block.mlp(block.ln_2(x))
    return narrowed


def _starts(size: int) -> list[int]:
    """Return where windows start along a side, the last one moved back into the picture."""
    return sorted({min(start, size - WINDOW) for start in range(0, size - WINDOW + STEP, STEP)})
