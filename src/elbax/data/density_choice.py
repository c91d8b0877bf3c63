"""Choice of the likelihood of each column of a table by held-out density, given the other columns."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, gammaln, log_ndtr, ndtri

from elbax.core.likelihoods import (
    AbstractLikelihood,
    Histogram,
    LogNormal,
    Mixed,
    NegativeBinomial,
    Normal,
    Poisson,
    RoundedNormal,
    ZeroInflatedNegativeBinomial,
)
from elbax.data.grid import make_grid
from elbax.data.marginal import GridMarginal
from elbax.data.predictions import Predictions, predict
from elbax.data.repeats import row_groups
from elbax.data.schema import Schema
from elbax.data.smoothness import on_manifold
from elbax.data.subsample import evenly_spaced
from elbax.types import Grid

_MOST_ROWS = 4000
_FEWEST_ROWS = 20  # of a column, below which nothing is compared
_ERRORS = 2.0  # by which a family of more numbers must be ahead
_NATS_PER_NUMBER = 2.0  # and for each additional number, divided by the rows (Akaike 1974, for it and its slope)
_SHARE_BEYOND = 1e-3  # of a normal beyond bounds, up to which it suits values that have them
_FINE = 20.0  # steps of a lattice in a standard deviation, from which on a normal of real numbers is not rounded
_FOLDS = 4
_ON_A_LATTICE = ("integer", "datetime", "duration")  # kinds whose normals are rounded
_SHARES = 1 - np.append(np.linspace(1, 0.05, 20), np.geomspace(0.03, 1e-5, 12))  # of a score's variance, predicted


class DensityChoice(NamedTuple):
    """The likelihood of one column and why, in one phrase."""

    likelihood: AbstractLikelihood
    reason: str


class _Values(NamedTuple):
    """The observed rows of one column: values, predictions from the other columns, grid, folds, and weights."""

    x: np.ndarray
    predicted: dict[str, np.ndarray]  # of the value, its normal score, and its log: (m, predictors) each
    grid: Grid
    fold: np.ndarray
    weight: np.ndarray

    def of(self, rows: np.ndarray) -> "_Values":
        own = {name: array[rows] for name, array in self.predicted.items()}
        return _Values(self.x[rows], own, self.grid, self.fold[rows], self.weight[rows])

    @property
    def n(self) -> float:
        """The effective number of rows (Kish 1965)."""
        return 0.0 if not len(self.weight) else float(self.weight.sum() ** 2 / np.square(self.weight).sum())

    def mean(self, values: np.ndarray) -> float:
        """The weighted mean of one number for each row."""
        return float(np.average(values, weights=self.weight))

    def std(self, values: np.ndarray) -> float:
        """The square root of their weighted variance."""
        return float(np.sqrt(self.mean(np.square(values - self.mean(values)))))


class _Scored(NamedTuple):
    """A family, how many numbers it learns, and its held-out log-density of each row, nats, (m,)."""

    part: AbstractLikelihood
    numbers: int
    log_prob: np.ndarray


# A family fits values and returns the log-densities of others.
_Fit = Callable[[_Values, _Values], np.ndarray]


def choose_table_likelihood(
    schema: Schema, codes: np.ndarray, observed: np.ndarray | None = None, weights: np.ndarray | None = None
) -> tuple[AbstractLikelihood, str]:
    """The likelihood of a table with kinds: that of each column by held-out density, and the reasons.

    Columns of one family form one part. Levels are histograms. Rows that repeat more than by chance count as one with
    their weight together, so that none is held out from itself.

    Args:
        schema: of a table with grids.
        codes: training rows (n, d).
        observed: the mask of cells that are data, or None; gaps may hold any number, or NaN.
        weights: one number above 0 for each row; only ratios count.
    """
    observed = np.isfinite(codes) if observed is None else observed.astype(bool) & np.isfinite(codes)
    if schema.repeats.notable:
        codes, observed, weights = _merged(codes, observed, weights)
    grids, kinds = schema.summary.flat.grids, schema.kinds
    assert grids is not None  # of a table with kinds
    choices = choose_densities(codes, observed, grids, kinds, weights)
    groups: dict[str, list[int]] = {}
    for column, choice in enumerate(choices):
        groups.setdefault(choice.likelihood.name, []).append(column)
    parts = []
    for columns in groups.values():
        part = choices[columns[0]].likelihood
        sizes = tuple(grid.size for j in columns if (grid := grids[j]) is not None)
        parts.append(Histogram(sizes) if isinstance(part, Histogram) else part)
    listed = "; ".join(f"{schema.describe(j)}: {choice.reason}" for j, choice in enumerate(choices) if choice.reason)
    reason = f"by held-out density of each column given the others: {listed}" if listed else "all columns are levels"
    if len(parts) == 1:
        return parts[0], f"{type(parts[0]).__name__}, {reason}"
    return Mixed(tuple(parts), tuple(map(tuple, groups.values()))), f"Mixed, {reason}"


def choose_densities(
    codes: np.ndarray,
    observed: np.ndarray,
    grids: Sequence[Grid],
    kinds: Sequence[str],
    weights: np.ndarray | None = None,
) -> list[DensityChoice]:
    """The likelihood of each column (n, d) and why; columns of levels are histograms without a reason.

    Fits and held-out means are weighted. Whether rows lie on a curve or surface does not depend on weights.
    """
    rows = evenly_spaced(len(codes), _MOST_ROWS)
    weight = np.ones(len(rows)) if weights is None else np.asarray(weights, np.float64)[rows]
    x, seen = np.where(observed[rows], codes[rows], 0.0).astype(np.float64), observed[rows]
    numbers = [j for j, grid in enumerate(grids) if not grid.is_levels]
    choices = [DensityChoice(Histogram(), "")] * len(grids)
    if not numbers:
        return choices
    predictions = predict(x, seen, grids, _FOLDS, weight)
    real = [j for j in numbers if grids[j].step == 0 and not len(grids[j].points)]
    smooth = set(np.array(real)[on_manifold(x[:, real], seen[:, real])]) if len(real) > 1 else set()
    for j in numbers:
        if j in smooth:
            choices[j] = DensityChoice(Normal(), "normal, since rows lie on a smooth curve or surface")
        else:
            own = seen[:, j]
            choices[j] = _choose(_values(x[own, j], own, grids[j], predictions, j, weight[own]), kinds[j])
    return choices


def _merged(
    codes: np.ndarray, observed: np.ndarray, weights: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows without repetitions, in the order in which they first occur, and the sums of their weights."""
    groups = row_groups(np.hstack([np.where(observed, codes, 0.0), observed]))
    _, first, place = np.unique(groups, return_index=True, return_inverse=True)
    order = np.argsort(first)
    return codes[first[order]], observed[first[order]], np.bincount(place, weights)[order].astype(np.float64)


def _values(
    x: np.ndarray, seen: np.ndarray, grid: Grid, predictions: Predictions, column: int, weight: np.ndarray
) -> _Values:
    """The observed rows of a column, shuffled into folds."""
    predicted = {name: array[seen] for name, array in predictions.of(column).items()}
    return _Values(x, predicted, grid, predictions.fold[seen], weight)


def _choose(values: _Values, kind: str) -> DensityChoice:
    if not len(values.x):
        return DensityChoice(Histogram(), "histogram, since none of the rows that were compared has a value")
    families = _families(values, kind)
    if len(families) == 1:
        part = families[0][0]
        return DensityChoice(part, f"{part.name}, {_only_reason(values.grid, kind)}")
    if values.n < _FEWEST_ROWS:
        return DensityChoice(families[0][0], f"{families[0][0].name}, since fewer than {_FEWEST_ROWS} rows say nothing")
    scored = [_Scored(part, numbers, _held_out(fit, values)) for part, fit, numbers in families]
    best, rival = scored[0], None
    for other in scored[1:]:
        gain, error = _gain(other.log_prob, best.log_prob, values.weight)
        needed = _ERRORS * error + _NATS_PER_NUMBER * (other.numbers - best.numbers) / values.n
        if gain > needed:
            best, rival = other, best
        elif rival is None or values.mean(other.log_prob) > values.mean(rival.log_prob):
            rival = other
    assert rival is not None  # there are two families or more
    return DensityChoice(best.part, _reason(best, rival, values.weight))


def _reason(best: _Scored, rival: _Scored, weight: np.ndarray) -> str:
    gain, error = _gain(best.log_prob, rival.log_prob, weight)
    if not np.isfinite(gain):
        return f"{best.part.name}: {rival.part.name} gives some rows no density"
    direction = "above" if gain >= 0 else "below"
    simpler = ", which needs more numbers" if gain < 0 or gain < _ERRORS * error else ""
    margin = f"{abs(gain):.2f} ± {error:.2f} nats a row {direction} {rival.part.name}"
    return f"{best.part.name}: {margin}{simpler}, held out"


def _gain(one: np.ndarray, other: np.ndarray, weight: np.ndarray) -> tuple[float, float]:
    """The weighted mean gain of one over the other, nats a row, and its standard error."""
    with np.errstate(invalid="ignore"):
        difference, share = one - other, weight / weight.sum()
        gain = float(share @ difference)
        return gain, float(np.sqrt(np.square(share * (difference - gain)).sum()))


def _only_reason(grid: Grid, kind: str) -> str:
    if len(grid.points) and grid.step == 0:
        return "since some values have a probability of their own"
    return f"for {kind} values"


def _families(values: _Values, kind: str) -> list[tuple[AbstractLikelihood, _Fit, int]]:
    """The families that suit a column, simplest first, with the numbers that each learns."""
    grid = values.grid
    histogram = (Histogram(), _fit_histogram, grid.size)
    if kind == "spiked" and not (_is_whole(grid) and grid.minimum >= 0):
        return [histogram]
    if grid.step == 0 and len(grid.points):  # beside a probability, a density counts for nothing
        return [histogram]
    families: list[tuple[AbstractLikelihood, _Fit, int]] = []
    if kind in ("count", "spiked"):
        families += [(Poisson(), _fit_counts("poisson"), 1), (NegativeBinomial(), _fit_counts("dispersed"), 2)]
    if kind == "spiked":
        families.append((ZeroInflatedNegativeBinomial(), _fit_counts("inflated"), 3))
    can_be_normal = kind not in ("count", "spiked") or grid.minimum > 0
    has_bounds = kind in ("positive", "bounded", "count", *_ON_A_LATTICE)
    if can_be_normal and (not has_bounds or _keeps_bounds(values, kind)):
        families.append((_normal(values, kind), _fit_normal, 2))
    if kind == "positive" and grid.minimum > 0 and not _is_whole(grid):
        families.append((LogNormal(), _fit_log_normal, 2))
    return [*families, histogram]


def _is_whole(grid: Grid) -> bool:
    """Whether all values are whole numbers."""
    return grid.step > 0 and float(grid.step).is_integer() and float(grid.minimum).is_integer()


def _keeps_bounds(values: _Values, kind: str) -> bool:
    """Whether a normal around the predictions would hardly leave the range: that above zero, or that of the rows."""
    location, std = _linear(values, values, "value")
    own_range = kind == "bounded" or kind in _ON_A_LATTICE
    low, high = (values.grid.minimum, values.grid.maximum) if own_range else (0.0, np.inf)
    beyond = np.exp(log_ndtr((low - location) / std)) + np.exp(log_ndtr((location - high) / std))
    # About 2 in n values lie beyond the range of n others, whatever their distribution.
    most = max(_SHARE_BEYOND, 5 / values.n) if kind in _ON_A_LATTICE else _SHARE_BEYOND
    return values.mean(beyond) < most


def _normal(values: _Values, kind: str) -> AbstractLikelihood:
    """A normal, integrated over the steps of a lattice unless they are fractions too fine to matter."""
    step = values.grid.step
    if step == 0:
        return Normal()
    _, std = _linear(values, values, "value")
    is_fine = kind in ("real", "positive", "bounded") and not _is_whole(values.grid) and std > _FINE * step
    return Normal() if is_fine else RoundedNormal()


def _held_out(fit: _Fit, values: _Values) -> np.ndarray:
    """Log-densities of all rows, each by a fit to the other folds, nats, (m,)."""
    scores = np.empty(len(values.x))
    for fold in range(_FOLDS):
        test = values.fold == fold
        if test.any() and not test.all():
            scores[test] = fit(values.of(~test), values.of(test))
    return scores


def _linear(train: _Values, test: _Values, target: str) -> tuple[np.ndarray, float]:
    """Predictions of a target of test rows by a line in the predictions from other columns, and their error."""
    design = lambda values: np.column_stack([np.ones(len(values.x)), values.predicted[target]])  # noqa: E731
    y = np.log(np.maximum(train.x, 1e-38)) if target == "log" else train.x
    own, share = design(train), train.weight / train.weight.sum()
    moments = own.T @ (share[:, None] * own)
    line = np.linalg.solve(moments + 1e-6 * np.diag(np.diag(moments)), own.T @ (share * y))
    error = y - own @ line
    freedom = max(train.n - own.shape[1], 1) / train.n
    std = float(np.sqrt(share @ np.square(error) / freedom))
    return design(test) @ line, max(std, 1e-6 * train.std(y) + 1e-30)


def _fit_normal(train: _Values, test: _Values) -> np.ndarray:
    location, std = _linear(train, test, "value")
    step = train.grid.step
    residual = (test.x - location) / std
    if step == 0:
        return -0.5 * (np.log(2 * np.pi) + np.square(residual)) - np.log(std)
    return _log_interval(residual - step / (2 * std), residual + step / (2 * std))


def _fit_log_normal(train: _Values, test: _Values) -> np.ndarray:
    location, std = _linear(train, test, "log")
    log_x = np.log(np.maximum(test.x, 1e-38))
    log_prob = -0.5 * (np.log(2 * np.pi) + np.square((log_x - location) / std)) - np.log(std) - log_x
    return log_prob + np.log(train.grid.step or 1.0)  # on a lattice, about the mass of a step


def _fit_histogram(train: _Values, test: _Values) -> np.ndarray:
    """The marginal of the training rows, shifted by the predictions as a normal copula does.

    The latent score has a standard normal marginal: its prediction takes away from its variance.
    """
    marginal = GridMarginal(make_grid(train.x, train.weight))
    score = ndtri(np.clip(marginal.middle(train.x), 1e-9, 1 - 1e-9))
    own, other = (_linear(train._replace(x=score), values, "score")[0] for values in (train, test))
    center, variance = train.mean(own), max(train.std(own) ** 2, 1e-12)

    def log_mass(values: _Values, predicted: np.ndarray, share: float) -> np.ndarray:
        location = np.sqrt(share / variance) * (predicted - center)
        ends = ((end - location) / np.sqrt(1 - share) for end in marginal.score_ends(values.x))
        return _log_interval(*ends)

    best = max(_SHARES, key=lambda share: train.mean(log_mass(train, own, share)))
    mass = log_mass(test, other, best) + marginal.log_within(test.x)
    return np.where(marginal.is_coded(test.x), mass, marginal.log_rest(test.x))


def _log_interval(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """The log of Φ(high) - Φ(low), nats."""
    with np.errstate(all="ignore"):  # of the branch that is not taken, at infinite ends
        flip = low + high > 0
        low, high = np.where(flip, -high, low), np.where(flip, -low, high)
        top, bottom, width = log_ndtr(high), log_ndtr(low), high - low
        middle = -0.5 * (np.log(2 * np.pi) + np.square((low + high) / 2)) + np.log(np.maximum(width, 1e-300))
        wide = top + np.log(-np.expm1(np.minimum(bottom - top, -1e-300)))
        return np.where(width < 1e-5, middle, wide)


def _fit_counts(kind: str) -> _Fit:
    """Poisson, negative binomial, or that with additional zeros, around a log-linear function of the predictions."""

    def fit(train: _Values, test: _Values) -> np.ndarray:
        own, other = (values.predicted["log"].mean(axis=1) for values in (train, test))
        center, scale = train.mean(own), max(train.std(own), 1e-6)
        own, other = (own - center) / scale, (other - center) / scale
        start = [np.log(train.mean(train.x) + 1e-3), 0.0, 0.0, -2.0][
            : {"poisson": 2, "dispersed": 3, "inflated": 4}[kind]
        ]
        loss = lambda numbers: -train.mean(_log_counts(numbers, train.x, own))  # noqa: E731
        best = minimize(loss, start, method="L-BFGS-B", options={"maxiter": 60}).x
        return _log_counts(best, test.x, other)

    return fit


def _log_counts(numbers: np.ndarray, x: np.ndarray, eta: np.ndarray) -> np.ndarray:
    """Log-probabilities of counts under intercept, slope, log-dispersion and log-odds of additional zeros."""
    log_mean = np.clip(numbers[0] + numbers[1] * eta, -20, 40)
    if len(numbers) == 2:
        return x * log_mean - np.exp(log_mean) - gammaln(x + 1)
    r = np.exp(-np.clip(numbers[2], -7, 5))
    log_total = np.logaddexp(np.log(r), log_mean)
    log_prob = gammaln(x + r) - gammaln(r) - gammaln(x + 1) + r * (np.log(r) - log_total) + x * (log_mean - log_total)
    if len(numbers) == 3:
        return log_prob
    zero = expit(np.clip(numbers[3], -12, 12))
    with np.errstate(divide="ignore"):
        return np.logaddexp(np.log1p(-zero) + log_prob, np.where(x == 0, np.log(zero), -np.inf))
