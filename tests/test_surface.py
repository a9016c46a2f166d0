"""Smooth surfaces through ground control points."""

import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.control import GroundControlPoint
from rasterio.transform import GCPTransformer

from sovs_map.errors import SceneError
from sovs_map.surface import evaluate, fit_surface


def curved(row, col):
    """Map pixels to degrees as a slant-range grid does: smooth, but no polynomial."""
    x = 70 + 1e-4 * col + 2e-5 * row + 3e-10 * row * col + 1e-3 * np.sin(col / 500)
    return x, 9 + 9e-5 * row - 2e-5 * col + 1e-10 * col**2


def control(rows, cols, where=curved):
    points = np.array([(row, col) for row in rows for col in cols], float)
    return points, np.array([where(row, col) for row, col in points])


def test_the_spline_is_gdals():
    points, values = control(np.linspace(0, 1600, 6), np.linspace(0, 2500, 9))
    asked = np.random.default_rng(0).uniform(0, 1600, (50, 2))
    gdal = [GroundControlPoint(*point, *value) for point, value in zip(points, values, strict=True)]

    surface = fit_surface(points, values)

    assert len(surface.knots)
    with GCPTransformer(gdal, tps=True) as transformer:
        x, y = transformer.xy(*asked.T, offset="ul")
    np.testing.assert_allclose(evaluate(surface, asked).T, (x, y), atol=1e-8)


@settings(deadline=None, max_examples=25)
@given(coefficients=st.lists(st.floats(-1, 1), min_size=20, max_size=20))
def test_cubic_grids_are_met_by_the_order_three_polynomial(coefficients):
    weights = np.array(coefficients).reshape(2, 10)

    def cubic(row, col):
        r, c = row / 800 - 1, col / 800 - 1
        return weights @ [1, r, c, r * r, r * c, c * c, r**3, r * r * c, r * c * c, c**3]

    surface = fit_surface(*control(np.linspace(0, 1600, 5), np.linspace(0, 1600, 5), cubic))

    np.testing.assert_allclose(evaluate(surface, np.array([[123.0, 1500.0]]))[0], cubic(123.0, 1500.0), atol=1e-8)


@pytest.mark.parametrize("cols", [pytest.param(2, id="polynomial"), pytest.param(7, id="spline")])
def test_what_is_left_out_is_the_error_of_refitting_without_each_point(cols):
    def wavy(row, col):
        return np.sin(col / 400) + row / 1600, np.cos(row / 300)

    points, values = control(np.linspace(0, 1600, 4), np.linspace(0, 2500, cols), wavy)
    surface = fit_surface(points, values)

    for index in range(len(points)):
        others = fit_surface(np.delete(points, index, axis=0), np.delete(values, index, axis=0))
        if (others.order, len(others.knots) > 0) == (surface.order, len(surface.knots) > 0):
            error = values[index] - evaluate(others, points[[index]])[0]
            np.testing.assert_allclose(surface.left_out[index], error, rtol=1e-5, atol=1e-9)


def test_a_smooth_scene_is_met_to_a_pixel():
    asked = np.random.default_rng(1).uniform((0, 0), (1600, 2500), (500, 2))
    surface = fit_surface(*control(np.linspace(0, 1600, 10), np.linspace(0, 2500, 21)))

    x, y = evaluate(pickle.loads(pickle.dumps(surface)), asked).T  # noqa: S301 - our own bytes

    true_x, true_y = curved(*asked.T)
    assert np.hypot((x - true_x) / 1e-4, (y - true_y) / 9e-5).max() < 1


@pytest.mark.parametrize("count", [3, 4, 5, 8])
def test_few_points_still_give_a_plane(count):
    points, values = control((0, 100), (0, 100, 200, 300), lambda r, c: (5 + 2 * c, 9 - 3 * r))
    chosen = [0, 3, 4, 7, 1, 2, 5, 6][:count]

    surface = fit_surface(points[chosen], values[chosen])

    np.testing.assert_allclose(evaluate(surface, np.array([[50.0, 60.0]])), [[125.0, -141.0]], atol=1e-6)
    assert math.isnan(surface.residual[0]) == (count == 3)


def test_points_on_a_line_are_refused_with_the_fix():
    points = np.array([(i, i) for i in range(5)], float)

    with pytest.raises(SceneError, match="gdal_translate -gcp"):
        fit_surface(points, points)
