"""Processes that train together: they agree on gradients, take turns, draw landscapes of their own, and part."""

import os
import socket
from pathlib import Path

import numpy as np
import torch
from torch import multiprocessing, nn

from sovs_map.training.pool import Pool
from sovs_map.training.simulated import SimulatedChips
from sovs_map.training.workers import agree, assemble, disband, first_alone, worker, workers

TOGETHER = 2


def free_port():
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return door.getsockname()[1]


def work(rank: int, port: int, folder: str):
    os.environ |= {
        "RANK": str(rank),
        "LOCAL_RANK": str(rank),
        "WORLD_SIZE": str(TOGETHER),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
    }
    assemble(torch.device("cpu"))
    assert (worker(), workers()) == (rank, TOGETHER)
    note = Path(folder) / "note"
    with first_alone():
        if rank == 0:
            note.write_text("written by the first")
        assert note.read_text() == "written by the first"
    model = nn.Sequential(nn.Linear(3, 1), nn.BatchNorm2d(2))
    model[1].running_mean.fill_(rank)
    if rank == 0:
        model[0].weight.grad = torch.tensor([[2.0, 4.0, 6.0]])  # the other one has no gradient at all
    agree(model)
    torch.testing.assert_close(model[0].weight.grad, torch.tensor([[1.0, 2.0, 3.0]]))
    torch.testing.assert_close(model[1].running_mean, torch.full((2,), 0.5))
    chips = SimulatedChips(Pool(size=1, refresh=3), device=torch.device("cpu"))
    for step, landscape in ((0, rank), (3, TOGETHER + rank)):
        chips.draw(np.random.default_rng(0), step, count=1, side=64)
        assert chips.landscapes.numbers == [landscape]
    assert disband() == (rank == 0)
    assert workers() == 1


def test_processes_agree_take_turns_draw_their_own_landscapes_and_part(tmp_path):
    multiprocessing.spawn(work, (free_port(), str(tmp_path)), nprocs=TOGETHER)


def test_a_process_alone_changes_nothing():
    model = nn.Linear(3, 1)

    agree(model)

    assert (worker(), workers(), disband()) == (0, 1, True)
    assert model.weight.grad is None
