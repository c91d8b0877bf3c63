"""A fit that goes on: history, epochs and learning rate continue, and rows in other units are refused by name."""

import jax
import numpy as np
import pandas as pd
import pytest

import elbax
from elbax.errors import InputError
from elbax.fit.outcome import Outcome, append_history

X = np.random.default_rng(0).normal(size=(60, 3)) @ np.diag([1.0, 10.0, 100.0])


def warm(**settings):
    return elbax.VAE(**{"hidden": (8,), "epochs": 2, "warm_start": True, "random_state": 0, "verbose": 0, **settings})


@pytest.fixture(scope="module")
def twice():
    """A model after one fit and after another, and what it said in between."""
    vae = warm(learning_rate=1e-2).fit(X)
    first = vae.history_, vae.outcome_, vae.plan_, vae._optimizer_state
    return vae.fit(X), *first


def test_history_and_epochs_go_on(twice):
    vae, history, outcome, *_ = twice
    assert vae.history_["epoch"].tolist() == [1, 2, 3, 4]
    pd.testing.assert_frame_equal(vae.history_[:2], history)
    assert vae.history_["seconds"].is_monotonic_increasing
    assert vae.outcome_.epochs == 4 and 2 <= vae.outcome_.best_epoch <= 4
    assert vae.outcome_.seconds > outcome.seconds


def test_the_rate_goes_on_where_it_stopped_but_not_near_zero(twice):
    vae, history, _, plan, _ = twice
    stopped = history["learning_rate"].iloc[-1]  # after three of four steps of a cosine
    assert stopped == pytest.approx(1e-2 * (1 + np.cos(0.75 * np.pi)) / 2, rel=1e-5)
    assert vae.plan_.train.peak_rate == pytest.approx(stopped) and plan.train.peak_rate == 1e-2
    assert vae.history_["learning_rate"].iloc[2:].max() <= stopped
    long = warm(learning_rate=1e-2, epochs=60).fit(X)
    assert long.history_["learning_rate"].iloc[-1] < 5e-4
    assert long.set_params(epochs=1).fit(X).plan_.train.peak_rate == pytest.approx(1e-3)


def test_another_learning_rate_is_used_as_it_is(twice):
    again = warm(learning_rate=1e-2).fit(X).set_params(learning_rate=2e-2).fit(X)
    assert again.plan_.train.peak_rate == 2e-2


def test_the_optimizer_goes_on_too(twice):
    vae, first = twice[0], twice[-1]
    counts = [int(jax.tree.leaves(state.opt_state)[0]) for state in (first, vae._optimizer_state)]
    assert counts[1] == counts[0] + 4  # steps that Adam has counted


def test_the_same_rows_are_held_out_again():
    vae = warm(random_state=None).fit(X)
    held_out = vae.plan_.split.held_out()
    np.testing.assert_array_equal(vae.fit(X).plan_.split.held_out(), held_out)


def test_a_column_in_other_units_is_refused_by_name(twice):
    table = pd.DataFrame(X, columns=["a", "b", "c"])
    vae = warm().fit(table)
    other = table.assign(b=1000 * table.b)
    for go_on in (vae.fit, vae.partial_fit):
        with pytest.raises(InputError, match=r"column 'b' of X is about 1,\d+ times as large .*; use the same units"):
            go_on(other)
    for use in (vae.transform, vae.score):
        with pytest.warns(UserWarning, match="column 'b' of X is about"):
            use(other)
    vae.transform(other[:1])  # a single row may be an unusual one
    assert len(vae.fit(table + 0.1 * table.std()).history_) == 4


def test_histories_with_and_without_validation_join():
    first = pd.DataFrame({"epoch": [1, 2], "loss": [3.0, 2.0], "val_loss": [3.0, 3.0], "seconds": [1.0, 2.0]})
    second = pd.DataFrame({"epoch": [1], "loss": [1.0], "seconds": [0.5]})
    joined = append_history(first, second)
    assert joined["epoch"].tolist() == [1, 2, 3] and joined["seconds"].tolist() == [1.0, 2.0, 2.5]
    outcome = Outcome(0, 1, (1.0,), None, 2, 1, False, 2.0, None, 50, 10)
    assert outcome.after(outcome).best_epoch == 3
