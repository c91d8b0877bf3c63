"""Fits without tied columns: all columns come back, ties hold, and densities are those of the columns left."""

import pickle

import numpy as np
import pandas as pd
import pytest

import elbax
from elbax import VAE
from elbax.data import data_facts
from elbax.fit.choices import check_parameters
from elbax.fit.messages import messages
from elbax.types import Batch

RNG = np.random.default_rng(0)
SHARES = pd.DataFrame(RNG.dirichlet(np.ones(5), 200), columns=list("abcde"))
SMALL = {"hidden": (8,), "epochs": 20, "random_state": 0}


@pytest.fixture(scope="module")
def fits():
    return {ties: VAE(2, ties=ties, verbose=0, **SMALL).fit(SHARES) for ties in ("keep", "drop", "log-ratio")}


def test_five_shares_are_not_healthy_and_the_remedy_removes_the_tie(fits, capsys):
    diagnosis = fits["keep"].diagnose(SHARES, probes=False)
    assert diagnosis.primary.code == "tied-columns" and not diagnosis.healthy
    assert "columns 'a', 'b', 'c', 'd' and 'e' add up to 1 in every row" in diagnosis.primary.evidence
    assert diagnosis.changes["ties"] == "log-ratio"
    for ties in ("drop", "log-ratio"):
        assert "tied-columns" not in fits[ties].diagnose(SHARES, probes=False).codes
    VAE(2, verbose=1, **SMALL).fit(SHARES)
    printed = " ".join(capsys.readouterr().err.split())
    assert "columns 'a', 'b', 'c', 'd' and 'e' add up to 1 in every row: ties='log-ratio'" in printed


@pytest.mark.parametrize(
    "ties, said",
    [
        ("drop", "ties: column 'e' is left out and computed from the others"),
        ("log-ratio", "ties: columns 'a', 'b', 'c', 'd' and 'e' become 4 log-ratios"),
    ],
)
def test_the_columns_that_are_left_out_are_named(fits, ties, said):
    vae = fits[ties]
    plan = vae.plan_
    lines = list(
        messages(check_parameters(vae.get_params()), plan, vae.schema_, None, Batch(np.zeros((2, 1))), continues=False)
    )
    assert [line for line in lines if line.startswith("ties")] == [said]
    assert said.removeprefix("ties: ") in data_facts(vae.schema_)["Ties"]


@pytest.mark.parametrize("ties", ["drop", "log-ratio"])
def test_every_row_that_comes_out_keeps_the_tie(fits, ties, tmp_path):
    vae = fits[ties]
    assert vae.event_shape_ == (5,) and vae.n_features_in_ == 5 and vae.schema_.event_shape == (4,)
    outputs = [vae.sample(300), vae.sample(9, noise=False), vae.reconstruct(SHARES)]
    outputs += [vae.inverse_transform(vae.transform(SHARES)), vae.interpolate(SHARES.iloc[0], SHARES.iloc[1], 4)]
    for rows in outputs:
        assert list(rows.columns) == list(SHARES.columns)
        np.testing.assert_allclose(rows.sum(axis=1), 1, atol=1e-12)
        assert ties == "drop" or (rows > 0).all(axis=None)
    vae.save(tmp_path / "model")
    for copy in (elbax.load(tmp_path / "model"), pickle.loads(pickle.dumps(vae))):
        np.testing.assert_array_equal(copy.transform(SHARES), vae.transform(SHARES))
        np.testing.assert_array_equal(copy.elbo(SHARES), vae.elbo(SHARES))
        assert copy.plan_ == vae.plan_


@pytest.mark.parametrize("ties", ["drop", "log-ratio"])
def test_densities_are_of_all_shares_but_the_last(ties):
    """They integrate to one, so nats compare between the two, and with any density of these columns."""
    first = RNG.beta(2, 5, 400)
    vae = VAE(1, ties=ties, verbose=0, **SMALL).fit(np.column_stack([first, 1 - first]))
    grid = np.linspace(*((1e-4, 1 - 1e-4) if ties == "log-ratio" else (-2, 3)), 1500)
    density = np.exp(vae.score_samples(np.column_stack([grid, 1 - grid]), 100))
    assert np.trapezoid(density, grid) == pytest.approx(1, abs=0.02)


def test_simple_models_have_the_jacobian_too(fits):
    """The best constant of log-ratios and that of shares are densities of the same columns."""
    ladders = [fits[ties].outcome_.ladder for ties in ("drop", "log-ratio")]
    drop, log_ratio = (ladder.models[0].log_likelihood.mean for ladder in ladders)
    assert abs(drop - log_ratio) < 3
