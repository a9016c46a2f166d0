"""Tiles at the edges of chunks: each runs once, and no more is kept than there is room for."""

import pickle

import numpy as np
from mapped_scenes import BoxSegmenter, labels_of, make_array, make_plan

from sovs_map.edges import EDGE_BYTES, EdgeTiles
from sovs_map.mapping import scene_lattice
from sovs_map.scene import open_scene
from sovs_map.window import Window


def test_each_tile_of_a_scene_runs_once(tmp_path):
    array, calls = make_array(150, 170), []
    lattice = scene_lattice(open_scene(array, bands="VV=1", scale="db"), BoxSegmenter())

    labels_of(array, tmp_path / "work", segmenter=BoxSegmenter(calls=calls), plan=make_plan(48, 3, 1))

    assert sum(calls) == len(lattice.all_rows) * len(lattice.all_cols)


def test_what_does_not_fit_is_not_kept_and_what_all_have_had_makes_room():
    edges, logits = EdgeTiles(), np.zeros((1, EDGE_BYTES // 12), np.float32)
    places = [Window(row, 0, 32, 32) for row in range(4)]

    for place in places:
        edges.keep(place, logits, neighbours=2)
    held = [edges.recall(place) is not None for place in places]
    again = [edges.recall(place) is not None for place in places]
    edges.keep(places[3], logits, neighbours=1)

    assert held == again == [True, True, True, False]
    assert [edges.recall(place) is not None for place in places] == [False, False, False, True]


def test_logits_stay_in_their_process():
    edges = EdgeTiles()
    edges.keep(Window(0, 0, 32, 32), np.zeros((1, 16, 16), np.float32), neighbours=1)

    assert pickle.loads(pickle.dumps(edges)).recall(Window(0, 0, 32, 32)) is None  # noqa: S301 - our own bytes


def test_nothing_is_held_when_all_chunks_are_done(tmp_path, monkeypatch):
    held = []
    monkeypatch.setattr(EdgeTiles, "clear", lambda edges: held.append(len(edges._held)))

    labels_of(make_array(150, 170), tmp_path / "work", plan=make_plan(48, 3, 1))

    assert held == [0]
