"""Faults of known cause, planted on the data sets of `benchmarks.fault_data`, and fits with nothing wrong."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import equinox as eqx
import numpy as np

from benchmarks.fault_data import DATA, _helix, _low_rank, _roll, _spiral

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


def standardized(x, rng):
    """Columns of mean 0 and standard deviation 1."""
    return (x - x.mean(axis=0)) / x.std(axis=0)


def with_outliers(x, rng):
    """One value of one column 10,000 standard deviations away."""
    x = x.copy()
    column = rng.integers(x.shape[1])
    x[rng.integers(len(x)), column] += 1e4 * x[:, column].std()
    return x


def with_total(x, rng):
    """The sum of three columns as one more."""
    return np.column_stack([x, x[:, :3].sum(axis=1)])


def with_other_unit(x, rng):
    """One column once more, in another unit."""
    return np.column_stack([x, 1.8 * x[:, rng.integers(x.shape[1])] + 32])


def as_shares(x, rng):
    """Shares that add up to one, from standardized columns."""
    logits = (x - x.mean(axis=0)) / x.std(axis=0)
    shares = np.exp(logits)
    return shares / shares.sum(axis=1, keepdims=True)


def with_indicators(x, rng):
    """Three indicators of a label beside the columns."""
    return np.column_stack([x, np.eye(3)[rng.integers(3, size=len(x))]])


def with_square(x, rng):
    """The square of a column as one more."""
    return np.column_stack([x, x[:, 0] ** 2])


def with_copies(x, rng):
    """A tenth of the rows, once more, in any order."""
    return rng.permutation(np.concatenate([x, x[: len(x) // 10]]))


def with_hot_deck(x, rng):
    """One row in five replaced by another one, as some imputations do."""
    x = x.copy()
    gone = rng.permutation(len(x))[: len(x) // 5]
    x[gone] = x[rng.permutation(len(x))[: len(gone)]]
    return x


def with_depth(x, rng):
    """Counts with the rates of x times a factor of each row."""
    return rng.poisson(np.maximum(x, 0) * np.exp(rng.normal(size=(len(x), 1)))).astype(float)


def as_levels(x, rng):
    """Gray levels as counts from 0 to 16."""
    return np.round(16 * x)


def with_depth_of_levels(x, rng):
    """Pictures as counts of photons, each exposed for another time."""
    return with_depth(as_levels(x, rng), rng)


def log_of_counts(x, rng):
    return np.log1p(x)


def root_of_counts(x, rng):
    return np.sqrt(x)


def log_of_shares(x, rng):
    """Counts per 10,000 of each row, and the logarithm of one more."""
    return np.log1p(1e4 * x / np.maximum(x.sum(axis=1, keepdims=True), 1))


def as_hundreds(x, rng):
    return 100 * x


def as_scores(x, rng):
    """Scores from 1 to 5."""
    return np.clip(np.round(3 + (x - x.mean(axis=0)) / x.std(axis=0)), 1, 5)


def without_noise(curve):
    """Rows of a curve or surface that lie on it exactly; the given rows only say how many."""

    def exact(x, rng):
        return curve(rng, len(x), noise=0.0)

    return exact


def shift_encoder(vae):
    """Move the posterior means by 0.7, as if the encoder had been trained beside another decoder."""
    return _add_to_encoder(vae, mean=0.7, log_variance=0.0)


def blur_encoder(vae):
    """Make posteriors three times as wide."""
    return _add_to_encoder(vae, mean=0.0, log_variance=2 * np.log(3))


def _add_to_encoder(vae, mean: float, log_variance: float):
    where = lambda module: module.encoder.bias.tree if hasattr(module.encoder, "bias") else module.encoder.head.bias  # noqa: E731
    bias = where(vae.module_)
    more = np.tile(np.asarray([mean, log_variance], np.float32), len(bias) // 2)
    vae.module_ = eqx.tree_at(where, vae.module_, bias + more)
    return vae


# Defaults that cost time, made small; what a plant is about comes on top.
_SMALL = {"hidden": (64, 64), "epochs": 250}
_PLAIN = {"init": "random", "output_bias": False, "schedule": "constant", "patience": 0}
_STUCK = {**_PLAIN, "activation": "sigmoid", "hidden": (64, 64, 64, 64), "epochs": 80}
_LATE = {**_PLAIN, "learning_rate": 5e-4, "epochs": 8}
_RECALL = {"patience": 0, "epochs": 1000, "validation_fraction": 0.3}
_TANH, _SIGMOID, _RELU = (f"normal(link={link})" for link in ("tanh", "sigmoid", "relu"))
_WIDE, _ONE, _TEN = (f"normal({text})" for text in ("initial_scale=1", "scale=fixed, value=1", "scale=fixed, value=10"))
_SHARED, _SQUARES, _ENTROPY = "normal(scale=shared)", "sum_of_squares", "binary_cross_entropy"
# Far above what rows without noise need, so that a fit of moderate length gets there.
_FLOOR = "normal(floor=0.05)"
_FINE, _FINER = (f"normal(scale=fixed, value={value})" for value in (0.1, 0.03))
# What counts bring along that are not what the fault is about.
_MISFIT = "worse-than-simple too-few-latents overfit still-rising tied-columns repeated-rows data-scale"
# What a decoder that is lost in other ways may show besides.
_LOST = "collapse-trap undertrained folded-latent aggregate-mismatch amortization-gap inactive-units"


# What comes along with a degenerate density, and with few latents for many columns.
_DEGENERATE = (
    "scale-at-floor worse-than-simple too-few-latents undertrained folded-latent aggregate-mismatch amortization-gap "
    "inactive-units overfit"
)


def _fit(data: str, latent_dim: int, *, rows=None, change=None, tamper=None, **settings) -> Plant:
    return Plant(data, (), (), {**_SMALL, "latent_dim": latent_dim, **settings}, rows, change, tamper)


def _planted(code: str, allowed: str, *plants: Plant) -> tuple[Plant, ...]:
    # Most faults make a fit worse than simple models, and so than a normal with full covariance.
    # Where the number of epochs is given, the bound may still have been rising besides.
    everywhere = ("worse-than-simple", "too-few-latents", "still-rising")
    return tuple(replace(plant, expected=(code,), allowed=(*allowed.split(), *everywhere)) for plant in plants)


# Nothing is wrong with these: rows enough, and only the number of latent dimensions is given.
_HEALTHY = (
    *(("helix", 1), ("spiral", 1), ("spiral", 2), ("roll", 2), ("mixture", 2), ("mixture", 4)),
    *(("low-rank", 3), ("factors", 6), ("counts", 1), ("counts", 2)),
    *(("digits", 2), ("digits", 5)),
)

# Weights that steps of another order of size have thrown about, and that are kept.
_RECKLESS = {"learning_rate": 3.0, "init": "random", "patience": 0, "epochs": 30}

PLANTS = (
    *_planted(
        "absurd-bound",
        "",
        _fit("roll", 2, **_RECKLESS, posterior="full_normal"),
        _fit("mixture", 3, **_RECKLESS, posterior="full_normal"),
        _fit("low-rank", 3, **_RECKLESS, posterior="full_normal"),
        _fit("cancer", 2, **_RECKLESS, posterior="full_normal"),
        _fit("helix", 2, **_RECKLESS, posterior="full_normal"),
    ),
    *_planted(
        "not-counts",
        f"{_LOST} {_MISFIT}",
        _fit("counts", 2, change=log_of_counts, epochs=60),
        _fit("genes", 2, change=log_of_shares, epochs=60),
        _fit("words", 2, change=root_of_counts, epochs=60),
        _fit("counts", 2, change=as_hundreds, epochs=60),
        _fit("wine", 2, change=as_scores, likelihood="poisson", epochs=60),
        _fit("roll", 2, change=as_scores, likelihood="negative_binomial", epochs=60),
    ),
    *_planted(
        "depth-latent",
        f"{_LOST} {_MISFIT}",
        _fit("counts", 2, change=with_depth),
        _fit("genes", 2, change=with_depth),
        _fit("words", 2, change=with_depth),
        _fit("gray", 2, change=with_depth_of_levels),
    ),
    *(Plant(data, settings={"latent_dim": latent_dim}) for data, latent_dim in _HEALTHY if data in DATA),
    *_planted(
        "data-scale",
        "overfit undertrained",
        _fit("wine", 2, change=with_constant, likelihood=_SHARED, epochs=700),
        _fit("low-rank", 3, change=with_constant, likelihood=_SHARED),
        _fit("cancer", 2, change=with_outliers),
        _fit("mixture", 2, change=with_outliers),
        _fit("wine", 2, change=with_outliers, epochs=700),
    ),
    *_planted(
        "tied-columns",
        _DEGENERATE,
        _fit("low-rank", 3, change=with_total),
        _fit("mixture", 2, change=with_other_unit),
        _fit("wine", 2, change=as_shares),
        _fit("helix", 1, change=as_shares),
        _fit("cancer", 2, change=with_indicators),
        _fit("spiral", 1, change=with_square),
        _fit("counts", 2, change=with_total),
    ),
    *_planted(
        "repeated-rows",
        _DEGENERATE,
        _fit("low-rank", 3, change=with_copies),
        _fit("mixture", 2, change=with_hot_deck),
        _fit("cancer", 2, change=with_copies),
        _fit("roll", 2, change=with_copies),
        _fit("gray", 5, change=with_hot_deck),
    ),
    *_planted(
        "support-mismatch",
        _LOST,
        _fit("wine", 2, likelihood=_TANH),
        _fit("roll", 2, likelihood=_SIGMOID),
        _fit("helix", 1, likelihood=_TANH),
        _fit("low-rank", 3, likelihood=_RELU),
    ),
    *_planted(
        "no-kl",
        "aggregate-mismatch overfit folded-latent scale-at-floor",  # an autoencoder needs no noise
        _fit("digits", 2, beta=0.0),
        _fit("helix", 1, beta=0.0),
        _fit("cancer", 2, posterior="point"),
        _fit("mixture", 2, posterior="point"),
        _fit("low-rank", 3, beta=0.001),
    ),
    *_planted(
        "scale-too-large",
        "inactive-units folded-latent",
        _fit("helix", 1, change=into_box, likelihood=_SQUARES),
        _fit("cancer", 2, change=into_box, likelihood=_SQUARES),
        _fit("spiral", 1, likelihood=_ONE),
        _fit("gray", 5, likelihood=_ONE),
        _fit("low-rank", 3, likelihood=_SQUARES),
        _fit("roll", 2, likelihood=_TEN),
    ),
    *_planted(
        "improper-likelihood",
        "inactive-units",
        _fit("gray", 5, likelihood=_ENTROPY),
        _fit("spiral", 1, change=into_box, likelihood=_ENTROPY),
        _fit("roll", 2, change=into_box, likelihood=_ENTROPY),
        _fit("cancer", 2, change=into_box, likelihood=_ENTROPY),
    ),
    *_planted(
        "kl-overweight",
        "inactive-units folded-latent amortization-gap",
        _fit("digits", 5, beta=20.0),
        _fit("low-rank", 3, beta=30.0, patience=0),
        _fit("low-rank", 3, beta=5.0, patience=0),
        _fit("mixture", 2, beta=10.0),
        _fit("counts", 2, beta=10.0),
        _fit("helix", 1, beta=50.0),
    ),
    *_planted(
        "collapse-trap",
        "inactive-units undertrained",
        _fit("spiral", 1, **_STUCK, likelihood=_WIDE),
        _fit("helix", 1, **_STUCK, likelihood=_WIDE),
        _fit("digits", 2, **_STUCK),
        _fit("low-rank", 3, **_STUCK, likelihood=_WIDE),
    ),
    *_planted(
        "noise-injection",
        _LOST,
        # Beside a linear map, which drops nothing, dropout does less harm.
        _fit("helix", 1, dropout=0.5, init="geodesic"),
        _fit("spiral", 1, dropout=0.2),
        _fit("low-rank", 3, dropout=0.5, init="random"),
        _fit("gray", 5, dropout=0.5, likelihood=_SHARED),
        _fit("roll", 2, dropout=0.5, init="geodesic"),
    ),
    *_planted(
        "undertrained",
        "amortization-gap aggregate-mismatch folded-latent still-rising worse-than-simple too-few-latents",
        _fit("digits", 5, **_LATE),
        _fit("low-rank", 3, **_LATE),
        _fit("cancer", 2, **_LATE),
        _fit("mixture", 2, **_LATE),
    ),
    *_planted(
        "still-rising",
        "undertrained amortization-gap aggregate-mismatch folded-latent worse-than-simple too-few-latents",
        _fit("digits", 5, init="linear", epochs=12),
        _fit("low-rank", 3, init="random", epochs=12),
        _fit("cancer", 2, init="random", epochs=12),
        _fit("gray", 5, init="random", epochs=12),
        _fit("factors", 6, init="random", epochs=12),
    ),
    *_planted(
        "overfit",
        # In 60 rows of a heavy-tailed column one may hold most of the variance.
        "aggregate-mismatch data-scale inactive-units scale-at-floor",
        _fit("cancer", 8, rows=60, **_RECALL),
        _fit("digits", 8, rows=80, **_RECALL),
        _fit("mixture", 5, rows=80, **_RECALL),
        _fit("wine", 5, rows=60, **_RECALL),
        _fit("gray", 8, rows=80, **_RECALL),
    ),
    *_planted(
        "worse-than-simple",
        f"{_LOST} overfit",
        _fit("low-rank", 3, likelihood=_FINE),
        _fit("mixture", 2, likelihood=_FINE),
        _fit("wine", 2, likelihood=_FINE, change=standardized),
        _fit("cancer", 2, likelihood=_FINE, change=standardized),
        _fit("gray", 5, likelihood=_FINER),
    ),
    *_planted(
        "too-few-latents",
        "",
        Plant("low-rank", settings={"latent_dim": 1}),
        Plant("factors", settings={"latent_dim": 2}),
        Plant("factors", settings={"latent_dim": 4}),
        Plant("walk", settings={"latent_dim": 2}),
        Plant("cancer", settings={"latent_dim": 2}),
    ),
    *_planted(
        "folded-latent",
        "amortization-gap undertrained",
        _fit("ring", 1, epochs=600),
        # A projection folds these by itself; from random weights a spiral comes out whole once in a while.
        _fit("spiral", 1, init="linear"),
        _fit("roll", 2, init="linear"),
        _fit("helix", 1, init="linear"),
        _fit("helix", 1, init="random"),
    ),
    *_planted(
        "aggregate-mismatch",
        # A hole is carved slowly, and an overfit posterior is too narrow.
        "overfit folded-latent undertrained scale-at-floor",
        # With patience the best epoch by the ELBO would be kept: one of the first.
        _fit("digits", 2, beta=0.05, patience=0),
        _fit("mixture", 2, beta=0.03, patience=0),
        _fit("digits", 5, beta=0.05, patience=0),
        _fit("spiral", 2, beta=0.03, patience=0),
        _fit("gray", 5),
    ),
    *_planted(
        "amortization-gap",
        "undertrained aggregate-mismatch overfit folded-latent",
        _fit("low-rank", 3, tamper=shift_encoder),
        _fit("digits", 5, tamper=shift_encoder),
        _fit("helix", 1, tamper=blur_encoder),
        _fit("mixture", 2, tamper=blur_encoder),
        _fit("spiral", 1, tamper=shift_encoder),
        _fit("cancer", 2, tamper=blur_encoder),
    ),
    *_planted(
        "scale-at-floor",
        "tied-columns",  # a plane without noise
        _fit("spiral", 1, change=without_noise(_spiral), likelihood=_FLOOR, epochs=600),
        _fit("helix", 1, change=without_noise(_helix), likelihood=_FLOOR, epochs=600),
        _fit("roll", 2, change=without_noise(_roll), likelihood=_FLOOR, epochs=600),
        _fit("low-rank", 3, change=without_noise(_low_rank), likelihood=_FLOOR, epochs=600),
    ),
    *_planted(
        "inactive-units",
        "overfit undertrained",
        _fit("low-rank", 20, init="random"),
        _fit("helix", 6, epochs=600),
        _fit("spiral", 4, epochs=600),
        _fit("roll", 5, epochs=600),
        _fit("ring", 4, epochs=600),
    ),
)
