"""Means over rows with standard errors, and log p(x) from importance weights."""

from dataclasses import dataclass, fields
from math import sqrt
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logsumexp
from scipy.stats import t

_DOUBLINGS = 3
_HEAVY = 0.7


class Estimate(NamedTuple):
    """A mean over rows with its standard error, in nats per row unless its name says otherwise."""

    mean: float
    error: float
    rows: int

    @classmethod
    def of(cls, values: ArrayLike, weights: np.ndarray | None = None) -> Self:
        """Average one value per row, with weights if rows have them.

        Example:
            >>> Estimate.of([1.0, 3.0])
            Estimate(mean=2.0, error=1.0, rows=2)
        """
        values = np.asarray(values, dtype=float)
        if weights is not None:
            share = np.asarray(weights, float) / np.sum(weights)
            mean = float(share @ values)
            error = sqrt(np.square(share * (values - mean)).sum() * len(values) / max(len(values) - 1, 1))
            return cls(mean, error if len(values) > 1 else float("nan"), len(values))
        error = values.std(ddof=1) / sqrt(len(values)) if len(values) > 1 else float("nan")
        return cls(float(values.mean()), float(error), len(values))

    @property
    def half_width(self) -> float:
        """Half of the 95% interval of the mean (Student's t)."""
        return float(t.ppf(0.975, max(self.rows - 1, 1))) * self.error

    def text(self, sign: str = "") -> str:
        """Mean and error with two decimals; ``sign`` "+" writes a plus as well.

        Example:
            >>> Estimate(-1.5, 0.25, 9).text()
            '−1.50 ± 0.25'
        """
        return f"{self.mean:{sign}.2f} ± {self.error:.2f}".replace("-", "−")


@dataclass(frozen=True, eq=False)
class WeightedEstimate:
    """Estimates of log p(x) from K importance weights per row.

    Attributes:
        log_likelihood: log of the mean weight, nats, (n,); its expectation is below log p(x) (arXiv 1509.00519).
        variance: Monte Carlo variance of ``log_likelihood``, nats², (n,), by the jackknife, which is not too small on
            average (Efron and Stein 1981).
        ess: effective sample size (Σ w)² / Σ w², between 1 and K, (n,).
        tail: shape k of a generalized Pareto fitted to the largest weights, (n,). Above 0.7 a few weights dominate and
            errors from ``ess`` are too small (arXiv 1507.02646). NaN below 20 samples.
        counts: sample counts K, K/2, K/4, …, increasing, (m,).
        bounds: the bound for each of ``counts``, from the same samples, nats, (n, m).
    """

    log_likelihood: np.ndarray
    variance: np.ndarray
    ess: np.ndarray
    tail: np.ndarray
    counts: np.ndarray
    bounds: np.ndarray

    @classmethod
    def of(cls, log_weights: np.ndarray) -> Self:
        """Estimate from log-weights (n, K), nats.

        Example:
            >>> estimate = WeightedEstimate.of(np.log([[1.0, 3.0]]))
            >>> np.exp(estimate.log_likelihood).round(6).tolist(), estimate.ess.round(6).tolist()
            ([2.0], [1.6])
        """
        log_weights = np.asarray(log_weights, np.float64)
        k = log_weights.shape[1]
        total = logsumexp(log_weights, axis=1)
        counts = np.unique(k // 2 ** np.arange(int(np.log2(k)) + 1))
        bounds = np.stack([_bound(log_weights, int(count)) for count in counts], axis=1)
        share = np.exp(log_weights - total[:, None])
        # Shares are capped at 1 - 1/K, so that a single dominant sample leaves the jackknife finite.
        left_out = np.log1p(-np.minimum(share, 1 - 1 / k)) if k > 1 else np.zeros_like(share)
        variance = (k - 1) * left_out.var(axis=1)
        ess = 1 / np.square(share).sum(axis=1)
        return cls(total - np.log(k), variance, ess, pareto_shape(log_weights), counts, bounds)

    @classmethod
    def concatenate(cls, parts: list[Self]) -> Self:
        """Concatenate the rows of estimates with equal numbers of samples."""
        names = [field.name for field in fields(cls) if field.name != "counts"]
        arrays = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
        return cls(counts=parts[0].counts, **arrays)

    @property
    def k(self) -> int:
        """Samples per row."""
        return int(self.counts[-1])

    @property
    def mean(self) -> Estimate:
        """The mean over rows; its standard error is due to the sampling of rows."""
        return Estimate.of(self.log_likelihood)

    @property
    def monte_carlo_error(self) -> float:
        """Standard error of the mean due to importance sampling, nats."""
        return float(np.sqrt(self.variance.sum()) / len(self.variance))

    @property
    def bias(self) -> float:
        """Estimated distance of the mean below log p(x): half the Monte Carlo variance (arXiv 1808.09034)."""
        return max(0.5 * float(self.variance.mean()), self.convergence.most)

    @property
    def interval(self) -> tuple[float, float]:
        """Interval of the exact mean of log p(x) over these rows, nats; coverage at least 95%."""
        value, error = float(self.log_likelihood.mean()), 2 * self.monte_carlo_error
        return value - error, value + self.bias + error

    @property
    def convergence(self) -> "Convergence":
        """Whether more samples would raise the bound."""
        return Convergence.of(self.bounds)

    @property
    def heavy_share(self) -> float:
        """Share of rows whose weights have a heavy tail, so that their errors are unreliable."""
        return float(np.mean(self.tail > _HEAVY))


@dataclass(frozen=True)
class Convergence:
    """How much more samples would raise the bound, extrapolated from its last doublings.

    The gap to log p(x) shrinks as 1/K (arXiv 1808.09034), so the remaining gain equals that of the last doubling. If
    gains shrink more slowly than by half, it is the sum of their geometric series, at most nine times the last gain
    (nineteen times for ``most``).

    Attributes:
        rest: remaining gain, nats, judged by up to three doublings, since two are mostly noise.
        most: remaining gain judged by the last two doublings if that is more; for intervals with guaranteed coverage.
    """

    rest: float
    most: float

    @classmethod
    def of(cls, bounds: np.ndarray) -> Self:
        """Extrapolate bounds (n, m) of m doublings of K; with fewer than three the remaining gain is 0.

        Example:
            >>> Convergence.of(np.array([[-4.0, -2.0, -1.0]])).rest
            1.0
        """
        if bounds.shape[1] < 3:
            return cls(0.0, 0.0)
        gains = np.maximum(np.diff(bounds[:, -_DOUBLINGS - 1 :].mean(axis=0)), 0.0)
        last = float(gains[-1])

        def remaining(first: float, steps: int, largest: float) -> float:
            ratio = float(np.clip((last / first) ** (1 / steps) if first > 0 else 0.5, 0.5, largest))
            return last * ratio / (1 - ratio)

        rest = remaining(gains[0], len(gains) - 1, 0.9)
        return cls(rest, max(rest, remaining(gains[-2], 1, 0.95)))


def pareto_shape(log_weights: np.ndarray) -> np.ndarray:
    """Shape k̂ of a generalized Pareto fitted to each row's largest weights, (n, K) → (n,) (arXiv 1507.02646).

    The min(K/5, 3√K) largest weights are fitted by the quasi-Bayesian estimate of Zhang and Stephens (2009), and k̂ is
    shrunk toward 1/2 with the weight of ten samples. Weights have a variance if k < 1/2 and a mean if k < 1.
    """
    n, k = log_weights.shape
    m = int(min(k / 5, 3 * np.sqrt(k)))
    if m < 5 or k < 20:
        return np.full(n, np.nan)
    top = np.partition(log_weights, k - m - 1, axis=1)[:, k - m - 1 :]
    top = np.sort(np.exp(top - top.max(axis=1, keepdims=True)), axis=1)
    excess = np.maximum(top[:, 1:] - top[:, :1], 1e-300)  # (n, m), increasing
    grid = 30 + int(np.sqrt(m))
    offsets = 1 - np.sqrt(grid / (np.arange(1, grid + 1) - 0.5))  # (grid,)
    quartile = excess[:, int(m / 4 + 0.5) - 1]
    b = 1 / excess[:, -1:] + offsets / (3 * quartile[:, None])  # (n, grid)
    shape = np.log1p(-b[:, :, None] * excess[:, None]).mean(axis=2)  # (n, grid)
    log_posterior = m * (np.log(-b / shape) - shape - 1)
    weight = np.exp(log_posterior - logsumexp(log_posterior, axis=1, keepdims=True))
    mean_b = (b * weight).sum(axis=1, keepdims=True)
    return (m * np.log1p(-mean_b * excess).mean(axis=1) + 5) / (m + 10)


def _bound(log_weights: np.ndarray, count: int) -> np.ndarray:
    """The bound with ``count`` samples, averaged over disjoint groups, (n,)."""
    groups = log_weights.shape[1] // count
    grouped = log_weights[:, : groups * count].reshape(len(log_weights), groups, count)
    return logsumexp(grouped, axis=2).mean(axis=1) - np.log(count)


def clipped_mean(gains: np.ndarray, weights: np.ndarray | None = None) -> float:
    """Mean of gains of rows, each at most as far as the hundredth that are farthest to its side.

    In columns that hardly vary, linear models give single rows log-densities that would decide any other mean.

    Example:
        >>> clipped_mean(np.array([1.0] * 199 + [-1e6]))
        1.0
    """
    low, high = np.quantile(gains, 0.01, method="lower"), np.quantile(gains, 0.99, method="higher")
    return float(np.average(np.clip(gains, low, high), weights=weights))
