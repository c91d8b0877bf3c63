"""Simple models beside a VAE: paired differences, what compares with what, and the number of factors."""

import json
from dataclasses import replace

import numpy as np
import pytest
from benchmarks.linear_vae import linear_vae
from scipy.stats import bernoulli

import elbax
from elbax import VAE
from elbax.core.likelihoods import Bernoulli, CrossEntropy, Mixed, Normal
from elbax.data import Schema
from elbax.doctor import RULES, FitRecord, has_seen_held_out, quick_check
from elbax.doctor.measurements import Measurements
from elbax.evaluate import (
    Estimate,
    Ladder,
    SimpleModels,
    choose_rank,
    factor_analysis,
    full_normal,
    independent,
    measure_elbo,
    measure_ladder,
    ppca,
)
from elbax.types import Batch

LINEAR = linear_vae()
TRAIN, ROWS = LINEAR.draw(300, 0), LINEAR.draw(80, 1)


def planted(n, d, rank, seed=0):
    rng = np.random.default_rng(seed)
    loadings, scale = rng.normal(size=(rank, d)), rng.uniform(0.5, 1.5, d)
    return rng.normal(size=(n, rank)) @ loadings + scale * rng.normal(size=(n, d))


def test_differences_are_paired():
    summary = Schema.of(TRAIN).summary
    std = TRAIN.std(axis=0)
    ladder = measure_ladder(LINEAR.module, summary, Batch(TRAIN), Batch(ROWS))
    elbo = np.asarray(measure_elbo(LINEAR.module, Batch(ROWS))[1].elbo, np.float64)
    exact = [independent(TRAIN), ppca(TRAIN, 2, unit=std), factor_analysis(TRAIN, 2), full_normal(TRAIN)]
    for entry, model in zip(ladder.models, exact, strict=True):
        log_prob = model.log_prob(ROWS)
        assert entry.name.startswith(model.name)
        assert entry.log_likelihood.mean == pytest.approx(log_prob.mean(), abs=2e-3)
        assert entry.difference == pytest.approx(Estimate.of(elbo - log_prob), abs=2e-3)
    assert ladder.held_out and ladder.rows_text == "80 held-out rows" and ladder.note == ""
    assert Ladder.from_json(json.loads(json.dumps(ladder.to_json()))) == ladder
    assert f"{ladder.best.difference.mean:.2f}".strip("-") in str(ladder)
    alone = measure_ladder(LINEAR.module, summary, Batch(TRAIN), None)
    assert not alone.held_out and alone.elbo.rows == 300


def test_columns_of_integers_keep_their_constant():
    rng = np.random.default_rng(0)
    x = np.insert(planted(200, 4, 1), 2, rng.random(200) < 0.3, axis=1)
    summary = Schema.of(x).summary
    likelihood = Mixed((Normal(), Bernoulli()), ((0, 1, 3, 4), (2,))).prepare(summary)
    simple = SimpleModels.of(likelihood, summary, x[:150], Batch(x[150:]))
    chance = bernoulli(x[:150, 2].mean()).logpmf(x[150:, 2])
    real = np.delete(x, 2, axis=1)
    scores = {score.title: score.log_prob for score in simple.log_probs(1)}
    assert scores["factor analysis, 1 latent"] == pytest.approx(
        factor_analysis(real[:150], 1).log_prob(real[150:]) + chance, abs=1e-3
    )
    assert scores["independent columns"].shape == (50,) and "best constant" in simple.note


def test_masses_and_losses_do_not_compare_with_densities():
    x = (np.random.default_rng(0).random((60, 3)) < 0.5).astype(float)
    summary = Schema.of(x).summary
    simple = SimpleModels.of(Bernoulli(), summary, x, Batch(x))
    assert [score.name for score in simple.log_probs(2)] == ["independent columns"] and "probabilities" in simple.note
    simple = SimpleModels.of(CrossEntropy(), summary, x, Batch(x))
    assert simple.log_probs(2) == [] and "loss" in simple.note


@pytest.mark.parametrize("n, d, rank", [(600, 20, 4), (300, 150, 3)])
def test_the_number_of_factors_is_found(n, d, rank):
    x = planted(n + 200, d, rank)
    assert choose_rank(x[:n], x[n:]) == rank
    assert choose_rank(x[:n], x[n:], rank + 2) == rank + 2


@pytest.fixture(scope="module")
def poor():
    """A fit whose noise level is far below that of the rows."""
    x = planted(200, 6, 2)
    vae = VAE(1, likelihood="normal(scale=fixed, value=0.1)", hidden=(8,), epochs=3, random_state=0, verbose=0)
    return vae.fit(x), x


def test_a_fit_below_simple_models_is_not_healthy(poor):
    vae, x = poor
    assert quick_check(vae._open_fit_record(x)).startswith("worse-than-simple: on 20 held-out rows")
    diagnosis = vae.diagnose(x, probes=False)
    worse = next(finding for finding in diagnosis.findings if finding.code == "worse-than-simple")
    ladder, best = vae.outcome_.ladder, vae.outcome_.ladder.best
    assert worse.value == pytest.approx(best.log_likelihood.mean - ladder.elbo.mean)
    assert best.name in worse.evidence and worse.changes["likelihood"] == "auto"
    few = next(finding for finding in diagnosis.findings if finding.code == "too-few-latents")
    assert few.changes == {"latent_dim": 2}


def test_the_doctor_measures_on_rows_that_the_model_has_not_seen(poor):
    """The linear model that is kept was fitted to all rows in the end."""
    vae, x = poor
    assert vae.outcome_.kept_start and has_seen_held_out(vae.plan_, vae.outcome_)
    record = vae._open_fit_record(x)
    assert record.refitted and record.ladder == vae.outcome_.ladder
    measurements = Measurements(record)
    assert measurements.held_out_elbos is None  # and so no finding of overfitting
    assert measurements.summary_elbo == vae.outcome_.ladder.elbo.mean
    # Bounds of the training that was given up are no fault of the model.
    wild = replace(record, history=record.history.assign(val_elbo=-1e9))
    assert quick_check(wild).startswith("worse-than-simple")
    others = Measurements(vae._open_fit_record(x[:150], validation_data=x[150:]))
    assert not others.record.refitted and others.ladder.elbo.rows == len(others.held_out_elbos) == 50


def test_more_epochs_are_more_than_a_plan_has_grown_to(poor):
    vae, x = poor
    outcome = replace(vae.outcome_, growth=4, rise=(90.0, 0.1))
    fit = (vae.module_, vae.plan_, outcome, vae.schema_, vae.history_)
    record = FitRecord.of(*fit, vae._read(x), None, seed=0, init="auto", own=True)
    finding = RULES["still-rising"](Measurements(record))
    assert finding.changes["epochs"] == 24 and "of the 12 epochs" in finding.evidence


def test_the_comparison_is_saved_with_the_model(poor, tmp_path):
    poor[0].save(tmp_path / "model")
    assert elbax.load(tmp_path / "model").outcome_ == poor[0].outcome_


def test_simple_models_have_not_seen_held_out_rows():
    rng = np.random.default_rng(0)
    x = (rng.random((40, 30)) < rng.uniform(0.2, 0.8, 30)).astype(np.float32)
    train, rows = x[:30], x[30:]
    simple = SimpleModels.of(Bernoulli(), Schema.of(x).summary, train, Batch(rows))
    exact = bernoulli.logpmf(rows, train.mean(axis=0).clip(1e-3, 1 - 1e-3)).sum(axis=1)
    np.testing.assert_allclose(simple.log_probs(1)[0].log_prob, exact, rtol=1e-4)
