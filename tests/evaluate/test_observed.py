"""Bounds of rows with gaps, against the exact density of what was observed."""

import numpy as np
import pytest
from benchmarks.linear_vae import linear_vae
from scipy.stats import multivariate_normal

from elbax import evaluate
from elbax.types import Batch, Summary

LINEAR = linear_vae()
X = LINEAR.draw(60, 0)
# One cell of each row, and two of some.
OBSERVED = np.arange(6) != np.arange(60)[:, None] % 6
OBSERVED[::3, 5] = False
ROWS = Batch(np.where(OBSERVED, X, LINEAR.bias).astype(np.float32), OBSERVED)


@pytest.fixture(scope="module")
def exact():
    """Log p of the observed cells, (n,)."""
    covariance = LINEAR.weights.T @ LINEAR.weights + LINEAR.sigma**2 * np.eye(6)
    return np.array(
        [
            multivariate_normal(LINEAR.bias[seen], covariance[np.ix_(seen, seen)]).logpdf(x[seen])
            for x, seen in zip(X, OBSERVED, strict=True)
        ]
    )


def test_chains_from_the_prior_reach_the_density_of_the_observed_cells(exact):
    found = evaluate.anneal(LINEAR.module, ROWS, start="prior", steps=200).estimate
    assert found.log_likelihood.mean() == pytest.approx(exact.mean(), abs=0.05)
    assert exact.mean() > LINEAR.log_prob(X).mean() + 0.3  # of fewer cells


def test_bounds_of_rows_with_gaps_are_ordered(exact):
    bounds = [
        evaluate.elbo(LINEAR.module, ROWS, n_samples=20).elbo.mean(),
        evaluate.log_likelihood(LINEAR.module, ROWS, 50).mean(),
        evaluate.importance_sampling(LINEAR.module, ROWS, 2000).log_likelihood.mean(),
        exact.mean() + 0.05,
    ]
    assert np.all(np.diff(bounds) > 0)
    local = evaluate.fit_rowwise_posteriors(LINEAR.module, ROWS)
    assert local.encoded.mean() + 0.1 < local.best.mean() < exact.mean() + 0.02
    assert (exact - local.best).mean() < 0.2


def test_cells_that_were_not_observed_do_not_tell_model_and_data_apart():
    nothing = ROWS._replace(observed=np.zeros_like(OBSERVED))
    found = evaluate.fidelity(LINEAR.module, nothing)
    assert found.frechet == pytest.approx(0, abs=1e-6) and found.precision == found.recall == 1
    assert evaluate.fidelity(LINEAR.module, ROWS).frechet > 0.01


def test_references_that_need_whole_rows_say_so():
    zeros, ones = np.zeros(X.shape[1]), np.ones(X.shape[1])
    summary = Summary(X.mean(0), X.std(0), X.min(0), X.max(0), zeros, ones, zeros)
    found = evaluate.simple_baselines(LINEAR.module.likelihood, 1, summary, X, ROWS)
    assert [each.name for each in found] == ["independent columns", "simple models"]
    assert found[0].nats == pytest.approx(LINEAR.module.likelihood.constant_log_probs(summary, X, OBSERVED).mean())
    assert found[1].nats is None and "missing" in found[1].note
