"""The main job with the programs that users get: optimized, and kept in the user's own cache."""

import os
import re
from pathlib import Path

import numpy as np
import pytest
from benchmarks.linear_vae import linear_vae
from benchmarks.s_curve import draw, measure
from scipy.stats import multivariate_normal
from tests.core.test_likelihoods import CASES

import elbax
from elbax.core.likelihoods import LIKELIHOODS
from elbax.fit.plan import part_text
from elbax.types import Batch

README = Path(__file__).parents[2] / "README.md"
RNG = np.random.default_rng(0)
D = 8
LATENT = RNG.normal(size=(200, 2)) @ RNG.normal(size=(2, D)) + 0.1 * RNG.normal(size=(200, D))
UNIT = 1 / (1 + np.exp(-LATENT))
COUNTS = RNG.poisson(np.exp(LATENT / 2)).astype(float)
ROWS = {
    "bernoulli": (UNIT > 0.5).astype(float),
    "categorical(levels=3)": np.minimum(COUNTS, 2),
    "continuous_bernoulli": UNIT,
    "binary_cross_entropy": UNIT,
    "discretized_logistic(bits=4)": np.round(15 * UNIT),
    "mixed": np.column_stack([LATENT[:, :4], LATENT[:, 4:6] > 0, COUNTS[:, 6:]]),
    "negative_binomial": COUNTS,
    "normal": LATENT,
    "poisson": COUNTS,
    "student_t": LATENT,
    "sum_of_squares": LATENT,
}
KNOWN = {name.partition("(")[0] for name in ROWS} | {"custom", "histogram"}  # the last is of tables with kinds
ROWS |= {part_text(case.likelihood): case.rows(200) for case in CASES.values() if case.likelihood.name not in KNOWN}


def test_programs_are_those_of_users():
    assert "xla_backend_optimization_level" not in os.environ.get("XLA_FLAGS", "")


def test_the_default_fit_recovers_the_curve():
    u, x = draw(0)
    found = measure(elbax.VAE(latent_dim=1, random_state=0, verbose=0).fit(x), u, x)
    assert found["order"] > 0.99 and found["rmse"] < 0.01


def test_default_fit_comes_near_the_true_density():
    rng = np.random.default_rng(0)
    mixing = rng.normal(size=(4, 4))
    train, test = rng.normal(size=(600, 4)) @ mixing, rng.normal(size=(500, 4)) @ mixing
    truth = multivariate_normal(np.zeros(4), mixing.T @ mixing).logpdf(test).mean()
    vae = elbax.VAE(latent_dim=4, random_state=0, verbose=0).fit(train)
    assert truth - 0.4 < vae.score(test) < truth + 0.05


def test_the_five_lines_of_the_readme_run():
    code, *_ = re.findall(r"```python\n(.*?)```", README.read_text(), flags=re.DOTALL)
    names: dict = {}
    exec(code.replace("latent_dim=2,", "latent_dim=2, epochs=2, init='random', verbose=0,"), names)
    assert names["Z"].shape == (1797, 2)
    assert names["log_density"].shape == (1797,)
    assert names["new"].shape == (100, 8, 8, 1)


def test_scores_are_the_exact_log_densities():
    linear = linear_vae()
    x = linear.draw(300, 1)
    found = elbax.evaluate.importance_sampling(linear.module, Batch(x), 1000, seed=0)
    assert found.mean.mean == pytest.approx(linear.log_prob(x).mean(), abs=0.02)


def test_every_likelihood_is_fitted_here():
    assert {name.partition("(")[0] for name in ROWS} == set(LIKELIHOODS) - {"histogram"}  # of tables with kinds


@pytest.mark.parametrize("likelihood", ROWS)
def test_a_likelihood_is_fitted_and_drawn_from(likelihood):
    x = ROWS[likelihood]
    settings = {"hidden": (16,), "epochs": 30, "init": "random", "learning_rate": 1e-2, "random_state": 0}
    settings["validation_fraction"] = 0.0  # scoring rows takes a third of the time of compiling the whole
    vae = elbax.VAE(2, likelihood="auto" if likelihood == "mixed" else likelihood, verbose=0, **settings).fit(x)
    assert vae.likelihood_.name == likelihood.partition("(")[0]
    history = vae.history_["elbo"]
    assert np.isfinite(history).all() and history.iloc[-1] > history.iloc[0]
    drawn = vae.sample(7)
    assert drawn.shape == (7, x.shape[1]) and np.isfinite(drawn).all()
