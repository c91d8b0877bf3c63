"""Paths through a latent space keep what they promise: their ends, their pace, their distance from the origin."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial import geometric_slerp

import elbax
from elbax.errors import InputError
from elbax.evaluate import interpolate, morph

POINTS = arrays(np.float64, 3, elements=st.floats(-5, 5, allow_subnormal=False))


@given(POINTS, POINTS, st.integers(2, 9))
def test_a_line_goes_from_end_to_end_in_equal_steps(start, end, n):
    path = interpolate(start, end, n)
    assert path.shape == (n, 3)
    np.testing.assert_array_equal(path[[0, -1]], [start, end])
    np.testing.assert_allclose(np.diff(path, axis=0), np.tile((end - start) / (n - 1), (n - 1, 1)), atol=1e-12)


@given(st.integers(2, 6), st.integers(0, 10_000), st.integers(2, 9))
def test_on_a_sphere_the_path_is_scipys_great_circle(d, seed, n):
    start, end = np.random.default_rng(seed).normal(size=(2, d))
    start, end = 3 * start / np.linalg.norm(start), 3 * end / np.linalg.norm(end)
    if np.linalg.norm(start + end) < 1e-2:
        return
    path = interpolate(start, end, n, "spherical")
    np.testing.assert_allclose(path, 3 * geometric_slerp(start / 3, end / 3, np.linspace(0, 1, n)), atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(path, axis=1), 3, atol=1e-6)


def test_a_spherical_path_without_an_angle_is_a_line():
    for start, end in [([1.0, 2.0], [2.0, 4.0]), ([0.0, 0.0], [1.0, 2.0]), ([3.0], [1.0])]:
        np.testing.assert_allclose(interpolate(start, end, 5, "spherical"), interpolate(start, end, 5))


def test_a_morph_visits_every_point_once_and_returns():
    points = np.random.default_rng(0).normal(size=(4, 3))
    for kind in ("linear", "spherical"):
        path = morph(points, 5, kind=kind)
        assert path.shape == (20, 3)
        np.testing.assert_array_equal(path[::5], points)
        opened = morph(points, 5, closed=False, kind=kind)
        np.testing.assert_array_equal(opened, np.vstack([path[:15], points[-1:]]))
    steps = np.linalg.norm(np.diff(morph(points, 5), axis=0, append=points[:1]), axis=1).reshape(4, 5)
    np.testing.assert_allclose(steps, np.repeat(steps[:, :1], 5, axis=1))  # the last step closes the loop


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: interpolate([1.0], [1.0, 2.0]), "one shape"),
        (lambda: interpolate([[1.0]], [[2.0]]), "one shape"),
        (lambda: interpolate([np.nan], [2.0]), "must be finite"),
        (lambda: interpolate([1.0], [2.0], 1), "n must be an integer of at least 2"),
        (lambda: interpolate([1.0], [2.0], kind="sferical"), "did you mean 'spherical'"),
        (lambda: interpolate([1.0, 2.0], [-2.0, -4.0], kind="spherical"), "opposite each other"),
        (lambda: morph([[1.0]]), "at least two latent points"),
        (lambda: morph([[1.0], [2.0]], 0), "n_per_leg must be an integer of at least 1"),
    ],
)
def test_what_has_no_path_is_named(call, words):
    with pytest.raises(InputError, match=words):
        call()


@pytest.fixture(scope="module")
def images():
    x = np.random.default_rng(0).uniform(size=(40, 5, 4)).astype(np.float32)
    return x, elbax.VAE(3, axes="yx", hidden=(8,), epochs=2, random_state=0, verbose=0).fit(x)


def test_the_estimator_decodes_the_path_between_rows(images):
    x, vae = images
    path = vae.interpolate(x[0], x[1], 6)
    assert path.shape == (6, 5, 4)
    np.testing.assert_allclose(path[[0, -1]], vae.reconstruct(x[:2]), atol=1e-6)
    z = vae.transform(x[:2])
    np.testing.assert_array_equal(path, vae.interpolate(z[0], z[1], 6, latent=True))
    np.testing.assert_array_equal(path, vae.interpolate(x[:1], x[1][..., None], 6))
    loop = vae.morph(x[:3], 4)
    assert loop.shape == (12, 5, 4)
    np.testing.assert_allclose(loop[::4], vae.reconstruct(x[:3]), atol=1e-6)
    assert len(vae.morph(vae.transform(x[:3]), 4, closed=False, latent=True)) == 9


def test_rows_of_a_table_come_back_as_a_table():
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(40, 3)), columns=["a", "b", "c"])
    vae = elbax.VAE(hidden=(8,), epochs=1, random_state=0, verbose=0).fit(frame)
    path = vae.interpolate(frame.iloc[:1], frame.iloc[1], 4)
    assert list(path.columns) == ["a", "b", "c"] and len(path) == 4
    np.testing.assert_allclose(path.iloc[[0, -1]], vae.reconstruct(frame.iloc[:2]), atol=1e-5)


def test_an_end_that_is_no_row_is_named(images):
    x, vae = images
    with pytest.raises(InputError, match=r"b must be one row of shape \(5, 4\); got shape \(2, 5, 4\)"):
        vae.interpolate(x[0], x[:2])
    with pytest.raises(InputError, match=r"latent points of shape \(n, 3\); got \(11, 2\)"):
        vae.interpolate([0.0, 1.0], [1.0, 2.0], latent=True)
    with pytest.raises(InputError, match="NaN"):
        vae.interpolate(x[0] * np.nan, x[1])


def test_a_conditional_path_keeps_its_context():
    rng = np.random.default_rng(0)
    x, kind = rng.normal(size=(40, 3)), np.arange(40) % 2
    vae = elbax.VAE(hidden=(8,), epochs=2, random_state=0, verbose=0).fit(x, context=kind)
    path = vae.interpolate(x[0], x[2], 5, context=kind[:1])
    np.testing.assert_allclose(path[[0, -1]], vae.reconstruct(x[[0, 2]], context=kind[[0, 2]]), atol=1e-5)
    assert np.abs(path - vae.interpolate(x[0], x[2], 5, context=kind[1:2])).max() > 1e-3
    assert vae.morph(x[:3], 4, context=kind[:1]).shape == (12, 3)
