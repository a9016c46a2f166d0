"""The sentence encoder that the text tower learns from; needed for training only."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from sovs_map.network.reading import sentence_vectors


def kept_teacher_vectors(phrases: Sequence[str], kept: Path) -> Tensor:
    """Return the teacher's unit vectors ``(n, 384)``; those that ``kept`` holds are not computed again.

    Args:
        phrases: each once, lower case.
        kept: file of phrases and vectors, float16, which gets what it lacks; it need not exist.
    """
    known, vectors = _load(kept) if kept.exists() else ([], torch.zeros(0, 384, dtype=torch.float16))
    lacking = sorted(set(phrases) - set(known), key=lambda phrase: (len(phrase), phrase))
    if lacking:
        known += lacking
        vectors = torch.cat([vectors, sentence_vectors(lacking).half()])
        kept.parent.mkdir(parents=True, exist_ok=True)
        partial = kept.with_suffix(".partial")
        torch.save({"phrases": known, "vectors": vectors}, partial)
        os.replace(partial, kept)
    row = {phrase: number for number, phrase in enumerate(known)}
    return torch.nn.functional.normalize(vectors[[row[phrase] for phrase in phrases]].float(), dim=1)


def _load(kept: Path) -> tuple[list[str], Tensor]:
    content = torch.load(kept, weights_only=True)
    return content["phrases"], content["vectors"]
