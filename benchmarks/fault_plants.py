"""Faults of known cause, planted on the data sets of `benchmarks.fault_data`, and fits with nothing wrong."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import equinox as eqx
import numpy as np

from benchmarks.fault_data import _helix, _low_rank, _roll, _spiral

__all__ = ["PLANTS", "Plant"]


@dataclass(frozen=True)
class Plant:
    """One fit and what is true of it.

    Attributes:
        data: name of the data set.
        expected: codes that must be found; none for a healthy fit.
        allowed: codes that may be found too: consequences of the fault, or what the data themselves bring along.
        settings: of `elbax.VAE`.
        rows: at most so many rows.
        change: made to the rows (n, d) first.
        tamper: made to the fitted estimator.
    """

    data: str
    expected: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    rows: int | None = None
    change: Callable | None = None
    tamper: Callable | None = None


def into_box(x, rng):
    """Bring all columns into the unit box, with one factor for all."""
    x = x - x.min(axis=0)
    return x / x.max()


def with_constant(x, rng):
    """A column that never changes."""
    return np.column_stack([x, np.full(len(x), 3.0)])


def with_outliers(x, rng):
    """One value of one column 10,000 standard deviations away."""
    x = x.copy()
    column = rng.integers(x.shape[1])
    x[rng.integers(len(x)), column] += 1e4 * x[:, column].std()
    return x


def without_noise(curve):
    """Rows of a curve or surface that lie on it exactly; the given rows only say how many."""
    return lambda x, rng: curve(rng, len(x), noise=0.0)


def shift_encoder(vae):
    """Move the posterior means by 0.7, as if the encoder had been trained beside another decoder."""
    return _add_to_encoder(vae, mean=0.7, log_variance=0.0)


def blur_encoder(vae):
    """Make posteriors three times as wide."""
    return _add_to_encoder(vae, mean=0.0, log_variance=2 * np.log(3))


def _add_to_encoder(vae, mean: float, log_variance: float):
    bias = vae.module_.encoder.head.bias
    more = np.tile(np.asarray([mean, log_variance], np.float32), len(bias) // 2)
    vae.module_ = eqx.tree_at(lambda module: module.encoder.head.bias, vae.module_, bias + more)
    return vae


# Small steps of every default that costs time; what a plant is about comes on top.
_SMALL = {"hidden": (64, 64), "epochs": 200, "validation_fraction": 0.1}


def _plant(
    data: str, expected: str = "", allowed: str = "", *, rows=None, change=None, tamper=None, **settings
):
    return Plant(
        data, tuple(expected.split()), tuple(allowed.split()), {**_SMALL, **settings}, rows, change, tamper
    )


def _healthy(data: str, latent_dim: int, allowed: str = ""):
    return Plant(data, (), tuple(allowed.split()), {"latent_dim": latent_dim})


_LOST = "undertrained folded-latent aggregate-mismatch amortization-gap inactive-units"
_RAW = {"init": "random", "output_bias": False, "schedule": "constant", "patience": 0}

PLANTS = (
    # Nothing wrong: only the number of latent dimensions is given.
    _healthy("helix", 1),
    _healthy("spiral", 1),
    _healthy("roll", 2),
    _healthy("mixture", 2),
    _healthy("mixture", 4),
    _healthy("low-rank", 3),
    _healthy("low-rank", 2),
    _healthy("counts", 2),
    _healthy("counts", 1),
    _healthy("cancer", 2),
    _healthy("cancer", 4),
    _healthy("digits", 2),
    _healthy("digits", 5),
    _healthy("grey", 2),
    _healthy("grey", 5),
    _healthy("mnist", 2),
    # data-scale
    _plant("wine", "data-scale", "overfit", change=with_constant, likelihood="normal(scale=shared)"),
    _plant("low-rank", "data-scale", change=with_constant, likelihood="normal(scale=shared)", latent_dim=3),
    _plant("cancer", "data-scale", "overfit", change=with_outliers),
    _plant("mixture", "data-scale", "overfit", change=with_outliers),
    _plant("wine", "data-scale", "overfit", change=with_outliers),
    # support-mismatch
    _plant("wine", "support-mismatch", _LOST + " data-scale", likelihood="normal(link=tanh)"),
    _plant("roll", "support-mismatch", _LOST, likelihood="normal(link=sigmoid)"),
    _plant("helix", "support-mismatch", _LOST, likelihood="normal(link=tanh)", latent_dim=1),
    _plant("low-rank", "support-mismatch", _LOST, likelihood="normal(link=relu)", latent_dim=3),
    # no-kl
    _plant("digits", "no-kl", "aggregate-mismatch overfit", beta=0.0),
    _plant("helix", "no-kl", "aggregate-mismatch folded-latent", beta=0.0, latent_dim=1),
    _plant("cancer", "no-kl", "aggregate-mismatch overfit", posterior="point"),
    _plant("mixture", "no-kl", "aggregate-mismatch overfit", posterior="point"),
    _plant("low-rank", "no-kl", "aggregate-mismatch overfit", beta=0.001, latent_dim=3),
    # scale-too-large
    _plant("helix", "scale-too-large", change=into_box, likelihood="sum_of_squares", latent_dim=1),
    _plant("cancer", "scale-too-large", change=into_box, likelihood="sum_of_squares"),
    _plant(
        "spiral", "scale-too-large", "inactive-units", likelihood="normal(scale=fixed, value=1)", latent_dim=1
    ),
    _plant(
        "grey", "scale-too-large", "inactive-units", likelihood="normal(scale=fixed, value=1)", latent_dim=5
    ),
    _plant("low-rank", "scale-too-large", "inactive-units", likelihood="sum_of_squares", latent_dim=3),
    _plant("roll", "scale-too-large", "folded-latent", likelihood="normal(scale=fixed, value=4)"),
    # improper-likelihood
    _plant("grey", "improper-likelihood", likelihood="binary_cross_entropy", latent_dim=5),
    _plant(
        "spiral",
        "improper-likelihood",
        "inactive-units",
        change=into_box,
        likelihood="binary_cross_entropy",
        latent_dim=1,
    ),
    _plant(
        "roll", "improper-likelihood", "inactive-units", change=into_box, likelihood="binary_cross_entropy"
    ),
    _plant(
        "cancer", "improper-likelihood", "inactive-units", change=into_box, likelihood="binary_cross_entropy"
    ),
    # kl-overweight
    _plant("digits", "kl-overweight", "inactive-units", beta=20.0, latent_dim=5),
    _plant("low-rank", "kl-overweight", "inactive-units", beta=30.0, latent_dim=3),
    _plant("mixture", "kl-overweight", "inactive-units", beta=10.0),
    _plant("counts", "kl-overweight", "inactive-units", beta=10.0),
    _plant("helix", "kl-overweight", "inactive-units folded-latent", beta=50.0, latent_dim=1),
    # collapse-trap
    _plant(
        "spiral",
        "collapse-trap",
        "inactive-units",
        likelihood="normal(initial_scale=1.0)",
        latent_dim=1,
        **{**_RAW, "hidden": (64, 64, 64)},
    ),
    _plant(
        "helix",
        "collapse-trap",
        "inactive-units",
        likelihood="normal(initial_scale=1.0)",
        latent_dim=1,
        activation="sigmoid",
        **{**_RAW, "hidden": (64, 64, 64)},
    ),
    _plant(
        "digits",
        "collapse-trap",
        "inactive-units",
        activation="sigmoid",
        **{**_RAW, "hidden": (64, 64, 64, 64), "epochs": 60},
    ),
    _plant(
        "low-rank",
        "collapse-trap",
        "inactive-units",
        activation="sigmoid",
        likelihood="normal(initial_scale=1.0)",
        **{**_RAW, "hidden": (64, 64, 64, 64), "epochs": 60},
    ),
    # noise-injection
    _plant("helix", "noise-injection", _LOST, dropout=0.5, latent_dim=1),
    _plant("low-rank", "noise-injection", _LOST, dropout=0.5, latent_dim=3),
    _plant("grey", "noise-injection", _LOST, dropout=0.5, likelihood="normal(scale=shared)", latent_dim=5),
    _plant("roll", "noise-injection", _LOST, dropout=0.5),
    # undertrained
    _plant(
        "digits",
        "undertrained",
        "amortization-gap aggregate-mismatch",
        latent_dim=5,
        learning_rate=3e-4,
        **{**_RAW, "epochs": 5},
    ),
    _plant(
        "low-rank",
        "undertrained",
        "amortization-gap aggregate-mismatch",
        latent_dim=3,
        learning_rate=3e-4,
        **{**_RAW, "epochs": 10},
    ),
    _plant(
        "cancer",
        "undertrained",
        "amortization-gap aggregate-mismatch",
        learning_rate=1e-3,
        **{**_RAW, "epochs": 8},
    ),
    _plant(
        "helix",
        "undertrained",
        "amortization-gap aggregate-mismatch folded-latent",
        latent_dim=1,
        learning_rate=1e-3,
        **{**_RAW, "epochs": 20},
    ),
    # overfit
    _plant("cancer", "overfit", rows=60, latent_dim=8, patience=0, epochs=1000, validation_fraction=0.3),
    _plant("digits", "overfit", rows=80, latent_dim=8, patience=0, epochs=500, validation_fraction=0.3),
    _plant("mixture", "overfit", rows=80, latent_dim=5, patience=0, epochs=1000, validation_fraction=0.3),
    _plant("wine", "overfit", rows=60, latent_dim=5, patience=0, epochs=1000, validation_fraction=0.3),
    # folded-latent
    _plant("ring", "folded-latent", latent_dim=1),
    _plant("spiral", "folded-latent", "amortization-gap", latent_dim=1, init="random"),
    _plant("helix", "folded-latent", "amortization-gap", latent_dim=1, init="random"),
    _plant("roll", "folded-latent", "amortization-gap", init="random"),
    # aggregate-mismatch
    _plant("digits", "aggregate-mismatch", "overfit", beta=0.05),
    _plant("low-rank", "aggregate-mismatch", "", beta=0.03, latent_dim=3),
    _plant("ring", "aggregate-mismatch", "", latent_dim=2),
    _plant("counts", "aggregate-mismatch", "overfit", beta=0.03, init="random"),
    # amortization-gap
    _plant(
        "low-rank", "amortization-gap", "undertrained aggregate-mismatch", tamper=shift_encoder, latent_dim=3
    ),
    _plant(
        "digits", "amortization-gap", "undertrained aggregate-mismatch", tamper=shift_encoder, latent_dim=5
    ),
    _plant("helix", "amortization-gap", "undertrained aggregate-mismatch", tamper=blur_encoder, latent_dim=1),
    _plant("grey", "amortization-gap", "undertrained aggregate-mismatch", tamper=blur_encoder, latent_dim=5),
    # scale-at-floor
    _plant("spiral", "scale-at-floor", change=without_noise(_spiral), latent_dim=1, epochs=600),
    _plant("helix", "scale-at-floor", change=without_noise(_helix), latent_dim=1, epochs=600),
    _plant("roll", "scale-at-floor", change=without_noise(_roll), epochs=600),
    _plant("low-rank", "scale-at-floor", change=without_noise(_low_rank), latent_dim=3, epochs=600),
    # inactive-units
    _plant("low-rank", "inactive-units", latent_dim=10),
    _plant("cancer", "inactive-units", "overfit", latent_dim=25),
    _plant("digits", "inactive-units", latent_dim=40),
    _plant("mixture", "inactive-units", latent_dim=9),
    _plant("helix", "inactive-units", latent_dim=6),
)
