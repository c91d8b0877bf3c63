"""Gaps, information, rate and distortion, fidelity and references against closed forms."""

import json

import equinox as eqx
import numpy as np
import pytest
from benchmarks.linear_vae import linear_vae
from scipy.linalg import sqrtm
from scipy.special import ndtr
from scipy.stats import multivariate_normal, nbinom

from elbax import VAE, evaluate
from elbax.core.likelihoods import (
    CrossEntropy,
    DiscretizedLogistic,
    Mixed,
    NegativeBinomial,
    Normal,
    StudentT,
)
from elbax.data import Dataset, Schema
from elbax.errors import InputError
from elbax.report import collect
from elbax.runs.results import measure
from elbax.types import Batch, Summary

LINEAR = linear_vae()
X = LINEAR.draw(200, 5)


def test_both_gaps_of_a_wrong_posterior():
    found = evaluate.fit_rowwise_posteriors(LINEAR.module, Batch(X[:100]))
    exact, lost = LINEAR.log_prob(X[:100]), LINEAR.encoded_kl(X[:100])
    assert (exact - found.best).mean() == pytest.approx(LINEAR.family_kl, abs=0.03)
    assert (found.best - found.encoded).mean() == pytest.approx((lost - LINEAR.family_kl).mean(), rel=0.05)
    assert lost.mean() > 2 * LINEAR.family_kl > 0.05  # both gaps are there to be found


def test_information_is_bracketed():
    """x is normal, so q(z) is normal too: I(x; z) and KL(q(z) || p(z)) have closed forms."""
    x = LINEAR.draw(1000, 3)
    found = evaluate.information(LINEAR.module, Batch(x))
    covariance = LINEAR.weights.T @ LINEAR.weights + LINEAR.sigma**2 * np.eye(6)
    spread = LINEAR.gain.T @ covariance @ LINEAR.gain + np.diag(LINEAR.variance)
    mean = LINEAR.bias @ LINEAR.gain + LINEAR.offset
    told = 0.5 * (np.linalg.slogdet(spread)[1] - np.log(LINEAR.variance).sum())
    aggregate = 0.5 * (np.trace(spread) + mean @ mean - 2 - np.linalg.slogdet(spread)[1])
    assert found.kl.mean == pytest.approx(told + aggregate, abs=3 * found.kl.error)
    slack = 2 * found.lower.error
    assert found.lower.mean - slack < told < found.upper.mean + slack
    assert found.upper.mean - found.lower.mean < 0.15 and not found.saturated
    low, high = found.aggregate_kl
    assert low - slack < aggregate < high + slack
    few = evaluate.information(LINEAR.module, Batch(x[:5]))
    assert few.saturated and few.lower.mean <= np.log(5)


def test_the_frechet_distance_of_normals():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 5000, 3)) @ rng.normal(size=(2, 3, 3)) + rng.normal(size=(2, 1, 3))
    first, second = np.cov(a.T, bias=True), np.cov(b.T, bias=True)
    cross = np.trace(sqrtm(first @ second)).real
    wanted = np.square(a.mean(0) - b.mean(0)).sum() + np.trace(first) + np.trace(second) - 2 * cross
    assert evaluate.frechet_distance(a, b) == pytest.approx(wanted)
    assert evaluate.frechet_distance(a[:, :1], 2 * a[:, :1]) == pytest.approx(a[:, 0].mean() ** 2 + first[0, 0])
    assert evaluate.frechet_distance(a, a) == pytest.approx(0, abs=1e-6)


def test_precision_and_recall_of_half_a_normal():
    """Real rows are normal and made ones are the upper half: all made are real, only their upper half could be made."""
    rng = np.random.default_rng(0)
    real = rng.normal(size=(2000, 1))
    made = np.abs(rng.normal(size=(2000, 1)))
    precision, recall = evaluate.precision_recall(real, made)
    assert precision > 0.98 and recall == pytest.approx((real > 0).mean(), abs=0.015)
    shifted = evaluate.precision_recall(real, real + 2)[1]  # above the least of the made, 2 - 3.3 or so
    assert shifted == pytest.approx(1 - ndtr((real + 2).min()), abs=0.02)
    with pytest.raises(InputError, match="more than 3 rows"):
        evaluate.precision_recall(real, made[:3])


def test_references():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 4)) * [1, 2, 3, 4]
    summary = Summary(x.mean(0), x.std(0), x.min(0), x.max(0), x.mean(0), x.std(0), 0 * x[0])
    constant = evaluate.constant_log_density(Normal("feature").prepare(summary), summary, Batch(x))
    assert constant == pytest.approx(multivariate_normal(x.mean(0), np.diag(x.var(0))).logpdf(x).mean(), abs=1e-3)
    # Columns of a table choose their scales as they would on their own, whatever has been learned since.
    counts = rng.negative_binomial(2, 0.4, size=200)  # variance of m + m² / 2
    table = np.column_stack([x[:, 2:], counts])
    columns = Summary(
        *(np.append(part[2:], value) for part, value in zip(summary[:7], [3, 2, 0, 9, 0, 1, 1], strict=True))
    )
    mixed = Mixed((Normal("feature"), NegativeBinomial()), ((0, 1), (2,))).prepare(columns)
    learned = eqx.tree_at(lambda m: m.parts[0].location_scale.raw, mixed, replace_fn=lambda raw: raw - 3)
    learned = eqx.tree_at(lambda m: m.parts[1].raw_dispersion, learned, replace_fn=lambda raw: raw - 3)
    normal = multivariate_normal(x.mean(0)[2:], np.diag(x.var(0)[2:])).logpdf(x[:, 2:]).mean()
    fits = [nbinom(n, n / (n + 3)).logpmf(counts).mean() for n in 1 / np.geomspace(0.01, 30, 2000)]
    found = evaluate.constant_log_density(learned, columns, Batch(table))
    assert found == pytest.approx(normal + max(fits), abs=0.02)
    likelihood, (train, rows) = Normal("feature").prepare(summary), (x[:100], Batch(x[100:]))
    found = evaluate.simple_baselines(likelihood, 2, summary, train, rows)
    exact = [evaluate.ppca(train, 2, unit=x.std(0)), evaluate.factor_analysis(train, 2), evaluate.full_normal(train)]
    assert [each.nats for each in found[1:]] == pytest.approx([model.log_prob(rows.x).mean() for model in exact])
    assert [each.name for each in found[:2]] == ["independent columns", "probabilistic PCA, 2 latents"]
    found = evaluate.simple_baselines(CrossEntropy(), 2, summary, train, rows)
    assert [each.nats for each in found] == [None] and "loss" in found[0].note
    gray = rng.uniform(size=(50, 4))
    half = Summary(*[np.full(4, 0.5)] * 2, *[np.zeros(4), np.ones(4)], *[np.full(4, 0.5)] * 3)
    assert evaluate.constant_log_density(CrossEntropy(), half, Batch(gray)) == pytest.approx(-4 * np.log(2))
    same = {"rows": "binary", "likelihood": "bernoulli"}
    assert [each.nats for each in evaluate.published_baselines("binary-MNIST", same)][:2] == [-86.76, -82.43]
    assert evaluate.published_baselines("mnist", {**same, "rows": "other"})[0].nats is None
    assert not evaluate.published_baselines("fashion-mnist", same) and not evaluate.published_baselines("iris", same)


@pytest.fixture(scope="module")
def evaluated():
    x = np.random.default_rng(0).normal(size=(60, 3)) @ np.diag([3.0, 1.0, 0.3])
    # A linear model has exact posteriors: its ELBO would be its log-likelihood.
    vae = VAE(latent_dim=2, hidden=(8,), epochs=3, init="random", random_state=0, verbose=0).fit(x)
    return vae, x, vae.evaluate(x, n_importance=64)


def test_a_full_evaluation_adds_up(evaluated):
    vae, x, found = evaluated
    assert found.elbo.mean == pytest.approx(vae.elbo(x, 500)["elbo"].mean(), abs=0.02)
    # The doctor states the same ELBO of the same rows.
    assert found.elbo.mean == vae.diagnose(x, validation_data=x, probes=False).elbo
    assert found.log_likelihood.nats.mean == pytest.approx(vae.score_samples(x, 64).mean(), abs=1e-4)
    assert found.log_likelihood.nats.mean > found.elbo.mean
    assert found.approximation_gap.mean + found.amortization_gap.mean > 0
    assert found.bits is None and len(found.kl_per_unit) == 2
    assert [each.name for each in found.references] == [
        "independent columns",
        "probabilistic PCA, 2 latents",
        "factor analysis, 2 latents",
        "full normal",
        "this model",
    ]
    again = type(found).from_json(json.loads(json.dumps(found.to_json())))
    assert again.to_json() == found.to_json() and str(again) == str(found)


def test_a_model_has_one_elbo(evaluated):
    """Run folders, report, doctor and evaluation state the same number of the same rows."""
    vae, x, evaluation = evaluated
    metrics = measure(vae, Dataset("rows", x))
    report = collect(vae, x).metrics["training"]
    for name in ("elbo", "reconstruction", "kl"):
        assert metrics[name] == report[name].mean == getattr(evaluation, name).mean
    assert metrics["elbo"] == vae.diagnose(x, validation_data=x, probes=False).elbo


def test_an_evaluation_warns(evaluated):
    *_, found = evaluated
    value = found.to_json()
    value["log_likelihood"] |= {"rest": 0.5, "heavy_share": 0.4}
    value["above"] |= {"mean": 0.6, "error": 0.1}
    value["simulated"] |= {"lower": -9.0, "upper": -7.0}
    warned = type(found).from_json(value)
    words = ["has not converged", "40% of the rows", "0.60 nats more", "up to 2.0 nats"]
    assert all(word in text for word, text in zip(words, warned.warnings, strict=True))
    assert all(text in str(warned) and text in warned._repr_html_() for text in warned.warnings)
    value["log_likelihood"] |= {"rest": 0.0, "heavy_share": 0.0}
    value["above"] |= {"mean": -0.6, "error": 0.1}
    value["simulated"] |= {"upper": -8.9}
    value["approximation_gap"] |= {"mean": -0.4, "error": 0.1}
    words = ["0.60 nats less", "the approximation gap is below zero"]
    warned = type(found).from_json(value).warnings
    assert all(word in text for word, text in zip(words, warned, strict=True))


def rows_of_a(posterior, latent_dim, **settings):
    x = np.random.default_rng(0).normal(size=(60, 4))
    settings = {"hidden": (8,), "epochs": 2, "random_state": 0, "verbose": 0, **settings}
    return x, VAE(latent_dim, posterior=posterior, prior="uniform", **settings).fit(x)


def test_units_of_a_wide_sphere_are_measured_against_what_it_allows():
    x, vae = rows_of_a("von_mises_fisher", 300, epochs=30)
    units = vae.active_units(x)
    assert units.variance.max() < 0.01 and units.active.sum() > 200
    assert units.kl.sum() == pytest.approx(vae.elbo(x)["kl"].mean(), rel=1e-3)


def test_codes_that_no_other_row_has_leave_the_kl_as_the_bound():
    x, vae = rows_of_a("quantized(codes=4)", 2)
    found = evaluate.information(vae.module_, Batch(x))
    assert found.lower.mean <= found.upper.mean <= found.kl.mean and np.isfinite(found.upper.error)
    assert vae.active_units(x).kl.sum() == pytest.approx(found.kl.mean)


@pytest.mark.parametrize("family", [StudentT, DiscretizedLogistic])
def test_a_constant_models_scale_does_not_depend_on_where_it_is_learned(family):
    x = np.random.default_rng(0).binomial(60, 0.5, size=(200, 3)).astype(np.float64)
    summary = Schema.of(x).summary
    values = [
        evaluate.constant_log_density(family(scale=scale).prepare(summary), summary, Batch(x))
        for scale in ("feature", "network")
    ]
    assert values[0] == pytest.approx(values[1], abs=1e-3)
