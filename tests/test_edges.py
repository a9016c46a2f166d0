"""Tiles at the edges of chunks: each runs once, and no more is kept than there is room for."""

import pickle

import numpy as np
from mapped_scenes import BoxSegmenter, labels_of, make_array, make_plan

from sovs_map.edges import EDGE_BYTES, EdgeTiles
from sovs_map.scene import open_scene
from sovs_map.tile_sight import tile_sight
from sovs_map.window import Window


def test_each_tile_of_a_scene_runs_once(tmp_path):
    array, calls = make_array(150, 170), []
    lattice = tile_sight(open_scene(array, bands="VV=1", scale="db"), BoxSegmenter(), batch=1).lattice

    labels_of(array, tmp_path / "work", segmenter=BoxSegmenter(calls=calls), plan=make_plan(48, 3, 1))

    assert sum(calls) == len(lattice.all_rows) * len(lattice.all_cols)


def test_what_does_not_fit_is_not_kept_and_what_was_had_makes_room():
    edges, logits = EdgeTiles(), np.zeros((1, EDGE_BYTES // 12, 1), np.float32)
    places = [Window(row, 0, 32, 32) for row in range(4)]

    for place in places:
        edges.keep(place, place, logits)
    held = [edges.recall(place, place) is not None for place in places]
    edges.keep(places[3], places[3], logits)

    assert held == [True, True, True, False]
    assert [edges.recall(place, place) is not None for place in places] == [False, False, False, True]


def test_what_nobody_asked_for_is_forgotten_with_its_chunk():
    edges, logits = EdgeTiles(), np.zeros((1, 4, 8), np.float32)
    tile, parts = Window(0, 0, 16, 16), (Window(12, 0, 4, 8), Window(0, 12, 8, 4))
    for part in parts:
        edges.keep(tile, part, logits)

    edges.forget(Window(11, -1, 20, 20))

    assert [edges.recall(tile, part) is not None for part in parts] == [False, True]


def test_logits_stay_in_their_process():
    edges = EdgeTiles()
    tile, part = Window(0, 0, 32, 32), Window(16, 0, 16, 32)
    edges.keep(tile, part, np.zeros((1, 16, 32), np.float32))

    assert pickle.loads(pickle.dumps(edges)).recall(tile, part) is None  # noqa: S301 - our own bytes


def test_nothing_is_held_when_all_chunks_are_done(tmp_path, monkeypatch):
    held = []
    forget = EdgeTiles.forget

    def watched(edges, inside=None):
        if inside is None:
            held.append(len(edges._held))
        forget(edges, inside)

    monkeypatch.setattr(EdgeTiles, "forget", watched)

    labels_of(make_array(150, 170), tmp_path / "work", plan=make_plan(48, 3, 1))

    assert held == [0]
