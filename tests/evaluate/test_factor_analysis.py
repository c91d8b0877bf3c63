"""Simple models against scikit-learn, scipy and Gaussian conditioning, and on planted factors."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm
from sklearn.covariance import LedoitWolf
from sklearn.decomposition import PCA, FactorAnalysis

from elbax.errors import InputError
from elbax.evaluate import LinearGaussian, factor_analysis, full_normal, independent, ppca


def draw(n, d, rank, seed=0, new=400):
    """Rows and new rows of a planted factor model, and the model."""
    rng = np.random.default_rng(seed)
    planted = LinearGaussian.of("planted", rng.normal(size=d), rng.normal(size=(d, rank)), rng.uniform(0.5, 1.5, d))

    def rows(n):
        latents, noise = rng.normal(size=(n, rank)), rng.normal(size=(n, d))
        return planted.mean + latents @ planted.loadings.T + planted.scale * noise

    return rows(n), rows(new), planted


def covariance(model):
    return model.loadings @ model.loadings.T + np.diag(np.square(model.scale))


X, NEW, _ = draw(300, 8, 2)
MODELS = {
    "independent": independent(X),
    "ppca": ppca(X, 2),
    "factor analysis": factor_analysis(X, 2),
    "padded": factor_analysis(X, 9),
    "full normal": full_normal(X),
}


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_densities_are_those_of_the_normal(model):
    assert model.log_prob(NEW) == pytest.approx(multivariate_normal(model.mean, covariance(model)).logpdf(NEW))


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_the_posterior_is_the_conditional_normal(model):
    gain, std = model.posterior()
    exact = model.loadings.T @ np.linalg.inv(covariance(model))
    assert gain == pytest.approx(exact, abs=1e-12)
    assert np.diag(np.square(std)) == pytest.approx(np.eye(len(std)) - exact @ model.loadings, abs=1e-12)


def test_far_rows_keep_their_digits():
    """A difference of two squares would lose the noise of a row that is a million standard deviations away."""
    model = LinearGaussian.of("planted", np.zeros(2), np.array([[1e3], [1e3]]), np.full(2, 1e-3))
    along = np.array([[1e6, 1e6]])
    variance = 2 * 1e6 + 1e-6
    expected = norm.logpdf(np.hypot(1e6, 1e6), scale=np.sqrt(variance)) + norm.logpdf(0, scale=1e-3)
    assert model.log_prob(along) == pytest.approx([expected], rel=1e-9)


def test_maximum_likelihood_as_in_scikit_learn():
    model = factor_analysis(X, 2, new_rows=False)
    reference = FactorAnalysis(2, tol=1e-8, max_iter=10_000, svd_method="lapack").fit(X)
    assert model.log_prob(X).mean() == pytest.approx(reference.score(X), abs=1e-5)
    assert model.log_prob(NEW) == pytest.approx(reference.score_samples(NEW), abs=0.01)
    pca = PCA(2).fit(X)
    unbiased = pca.get_covariance() * (len(X) - 1) / len(X)
    expected = multivariate_normal(X.mean(axis=0), unbiased).logpdf(NEW)
    assert ppca(X, 2, unit=np.ones(8), new_rows=False).log_prob(NEW) == pytest.approx(expected)
    expected = norm.logpdf(NEW, X.mean(axis=0), X.std(axis=0)).sum(axis=1)
    assert independent(X, new_rows=False).log_prob(NEW) == pytest.approx(expected)


@pytest.mark.parametrize("shape", [(300, 8), (20, 50)], ids="{0[0]} rows of {0[1]}".format)
def test_the_full_normal_is_ledoit_and_wolf_s(shape):
    x = np.random.default_rng(1).normal(size=shape) * np.linspace(1, 3, shape[1])
    x[:, 1] += x[:, 0]
    std = x.std(axis=0)
    expected = LedoitWolf().fit((x - x.mean(axis=0)) / std).covariance_ * np.outer(std, std)
    assert covariance(full_normal(x)) == pytest.approx(expected)


@pytest.mark.parametrize("fit", [independent, full_normal, lambda x, **options: ppca(x, 2, **options)])
def test_units_do_not_matter(fit):
    units = np.geomspace(1e-6, 1e6, 8)
    assert fit(X * units).log_prob(NEW * units) == pytest.approx(fit(X).log_prob(NEW) - np.log(units).sum())


@pytest.mark.parametrize("d", [8, 120])
def test_weights_are_repetitions(d):
    x, new, _ = draw(60, d, 2)
    weights = np.arange(60) % 3 + 1.0
    for rank in (0, 2):
        weighted = factor_analysis(x, rank, weights=7 * weights, new_rows=False)
        repeated = factor_analysis(np.repeat(x, weights.astype(int), axis=0), rank, new_rows=False)
        assert weighted.log_prob(new).mean() == pytest.approx(repeated.log_prob(new).mean(), abs=1e-3)


@pytest.mark.parametrize(
    "n, d, rank, missed",
    [
        (20, 5000, 3, 0.3),
        (30, 2000, 3, 0.2),
        (50, 500, 3, 0.12),
        (60, 60, 2, 0.12),
        (150, 30, 2, 0.1),
        (5000, 20, 3, 0.01),
    ],
)
def test_planted_factors_are_found(n, d, rank, missed):
    """The model misses a small share of what the planted one gains over independent columns, less than others do."""
    x, new, planted = draw(n, d, rank, new=2_000_000 // d)
    means = [fit.log_prob(new).mean() for fit in (planted, independent(x), factor_analysis(x, rank))]
    assert means[0] - means[2] < missed * (means[0] - means[1])
    assert means[2] > max(ppca(x, rank).log_prob(new).mean(), full_normal(x).log_prob(new).mean())
    if n < d:
        assert means[2] > factor_analysis(x, rank, new_rows=False).log_prob(new).mean()


def test_degenerate_columns_and_few_rows():
    x = np.c_[X, X[:, 0], np.ones(300)]  # a duplicate and a constant
    for model in (independent(x), ppca(x, 2), factor_analysis(x, 2), full_normal(x)):
        assert np.isfinite(model.log_prob(x)).all()
    few = factor_analysis(X[:3], 2)
    assert few.rank == 0 and few.loadings.shape == (8, 2) and few.posterior()[1].tolist() == [1, 1]
    assert factor_analysis(X[:, :1], 2).rank == 0
    assert independent(X, floor=np.full(8, 9.0)).scale == pytest.approx(9.0)
    with pytest.raises(InputError, match="two rows; got 1"):
        independent(X[:1])
