"""Processes that train one network together, as ``torchrun`` starts them: each draws its own chips."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch
import torch.distributed as dist
from torch import nn


def assemble(device: torch.device) -> None:
    """Meet the other processes, if ``torchrun`` has started any."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        return
    if device.type == "cuda":
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo")


def disband() -> bool:
    """Part from the other processes; return whether this one goes on, which is the first."""
    first = worker() == 0
    if dist.is_initialized():
        dist.destroy_process_group()
    return first


def workers() -> int:
    """Return how many processes train together."""
    return dist.get_world_size() if dist.is_initialized() else 1


def worker() -> int:
    """Return which of them this one is; 0 keeps logs and checkpoints."""
    return dist.get_rank() if dist.is_initialized() else 0


@contextmanager
def first_alone() -> Iterator[None]:
    """Let the first process do something, then the others, which find its files."""
    if worker() > 0:
        dist.barrier()
    yield
    if workers() > 1 and worker() == 0:
        dist.barrier()


def agree(model: nn.Module) -> None:
    """Average gradients and running statistics over the processes."""
    if workers() == 1:
        return
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    for weight in weights:
        weight.grad = torch.zeros_like(weight) if weight.grad is None else weight.grad  # what one has, all must have
    own = [weight.grad for weight in weights if weight.grad is not None]
    own += [buffer for buffer in model.buffers() if buffer.dtype.is_floating_point]
    flat = torch.cat([one.flatten() for one in own])
    dist.all_reduce(flat)
    means = (flat / workers()).split([one.numel() for one in own])  # type: ignore[no-untyped-call]
    for one, mean in zip(own, means, strict=True):
        one.copy_(mean.view_as(one))
