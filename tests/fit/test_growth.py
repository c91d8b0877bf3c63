"""Default plans grow while the held-out bound rises."""

import numpy as np
import pytest

import elbax
from elbax.errors import TrainingError
from elbax.fit import choices, run

T = np.random.default_rng(0).uniform(-1, 1, size=400)
X = np.column_stack([T, T**2]) + 0.05 * np.random.default_rng(1).normal(size=(400, 2))


@pytest.fixture
def short(monkeypatch):
    """Default plans of 10 epochs, which always seem to rise."""
    monkeypatch.setattr(choices, "_STEPS", 120)
    monkeypatch.setattr(run, "is_rising", lambda *_: True)


def fit(**settings):
    return elbax.VAE(1, hidden=(8,), random_state=0, verbose=0, **settings).fit(X)


def test_a_plan_grows_to_four_times_its_length_and_its_rise_is_that_of_the_second_half(short):
    vae = fit()
    bounds = vae.history_["val_elbo"].to_numpy()
    assert len(bounds) == 40 and vae.outcome_.growth == 4
    assert vae.outcome_.rise[0] == pytest.approx(bounds[-1] - bounds[19], abs=1e-4)
    # The schedule of the longest plan begins anew at the epoch where the shorter one has ended.
    assert vae.history_["learning_rate"][10] > vae.history_["learning_rate"][9]


def test_a_plan_of_a_given_length_does_not_grow(short):
    assert len(fit(epochs=10).history_) == 10


def test_a_plan_that_has_ended_well_outlives_an_error_of_its_growth(short, monkeypatch):
    train = run.train

    def fails(*args, earlier=None, **kwargs):
        if earlier is not None:
            raise TrainingError("the loss stopped being finite")
        return train(*args, **kwargs)

    monkeypatch.setattr(run, "train", fails)
    vae = fit()
    assert len(vae.history_) == 10 and vae.outcome_.growth == 1 and vae.outcome_.failure is None
