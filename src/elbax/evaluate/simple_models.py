"""Simple models of the training rows, by which a VAE's log-likelihood is judged."""

from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np

from elbax.core.likelihoods import AbstractLikelihood
from elbax.core.likelihoods.base import row_log_probs
from elbax.core.likelihoods.location_scale import LocationScale
from elbax.core.log_ratios import LogRatios, log_jacobian
from elbax.data import evenly_spaced, most_in_memory
from elbax.data.grid import with_shares_of
from elbax.evaluate.factor_analysis import choose_rank, factor_analysis, full_normal, independent, ppca
from elbax.evaluate.linear_gaussian import LinearGaussian
from elbax.types import Batch, Grid, Summary

FULL_NORMAL, INDEPENDENT = "full normal", "independent columns"

_MOST_NUMBERS, _MOST_ROWS = 8_000_000, 20_000  # of the training rows that are used
_MOST_SEARCHED = 1_000_000  # numbers of the rows by which the number of factors is chosen
_FEW_ROWS, _MANY_COLUMNS = 1000, 1000  # so many rows of so many columns


class SimpleLogProbs(NamedTuple):
    """Log-densities of rows under one simple model.

    Attributes:
        name: the model.
        latents: their number, or None for a model without.
        log_prob: nats, (n,).
    """

    name: str
    latents: int | None
    log_prob: np.ndarray

    @property
    def title(self) -> str:
        """Name and latents."""
        return self.name if self.latents is None else f"{self.name}, {self.latents} latent{'s' * (self.latents != 1)}"


def constant_log_density(
    likelihood: AbstractLikelihood,
    summary: Summary,
    rows: Batch,
    log_ratios: tuple[LogRatios, ...] = (),
    exposure: np.ndarray | None = None,
) -> float:
    """Mean log-density of observed cells under the best constant decoder, nats per row; fits learned noise too.

    It is one of shares, where features are their ``log_ratios``, and of rows at the logs of their ``exposure``.
    """
    x, summary = _flat(rows.x), summary.flat
    total = float(_log_jacobian(log_ratios, x).mean())
    observed = None if rows.observed is None else _flat(rows.observed).astype(bool)
    exposures = None if exposure is None else (exposure, None)
    for part, columns in likelihood.for_columns(x.shape[1]):
        own = summary.of(list(columns)), x[:, list(columns)], None if observed is None else observed[:, list(columns)]
        if part.n_factors:
            total += _with_factors(part, *own)
        else:
            total += float(part.constant_log_probs(*own, exposures=exposures).mean())
    return total


def _with_factors(
    likelihood: AbstractLikelihood, summary: Summary, x: np.ndarray, observed: np.ndarray | None
) -> float:
    """Mean log-density under the mean and noise factors of the rows; cells that were not observed count as the mean."""
    noise = likelihood.location_scale
    assert noise is not None  # noise with factors has a scale
    if noise.scale == "network":
        likelihood = likelihood.with_location_scale(noise.with_free_scale(1.0))
    filled = x if observed is None else np.where(observed, x, summary.mean)
    model = fit_factors(likelihood, filled, np.asarray(summary.unit), int(likelihood.n_factors), new_rows=False)
    likelihood = likelihood.with_noise(model.scale, model.loadings)
    return float(row_log_probs(likelihood, likelihood.initial_outputs(summary), x, observed).mean())


def fit_factors(
    likelihood: AbstractLikelihood,
    x: np.ndarray,
    unit: np.ndarray,
    rank: int,
    *,
    weights: np.ndarray | None = None,
    new_rows: bool = True,
) -> LinearGaussian:
    """Factor analysis of rows (n, d) with noise of the kind and the floor that a likelihood with a scale has."""
    noise = likelihood.location_scale
    assert noise is not None
    floor = np.broadcast_to(np.asarray(noise.floors, np.float64), unit.shape) * unit
    fit = ppca if noise.scale == "shared" else factor_analysis
    return fit(x, rank, weights=weights, unit=unit, floor=floor, new_rows=new_rows)


@dataclass(frozen=True, eq=False)
class SimpleModels:
    """Simple models of training rows, to score some rows in the units of the VAE's densities.

    They are independent columns, the best constant of the likelihood or of a normal; and, for columns with densities,
    probabilistic PCA, factor analysis, and a normal with full covariance. Other columns keep their best constant. At
    most 20,000 training rows are used, and 1,000 where rows have more than 1,000 columns.

    Attributes:
        constant: log-densities of the rows under the likelihood's best constant, nats, (n,); None if it has none.
        rest: those of the columns without densities alone, with the Jacobians of log-ratios, (n,).
        train: training rows, columns with densities only; None where no other model can be compared.
        weights: weights of the training rows, or None.
        x: the rows, likewise.
        unit: units of these columns.
        floor: least standard deviations of their noise, which are the likelihood's by default.
        note: what is left out and why, or an empty text.
    """

    constant: np.ndarray | None
    rest: np.ndarray
    train: np.ndarray | None
    weights: np.ndarray | None
    x: np.ndarray
    unit: np.ndarray
    floor: np.ndarray
    note: str

    @classmethod
    def of(
        cls,
        likelihood: AbstractLikelihood,
        summary: Summary,
        train: np.ndarray | Batch,
        rows: Batch,
        *,
        weights: np.ndarray | None = None,
        log_ratios: tuple[LogRatios, ...] = (),
        exposures: tuple[np.ndarray | None, np.ndarray | None] = (None, None),
    ) -> Self:
        """Choose the columns of rows that simple models of ``train``, with ``weights``, can be compared on.

        ``exposures`` are the logs of those of the rows and of ``train``, for counts.
        """
        there = train.observed if isinstance(train, Batch) else None
        has_gaps = there is not None
        train = train.x if isinstance(train, Batch) else train
        chosen = evenly_spaced(len(train), _most_rows(train))
        x, train, weights = (
            _flat(rows.x),
            _flat(train[chosen]),
            None if weights is None else np.asarray(weights)[chosen],
        )
        cells = None if there is None else _flat(np.asarray(there)[chosen])
        summary, rest = _of_rows(summary.flat, train, weights, cells), _log_jacobian(log_ratios, x)
        nothing = {"rest": rest, "train": None, "weights": None, "x": x, "unit": summary.unit, "floor": summary.unit}
        if not likelihood.proper:
            return cls(None, **nothing, note="the likelihood is a loss, not a density, so nothing is comparable")
        observed = None if rows.observed is None else _flat(rows.observed).astype(bool)
        own = None if exposures[0] is None or exposures[1] is None else (exposures[0], exposures[1][chosen])
        # Where training rows have gaps, a learned scale is fitted to the rows themselves.
        constant = likelihood.constant_log_probs(summary, x, observed, None if has_gaps else train, own) + rest
        if observed is not None or has_gaps:
            return cls(constant, **nothing, note="other simple models need rows without missing values")
        dense = np.array([not likelihood.has_masses(column) for column in range(x.shape[1])])
        if not dense.any():
            note = "the columns have probabilities, which do not compare with the densities of other simple models"
            return cls(constant, **nothing, note=note)
        if not dense.all():
            rest = rest + likelihood.constant_log_probs(summary, x, np.broadcast_to(~dense, x.shape), train, own)
        summary = summary.of(dense)
        unit = np.asarray(summary.unit, np.float64)
        floors = LocationScale("feature", 1.0, "identity").prepare(summary).floors
        note = "" if dense.all() else "columns with probabilities, such as integers, keep their best constant"
        floors = np.asarray(floors, np.float64) * unit
        return cls(constant, rest, train[:, dense], weights, x[:, dense], unit, floors, note)

    def log_probs(self, latent_dim: int) -> list[SimpleLogProbs]:
        """Score the rows by each model, with ``latent_dim`` latents where it has any."""
        scores = [] if self.constant is None else [SimpleLogProbs(INDEPENDENT, None, self.constant)]
        if self.train is None:
            return scores
        marginals = self.rest + independent(self.train, weights=self.weights, floor=self.floor).log_prob(self.x)
        if marginals.mean() > scores[0].log_prob.mean():  # the likelihood's own noise may be fixed
            scores = [SimpleLogProbs(INDEPENDENT, None, marginals)]
        models = [
            (ppca(self.train, latent_dim, weights=self.weights, unit=self.unit, floor=self.floor), latent_dim),
            (factor_analysis(self.train, latent_dim, weights=self.weights, floor=self.floor), latent_dim),
            (full_normal(self.train, weights=self.weights, floor=self.floor), None),
        ]
        return scores + [SimpleLogProbs(model.name, k, self.rest + model.log_prob(self.x)) for model, k in models]

    def latents_needed(self, latent_dim: int) -> tuple[int, float]:
        """The number of factors, at least ``latent_dim``, that the rows ask for, and their mean log-density, nats."""
        if self.train is None:
            raise ValueError("no factor analysis of these columns")
        chosen = evenly_spaced(len(self.train), max(_FEW_ROWS, _MOST_SEARCHED // self.train.shape[1]))
        weights = None if self.weights is None else self.weights[chosen]
        rank = choose_rank(self.train[chosen], self.x, latent_dim, weights=weights, floor=self.floor)
        model = factor_analysis(self.train, rank, weights=self.weights, floor=self.floor)
        log_prob = self.rest + model.log_prob(self.x)
        return rank, float(log_prob.mean())


def _of_rows(summary: Summary, train: np.ndarray, weights: np.ndarray | None, cells: np.ndarray | None) -> Summary:
    """The summary with mean, spread and shares of the training rows' observed cells: not of those scored."""
    counted = np.ones(len(train)) if weights is None else weights
    shares = counted[:, None] if cells is None else counted[:, None] * cells
    shares = shares / np.maximum(shares.sum(axis=0), 1e-12)
    mean = (shares * train).sum(axis=0, dtype=np.float64)
    std = np.sqrt((shares * np.square(train - mean)).sum(axis=0))
    if summary.grids is None:
        return summary._replace(mean=mean, std=std)

    def of_rows(column: int, grid: Grid) -> Grid:
        rows = np.ones(len(train), bool) if cells is None else cells[:, column].astype(bool)
        return with_shares_of(grid, train[rows, column], None if weights is None else weights[rows])

    grids = tuple(grid and of_rows(column, grid) for column, grid in enumerate(summary.grids))
    return summary._replace(mean=mean, std=std, grids=grids)


def _most_rows(train: np.ndarray) -> int:
    d = int(np.prod(train.shape[1:]))
    most = min(_FEW_ROWS if d > _MANY_COLUMNS else _MOST_ROWS, max(_FEW_ROWS, _MOST_NUMBERS // d))
    return most_in_memory(train, most)


def _flat(x: np.ndarray) -> np.ndarray:
    return np.asarray(x).reshape(len(x), -1)


def _log_jacobian(log_ratios: tuple[LogRatios, ...], x: np.ndarray) -> np.ndarray:
    return np.asarray(log_jacobian(log_ratios, x.astype(np.float32))) if log_ratios else np.zeros(len(x))
