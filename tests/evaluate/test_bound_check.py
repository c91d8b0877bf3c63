"""Bounds on log p(x) that no model can have: a named error, never a number."""

from dataclasses import replace

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest

import elbax
from elbax import evaluate
from elbax.core.bound_limit import highest_bound, highest_of_any_cells
from elbax.core.likelihoods import LIKELIHOODS, AbstractLikelihood, Support
from elbax.core.log_ratios import LogRatios, log_jacobian
from elbax.doctor import RULES, quick_check
from elbax.doctor.measurements import Measurements
from elbax.errors import BoundError, TrainingError
from elbax.types import Batch, Terms

X = np.random.default_rng(0).normal(size=(200, 6))


def small(**settings):
    return elbax.VAE(**{"latent_dim": 2, "hidden": (8,), "epochs": 20, "random_state": 0, "verbose": 0, **settings})


class Spiked(AbstractLikelihood):
    """A likelihood that claims to be one of integers, but whose probabilities are above one."""

    name = "spiked"
    support = Support(integer=True)

    def distribution(self, outputs):
        return dist.Normal(outputs, 1.0)

    def log_prob_per_feature(self, outputs, x):
        return 10.0 - 1e-3 * jnp.square(outputs - x)


@pytest.fixture
def spiked(monkeypatch):
    monkeypatch.setitem(LIKELIHOODS, Spiked.name, Spiked)
    return np.zeros((60, 6)) + np.eye(6)[np.arange(60) % 6]


@pytest.mark.parametrize("rate", [0.3, 3.0])
def test_reckless_steps_with_correlated_posteriors_leave_possible_scores(rate):
    """It was +4.7e14 nats: the density of a draw came from a matrix that is nearly singular."""
    vae = small(learning_rate=rate, posterior="full_normal", patience=0).fit(X)
    scores, bounds = vae.score_samples(X), vae.elbo(X, n_samples=20)["elbo"]
    assert np.isfinite(scores).all() and (scores < highest_bound(vae.module_)).all()
    # Importance weights are a kinder bound on the same quantity, by no more than their noise.
    assert scores.mean() > bounds.mean() - 1.0


@pytest.fixture(scope="module")
def fitted():
    return small(epochs=3).fit(X)


def degenerate(vae, monkeypatch, value):
    """Make every bound of row 7 come out as a value."""

    def bounds(module, rows, *rest, **options):
        return np.where(np.arange(len(rows.x)) == 7, value, -9.0)

    monkeypatch.setattr(evaluate, "log_likelihood", bounds)
    monkeypatch.setattr(evaluate, "elbo", lambda *a, **k: Terms(-bounds(*a), np.zeros(len(a[1].x))))


@pytest.mark.parametrize(("value", "words"), [(4.7e14, "comes out as 4.7e\\+14 nats"), (np.nan, "is not a number")])
def test_an_impossible_score_is_an_error_that_names_row_latent_and_step(fitted, monkeypatch, value, words):
    degenerate(fitted, monkeypatch, value)
    for score in (fitted.score_samples, fitted.elbo, fitted.score):
        with pytest.raises(BoundError, match=f"row 7 {words}.*narrowest in latent [01].*learning_rate=0.0003 instead"):
            score(X)


def test_no_score_is_impossible_without_a_reason(fitted):
    highest = highest_bound(fitted.module_)
    assert np.isfinite(highest)
    assert evaluate.find_excess(fitted.module_, Batch(X), np.full(200, float(highest))) is None
    assert evaluate.find_excess(fitted.module_, Batch(X), np.full(200, -np.inf)) is None
    assert evaluate.find_excess(fitted.module_, Batch(X), np.r_[np.zeros(3), highest + 1]).row == 3


def test_missing_cells_lower_the_limit(fitted):
    observed = np.ones((4, 6), bool)
    observed[1, :3] = False
    limits = highest_bound(fitted.module_, Batch(X[:4], observed))
    each = fitted.likelihood_.prepare(fitted.schema_.summary).highest_log_prob(6)
    assert limits[0] - limits[1] == pytest.approx(each[:3].sum(), abs=0.01)
    assert highest_of_any_cells(fitted.module_) >= limits.max()


def test_densities_of_shares_have_the_limit_of_their_row(fitted):
    groups = (LogRatios(0, 3, 1.0),)
    module = replace(fitted.module_, log_ratios=groups)
    limits, jacobian = highest_bound(module, Batch(X[:4])), log_jacobian(groups, X[:4].astype(np.float32))
    np.testing.assert_allclose(limits, highest_bound(fitted.module_) + jacobian, atol=0.01)
    assert highest_bound(module) == highest_of_any_cells(module) == np.inf


def test_training_ends_with_the_last_good_state(spiked):
    with pytest.raises(
        TrainingError, match=r"rose to .* nats, above the 20 that are possible, in epoch 1 .* likelihood of your own"
    ):
        small(likelihood="spiked", latent_dim=1, init="random").fit(spiked)


def test_the_doctor_says_nothing_else_of_such_a_model(fitted):
    record = fitted._open_fit_record(X)
    assert RULES["absurd-bound"](Measurements(record)) is None
    broken = eqx.tree_at(lambda m: m.encoder.head.bias, record.module, record.module.encoder.head.bias * np.nan)
    finding = RULES["absurd-bound"](Measurements(replace(record, module=broken)))
    assert finding.code == "absurd-bound" and finding.changes == {
        "learning_rate": fitted.plan_.train.learning_rate / 10
    }
    history = record.history.assign(val_elbo=1e9)
    assert quick_check(replace(record, history=history)).startswith("absurd-bound")
