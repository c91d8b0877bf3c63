"""Settings without effect are said, and only those."""

import equinox as eqx
import jax
import numpy as np
import pytest

import elbax
from elbax.data import Schema
from elbax.fit.choices import check_parameters
from elbax.fit.plan import resolve
from elbax.fit.unused_settings import unused_settings

X = np.random.default_rng(0).normal(size=(400, 3))
MLP = eqx.nn.MLP(3, 4, 8, 1, key=jax.random.key(0))


def said(n=400, external=False, **settings):
    parameters = check_parameters(elbax.VAE(**settings).get_params(deep=False))
    plan = resolve(parameters, Schema.of(X[:n]), None, n, 0, external_validation=external)
    return unused_settings(parameters, plan)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"validation_fraction": 0.002}, "of 400 rows is less than one row"),
        ({"validation_fraction": 0.0, "patience": 20}, "patience=20 has no effect, since no rows are held out"),
        ({"n": 15, "patience": 20}, "patience=20 has no effect"),
        ({"external": True, "validation_fraction": 0.2}, "no effect beside validation_data"),
        ({"batch_size": 512}, "batch_size=512 is more than the 360 rows"),
        (
            {"posterior": "point", "beta": 4.0, "warmup": 0.1},
            "beta=4.0, warmup=0.1 have no effect, since posterior 'po",
        ),
        ({"warmup_shape": "cosine"}, "warmup_shape='cosine' has no effect without warmup"),
        ({"encoder": MLP, "decoder": MLP, "hidden": (8,)}, "hidden=(8,) has no effect on networks of your own"),
        ({"decoder": MLP, "decoder_hidden": (8,)}, "decoder_hidden=(8,) has no effect on networks"),
        ({"encoder": MLP, "decoder": MLP, "dropout": 0.5}, "dropout=0.5 has no effect"),
        ({"hidden": (), "layer_norm": True}, "layer_norm=True has no effect without hidden layers"),
        ({"checkpoint_seconds": 5.0}, "checkpoint_seconds=5.0 has no effect without checkpoint_dir"),
    ],
)
def test_a_setting_without_effect_is_said(settings, words):
    (sentence,) = said(**settings)
    assert words in sentence


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"n": 15},  # too few rows to split, which is said elsewhere
        {"validation_fraction": 0.0},
        {"patience": 20},
        {"patience": 0, "validation_fraction": 0.0},
        {"external": True, "patience": 20},
        {"beta": 4.0, "warmup": 0.5, "warmup_shape": "cosine"},
        {"decoder": MLP, "hidden": (8,)},
        {"encoder": MLP, "hidden": (8,)},  # of the decoder, which mirrors it
        {"checkpoint_seconds": 5.0, "checkpoint_dir": "x"},
    ],
)
def test_settings_with_an_effect_are_not_said(settings):
    assert said(**settings) == []


def test_each_is_one_line_after_the_choice_of_the_likelihood(capsys):
    elbax.VAE(hidden=(4,), epochs=1, random_state=0, patience=3, validation_fraction=0.0, verbose=1).fit(X[:50])
    lines = [line for line in capsys.readouterr().err.splitlines() if "no effect" in line]
    assert len(lines) == 1 and lines[0].startswith("patience=3 has no effect")
