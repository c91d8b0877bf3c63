"""A fit that goes on: history, epochs and learning rate continue, and rows in other units are refused by name."""

import copy
import pickle

import equinox as eqx
import jax
import numpy as np
import pandas as pd
import pytest

import elbax
from elbax.core.likelihoods import Normal
from elbax.core.posteriors import FullNormal
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


CHANGES = {
    "latent_dim": 3,
    "network": "conv",
    "hidden": (16,),
    "decoder_hidden": (16,),
    "activation": "tanh",
    "dropout": 0.1,
    "layer_norm": True,
    "likelihood": "normal(scale=shared)",
    "posterior": "full_normal",
    "prior": "mixture(components=3)",
    "precision": "bfloat16",
    "output_bias": False,
    "init": "random",
    "axes": "tc",
    "ties": "drop",
}


@pytest.fixture(scope="module")
def tied():
    """A model of rows with a tie, in which every setting of `CHANGES` would make another one."""
    return warm().fit(np.column_stack([X, X[:, 0] + X[:, 1]]))


@pytest.mark.parametrize(("name", "value"), CHANGES.items(), ids=CHANGES)
def test_settings_that_shape_the_model_are_refused_by_name(tied, name, value):
    rows, vae = np.column_stack([X, X[:, 0] + X[:, 1]]), copy.copy(tied)
    vae.set_params(**{name: value})
    before = vae.module_
    with pytest.raises(InputError, match=f"^{name} was .* when this model was made and is .* now; set it back, or fit"):
        vae.fit(rows)
    assert vae.module_ is before and len(vae.history_) == 2
    if name != "init":  # which passes do not use
        with pytest.raises(InputError, match=f"^{name} was .*set it back, or fit a new model$"):
            vae.partial_fit(rows)


def test_the_message_has_both_values(tied):
    with pytest.raises(InputError, match="latent_dim was 2 when this model was made and is 3 now; set it back"):
        copy.copy(tied).set_params(latent_dim=3).fit(np.column_stack([X, X[:, 0] + X[:, 1]]))


SETTINGS = [
    {"ties": "drop", "likelihood": "normal(factors=auto)"},
    {"hidden": None, "precision": "auto", "activation": "tanh", "axes": None},
    {"likelihood": Normal("fixed", 0.5), "prior": "mixture(components=2)", "posterior": FullNormal()},
    {"init": "random", "ties": "keep"},
    {"encoder": lambda in_shape, out_shape, *, key: eqx.nn.MLP(4, 4, 8, 1, key=key)},
]


@pytest.mark.parametrize("settings", SETTINGS, ids=["ties", "open", "parts", "random", "network"])
def test_settings_that_stay_or_take_effect_go_on_even_from_a_file(settings, tmp_path):
    rows = np.column_stack([X, X[:, 0] + X[:, 1]])
    vae = warm(**settings).fit(rows)
    pickled = pickle.loads(pickle.dumps(vae))
    pickled.save(tmp_path / "model")
    model = elbax.load(tmp_path / "model", encoder=settings.get("encoder"))
    model.set_params(epochs=1, learning_rate=1e-3, schedule="constant", patience=5, batch_size=16, beta=0.5)
    model.set_params(optimizer="sgd", weight_decay=0.1, clip_norm=1.0, n_init=2)
    assert len(model.fit(rows).history_) == 3
    assert len(pickled.fit(rows).partial_fit(rows).history_) == 5


def test_a_second_stage_goes_on():
    vae = warm().fit(X).fit_prior(X, prior="mixture(components=2)")
    assert vae.fit(X).plan_.model.prior.name == "mixture"


def test_a_fit_goes_on_from_passes():
    assert len(warm().partial_fit(X).fit(X).history_) == 3
