"""The memory plan: what it promises fits, what it advises works."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sovs_map.errors import PlanError
from sovs_map.plan import BASE_BYTES, GDAL_CACHE_MB, LARGEST_CHUNK, PUBLISHING_BYTES, make_plan
from sovs_map.quantity import parse_memory

SIZES = {
    "height": 20_000, "width": 30_000, "bands": 2, "classes": 5, "tile": 512, "overlap": 64, "chunk": None,
    "batch": None, "memory_bytes": 2 * 10**9, "pixel_bytes": 5.2, "disk_pixel_bytes": 6, "cell": 2, "tile_bytes": 120_000_000,
    "threads": 4,
}  # fmt: skip
QUESTIONS = st.fixed_dictionaries(
    {
        "height": st.integers(1, 40_000),
        "width": st.integers(1, 40_000),
        "bands": st.integers(1, 4),
        "classes": st.integers(1, 60),
        "pixel_bytes": st.floats(1, 150),
        "tile_bytes": st.integers(10**6, 4 * 10**8),
        "memory_bytes": st.integers(10**9, 3 * 10**10),
        "chunk": st.none() | st.integers(448, 9000),
        "batch": st.none() | st.integers(1, 64),
    }
)


@given(QUESTIONS)
def test_a_plan_fits_its_memory_or_the_advice_does(question):
    try:
        plan = make_plan(**SIZES | question)
    except PlanError as error:
        advised = re.search(r"--memory (\S+GB)", str(error)).group(1)
        plan = make_plan(**SIZES | question | {"memory_bytes": parse_memory(advised)})
        assert plan.bytes_needed <= parse_memory(advised)
        if smaller := re.search(r"--chunk (\d+) --batch (\d+)", str(error)):
            chunk, batch = int(smaller.group(1)), int(smaller.group(2))
            make_plan(**SIZES | question | {"chunk": chunk, "batch": batch})
        return

    assert BASE_BYTES < plan.bytes_needed <= question["memory_bytes"]
    assert question["chunk"] in (None, plan.chunk)
    assert question["batch"] in (None, plan.batch)


@given(QUESTIONS, st.integers(0, 10**10))
def test_more_memory_never_gives_smaller_batches_or_chunks_of_the_same_batch(question, more):
    try:
        less = make_plan(**SIZES | question)
    except PlanError:
        return

    richer = make_plan(**SIZES | question | {"memory_bytes": question["memory_bytes"] + more})

    assert (richer.batch, richer.chunk) >= (less.batch, less.chunk)
    assert richer.chunk <= max(LARGEST_CHUNK, question["chunk"] or 0)


@given(QUESTIONS)
def test_every_plan_has_room_for_the_files_of_a_map(question):
    least = BASE_BYTES + GDAL_CACHE_MB * 10**6 + PUBLISHING_BYTES
    try:
        plan = make_plan(**SIZES | question)
    except PlanError as error:
        assert parse_memory(re.search(r"--memory (\S+GB)", str(error)).group(1)) >= least  # noqa: PT017
        return

    assert plan.bytes_needed >= least


@given(st.integers(5_000, 400_000))
def test_memory_does_not_depend_on_the_size_of_the_scene(side):
    assert make_plan(**SIZES | {"height": side, "width": side}).bytes_needed == make_plan(**SIZES).bytes_needed


@pytest.mark.parametrize("more", ["bands", "classes", "tile_bytes"])
def test_more_to_hold_needs_more_memory(more):
    units = {"chunk": 896, "batch": 2, "memory_bytes": 10**11}

    assert make_plan(**SIZES | units | {more: 2 * SIZES[more]}).bytes_needed > make_plan(**SIZES | units).bytes_needed


@pytest.mark.parametrize(("wrong", "least"), [({"chunk": 447}, "448"), ({"batch": 0}, "1"), ({"chunk": -1}, "448")])
def test_units_that_are_too_small_are_refused(wrong, least):
    with pytest.raises(PlanError, match=f"at least {least}"):
        make_plan(**SIZES | wrong)


def test_the_message_names_what_is_needed_and_what_is_allowed():
    with pytest.raises(PlanError, match=r"needs \d+\.\d\d GB \(chunk 8192, batch 16\), --memory allows 2\.00 GB"):
        make_plan(**SIZES | {"chunk": 8192, "batch": 16})
