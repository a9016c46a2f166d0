"""From CLIP's weights, in a file or on a hub, to a network and a text tower that start as CLIP."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from sovs_map.errors import OptionError
from sovs_map.network.clip_encoder import ClipEncoder, ClipEncoderConfig
from sovs_map.network.sovs_net import SovsNet, SovsNetConfig
from sovs_map.network.text import VOCABULARY_SIZE, TextConfig, TextTower
from sovs_map.network.vision_transformer import MLP_RATIO

Part: TypeAlias = Any
"""A part of open_clip, which ships no types."""

WEIGHT_FILES = (".bin", ".pt", ".pth", ".safetensors")
"""Endings of the files that open_clip reads."""


@dataclass(frozen=True, slots=True)
class ClipRecipe:
    """Which CLIP a network starts from."""

    model: str = "ViT-B-16"
    """Its name in open_clip, or ``hf-hub:OWNER/NAME``, whose weights come with it."""

    pretrained: str = ""
    """A file of its weights, or open_clip's name of them such as ``laion2b_s34b_b88k``; nothing for a hub's."""

    stride: int = 16
    """Side of a patch in the scene [pixels]: 4, 8, 16 or 32."""

    stem: int = 16
    """Our features of one polarisation at stride 2."""

    guide: int = 64
    """Our features at stride 4."""


@dataclass(frozen=True, slots=True, eq=False)
class ClipParts:
    """A network and a tower whose cosines are CLIP's."""

    network: SovsNet
    """Not trained yet."""

    tower: TextTower
    """CLIP's own, for inference; its map to physical attributes is not fitted yet."""


def load_clip(recipe: ClipRecipe) -> ClipParts:
    """Return the network and the text tower that a recipe starts from; what is new is drawn by torch's chance.

    Raises:
        OptionError: the weights cannot be had, or are not those of a plain vision transformer of CLIP.
    """
    clip = _open(recipe)
    visual = clip.visual
    text = clip.text if hasattr(clip, "text") else clip  # open_clip keeps the text tower inside or beside
    for part, is_plain in (("image", _is_plain_image(visual)), ("text", _is_plain_text(text))):
        if not is_plain:
            raise OptionError(
                f"the {part} tower of CLIP model {recipe.model!r} is not a plain transformer, which is what is read here: "
                'take another one, such as model = "ViT-B-16", "ViT-B-32", "ViT-L-14" or "ViT-H-14"'
            )
    network = SovsNet(SovsNetConfig(_image_shape(visual, recipe), shared_dim=visual.output_dim))
    assert isinstance(network.encoder, ClipEncoder)  # noqa: S101 - as its shape says
    network.encoder.tower.load_state_dict(_image_weights(visual))
    with torch.no_grad():
        network.log_scale.copy_(clip.logit_scale.reshape(()))
    tower = TextTower(_text_shape(text))
    own = text.state_dict()
    tower.transformer.load_state_dict({name: own[name] for name in tower.transformer.state_dict()})
    return ClipParts(network, tower.requires_grad_(requires_grad=False).eval())


def _open(recipe: ClipRecipe) -> Part:
    import open_clip  # noqa: PLC0415 - takes seconds

    source = recipe.pretrained
    if source.endswith(WEIGHT_FILES) and not Path(source).is_file():
        raise OptionError(
            f"[clip] pretrained = {source!r} is not a file here; give the path of CLIP's weights. {_advice()}"
        )
    if not source and not recipe.model.startswith(("hf-hub:", "local-dir:")):
        raise OptionError(f"[clip] has nothing as pretrained for model {recipe.model!r}. {_advice()}")
    try:
        return open_clip.create_model(recipe.model, pretrained=source or None, require_pretrained=True)
    except (OSError, RuntimeError, ValueError, KeyError, pickle.UnpicklingError) as error:
        raise OptionError(
            f"CLIP model {recipe.model!r} with weights {source or 'of its hub'!r} cannot be had: {error}\n{_advice()}"
        ) from error


def _advice() -> str:
    return (
        "Without a network, fetch the weights where there is one and name the file in the recipe: "
        "hf download laion/CLIP-ViT-B-16-laion2B-s34B-b88K open_clip_pytorch_model.bin --local-dir weights; then in [clip]: "
        'model = "ViT-B-16" and pretrained = "weights/open_clip_pytorch_model.bin"'
    )


def _is_plain_image(visual: Part) -> bool:
    from open_clip.transformer import VisionTransformer  # noqa: PLC0415 - takes seconds

    if not isinstance(visual, VisionTransformer) or visual.attn_pool is not None:
        return False
    rows, cols = visual.grid_size
    return rows == cols and isinstance(visual.ln_pre, nn.LayerNorm) and _is_plain(visual.transformer)


def _is_plain_text(text: Part) -> bool:
    embedding, projection = getattr(text, "token_embedding", None), getattr(text, "text_projection", None)
    if not isinstance(embedding, nn.Embedding) or not isinstance(projection, nn.Parameter):
        return False
    causal = text.attn_mask is not None and getattr(text, "cls_emb", None) is None
    pool = getattr(text, "pool_type", getattr(text, "text_pool_type", "argmax"))
    return len(embedding.weight) == VOCABULARY_SIZE and causal and pool == "argmax" and _is_plain(text.transformer)


def _is_plain(transformer: Part) -> bool:
    """Tell whether blocks are attention and a perceptron, with normalisations as torch's and nothing more."""
    block = transformer.resblocks[0]
    norms = [module for module in block.modules() if isinstance(module, nn.LayerNorm)]
    return (
        isinstance(block.attn, nn.MultiheadAttention)
        and isinstance(block.ls_1, nn.Identity)
        and [norm.eps for norm in norms] == [1e-5, 1e-5]
        and block.mlp.c_fc.out_features == MLP_RATIO * transformer.width
    )


def _image_shape(visual: Part, recipe: ClipRecipe) -> ClipEncoderConfig:
    return ClipEncoderConfig(
        patch=visual.patch_size[0],
        stride=recipe.stride,
        grid=visual.grid_size[0],
        width=visual.transformer.width,
        layers=len(visual.transformer.resblocks),
        heads=visual.transformer.resblocks[0].attn.num_heads,
        output_dim=visual.output_dim,
        quick_gelu=_is_quick(visual.transformer),
        stem=recipe.stem,
        guide=recipe.guide,
    )


def _text_shape(text: Part) -> TextConfig:
    context, width = text.positional_embedding.shape
    return TextConfig(
        width=width,
        heads=text.transformer.resblocks[0].attn.num_heads,
        layers=len(text.transformer.resblocks),
        context=context,
        sentence_dim=text.text_projection.shape[1],
        shared_dim=text.text_projection.shape[1],
        quick_gelu=_is_quick(text.transformer),
    )


def _is_quick(transformer: Part) -> bool:
    from open_clip.transformer import QuickGELU  # noqa: PLC0415 - takes seconds

    return isinstance(transformer.resblocks[0].mlp.gelu, QuickGELU)


def _image_weights(visual: nn.Module) -> dict[str, Tensor]:
    """Return open_clip's weights under our names: queries, keys and values are projections of their own."""
    weights = {}
    for name, value in visual.state_dict().items():
        short = name.removeprefix("transformer.").replace("attn.out_proj", "out")
        block, joined, kind = short.partition("attn.in_proj_")
        if joined:
            weights.update({f"{block}{part}.{kind}": piece for part, piece in zip("qkv", value.chunk(3), strict=True)})
        else:
            weights[short] = value
    return weights
