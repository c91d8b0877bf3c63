"""Gaps filled, rows under conditions, cells to blame and latents explained, against an exact normal."""

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import kstest, norm

import elbax
from elbax import evaluate
from elbax.core.events import Event
from elbax.errors import InputError
from elbax.types import Batch

N, D = 400, 5


@pytest.fixture(scope="module")
def fitted():
    """A VAE that is a factor analysis, and its exact mean and covariance."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(N, 2)) @ rng.normal(size=(2, D)) + 0.5 * rng.normal(size=(N, D)) + np.arange(D)
    vae = elbax.VAE(2, epochs=1, random_state=0, verbose=0, init="linear").fit(x)
    assert vae.outcome_.kept_start
    zeros, ones = np.zeros((1, 2), np.float32), np.eye(2, dtype=np.float32)
    mean = evaluate.decode(vae.module_, zeros)[0]
    loadings = (evaluate.decode(vae.module_, ones) - mean).T
    noise = np.asarray(vae.module_.variance(vae.module_.decode(jnp.zeros(2))))
    return vae, x, mean.astype(float), (loadings @ loadings.T + np.diag(noise)).astype(float)


def conditional(mean, covariance, x, observed):
    """Exact mean and covariance of the cells that are not observed."""
    known, free = np.flatnonzero(observed), np.flatnonzero(~observed)
    gain = np.linalg.solve(covariance[np.ix_(known, known)], covariance[np.ix_(known, free)]).T
    spread = covariance[np.ix_(free, free)] - gain @ covariance[np.ix_(known, free)]
    return mean[free] + gain @ (x[known] - mean[known]), spread


def test_gaps_are_filled_with_exact_conditional_means(fitted):
    vae, x, mean, covariance = fitted
    observed = np.random.default_rng(1).random((40, D)) > 0.4
    observed[observed.sum(axis=1) == 0, 0] = True
    rows = Batch(x[:40].astype(np.float32), observed)
    filled, sizes = evaluate.impute(vae.module_, rows, ("mean",) * D, 0, draws=2048)
    np.testing.assert_array_equal(filled[observed], rows.x[observed])
    errors = []
    for row, seen in enumerate(observed):
        if not seen.all():
            exact, spread = conditional(mean, covariance, x[row], seen)
            errors.extend((filled[row, ~seen] - exact) / np.sqrt(np.diag(spread) / sizes[row]))
    assert np.abs(errors).max() < 5 and np.std(errors) == pytest.approx(1.0, abs=0.35)
    assert sizes.min() > 100


def test_completed_rows_are_draws_of_the_conditional(fitted):
    vae, x, mean, covariance = fitted
    gaps = x[:1].copy()
    gaps[0, [1, 3]] = np.nan
    drawn = vae.complete(gaps, 4000, random_state=0)
    exact, spread = conditional(mean, covariance, x[0], ~np.isnan(gaps[0]))
    np.testing.assert_allclose(drawn[:, [0, 2, 4]], np.tile(gaps[0, [0, 2, 4]], (4000, 1)), rtol=1e-6)
    np.testing.assert_allclose(drawn[:, [1, 3]].mean(axis=0), exact, atol=5 * np.sqrt(np.diag(spread).max() / 2000))
    np.testing.assert_allclose(np.cov(drawn[:, [1, 3]].T), spread, atol=0.15 * np.diag(spread).max())
    assert len(vae.impute(gaps, n=3)) == 3


def test_gaps_beside_absurd_cells_are_refused_and_complete_absurd_rows_are_not(fitted):
    vae, x = fitted[0], np.zeros((3, D))
    x[1, 0] = 1e30
    np.testing.assert_allclose(vae.impute(x), x)
    x[1, 1] = np.nan
    for fill in (vae.impute, vae.complete):
        with pytest.raises(InputError, match="row 1: its known cells"):
            fill(x)


def test_rows_under_conditions_are_draws_of_the_conditional(fitted):
    vae, _, mean, covariance = fitted
    known = np.zeros(D, bool)
    known[2] = True
    far = mean + 3 * np.sqrt(np.diag(covariance))  # rare under the prior: the second round finds it
    given = evaluate.Given(far.astype(np.float32), known, None)
    rows, effective = evaluate.generate_given(vae.module_, 3000, 0, given)
    exact, spread = conditional(mean, covariance, far, known)
    assert effective > 1000
    np.testing.assert_allclose(rows[:, ~known].mean(axis=0), exact, atol=0.12 * np.sqrt(np.diag(spread).max()))
    np.testing.assert_allclose(np.cov(rows[:, ~known].T), spread, atol=0.15 * np.diag(spread).max())
    assert (rows[:, 2] == np.float32(far[2])).all()


def test_rows_within_a_range_have_the_truncated_distribution(fitted):
    vae, _, mean, covariance = fitted
    low, high = np.full(D, -np.inf, np.float32), np.full(D, np.inf, np.float32)
    scale = np.sqrt(covariance[0, 0])
    low[0] = mean[0] + scale
    given = evaluate.Given(mean.astype(np.float32), np.zeros(D, bool), Event(low, high))
    rows, _ = evaluate.generate_given(vae.module_, 3000, 0, given)
    standard = (rows[:, 0] - mean[0]) / scale
    assert standard.min() >= 1 - 1e-5
    beyond = lambda z: (norm.cdf(z) - norm.cdf(1)) / norm.sf(1)  # noqa: E731
    assert kstest(standard, beyond).pvalue > 1e-3


def test_a_cell_has_its_exact_conditional_density(fitted):
    vae, x, mean, covariance = fitted
    rows = Batch(x[:10].astype(np.float32))
    found = evaluate.cell_log_probs(vae.module_, rows, 0, samples=1000)
    scores = evaluate.score_cells(vae.module_, rows, vae.seed_)
    np.testing.assert_allclose(scores.log_prob, vae.score_samples(x[:10]), atol=1e-5)
    assert np.abs(scores.cells - found).mean() < 0.2
    for row in range(10):
        for cell in range(D):
            seen = np.arange(D) != cell
            exact, spread = conditional(mean, covariance, x[row], seen)
            expected = norm.logpdf(x[row, cell], exact[0], np.sqrt(spread[0, 0]))
            assert found[row, cell] == pytest.approx(expected, abs=0.15)


def test_a_cell_in_range_that_contradicts_its_row_is_found_and_blamed(fitted):
    vae, x, mean, covariance = fitted
    rng = np.random.default_rng(1)
    rows, usual = (rng.multivariate_normal(mean, covariance, n) for n in (200, 1000))
    faulty, cell = np.arange(10), np.tile(np.arange(D), 2)
    exact = [conditional(mean, covariance, rows[i], np.arange(D) != j) for i, j in zip(faulty, cell, strict=True)]
    for i, j, (center, spread) in zip(faulty, cell, exact, strict=True):
        rows[i, j] = center[0] + 6 * np.sqrt(spread[0, 0]) * np.sign(mean[j] - center[0])
    table = vae.outliers(rows, 0.2, calibration=usual)
    assert table["odd"][:10].mean() > 0.8 and table["odd"][10:].mean() < 0.05
    names = np.array(vae.schema_.feature_names)
    found = table["odd"].to_numpy()[:10]
    assert (table["blame"].to_numpy()[:10] == names[cell])[found].mean() > 0.8


def test_latents_move_columns_by_their_loadings(fitted):
    vae, x, _, _ = fitted
    table = vae.explain_latents(x)
    z = vae.transform(x)
    for latent in (0, 1):
        low, high = np.quantile(z[:, latent], [0.05, 0.95])
        step = np.zeros((2, 2), np.float32)
        step[1, latent] = 1
        loading = np.diff(evaluate.decode(vae.module_, step), axis=0)[0]
        own = table[table["latent"] == latent + 1].set_index("column").sort_index()
        moved = (own["high"] - own["low"]).to_numpy()
        np.testing.assert_allclose(moved, loading * (high - low), rtol=1e-3)
        np.testing.assert_allclose(own["share"], np.abs(moved) / x.std(axis=0), rtol=1e-3)
        assert table[table["latent"] == latent + 1]["share"].is_monotonic_decreasing
