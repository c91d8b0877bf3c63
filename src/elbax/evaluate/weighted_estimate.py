"""Log p(x) from importance weights: the estimate, its errors, and whether more samples would raise it."""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from scipy.special import logsumexp

from elbax.evaluate.estimate import Estimate

_DOUBLINGS = 3
_HEAVY = 0.7


@dataclass(frozen=True, eq=False)
class WeightedEstimate:
    """Estimates of log p(x), one a row, from K importance weights each.

    Attributes:
        each: log of the mean weight, nats, (n,); on average below log p(x) (arXiv 1509.00519).
        variance: Monte Carlo variance of ``each`` by the jackknife, which on average is not too small (Efron and Stein
            1981), nats², (n,).
        ess: effective sample size (Σ w)² / Σ w², between 1 and K, (n,).
        tail: shape k of the generalized Pareto distribution of the largest weights, (n,); above 0.7 a few weights
            decide, and errors from ``ess`` are too small (arXiv 1507.02646). NaN below 20 samples.
        counts: numbers of samples K, K/2, K/4, …, increasing, (m,).
        bounds: the bound with each of ``counts`` samples, from the same samples, nats, (n, m).
    """

    each: np.ndarray
    variance: np.ndarray
    ess: np.ndarray
    tail: np.ndarray
    counts: np.ndarray
    bounds: np.ndarray

    @classmethod
    def of(cls, log_weights: np.ndarray) -> Self:
        """Estimate from log-weights (n, K), nats.

        Example:
            >>> found = WeightedEstimate.of(np.log([[1.0, 3.0]]))
            >>> np.exp(found.each).round(6).tolist(), found.ess.round(6).tolist()
            ([2.0], [1.6])
        """
        log_weights = np.asarray(log_weights, np.float64)
        k = log_weights.shape[1]
        total = logsumexp(log_weights, axis=1)
        counts = np.unique(k // 2 ** np.arange(int(np.log2(k)) + 1))
        bounds = np.stack([_bound(log_weights, int(count)) for count in counts], axis=1)
        share = np.exp(log_weights - total[:, None])
        # A lone sample that outweighs all others counts as if these had a K-th of the weight.
        without = np.log1p(-np.minimum(share, 1 - 1 / k)) if k > 1 else np.zeros_like(share)
        variance = (k - 1) * without.var(axis=1)
        ess = 1 / np.square(share).sum(axis=1)
        return cls(total - np.log(k), variance, ess, pareto_shape(log_weights), counts, bounds)

    @classmethod
    def joined(cls, parts: list[Self]) -> Self:
        """Put the rows of several estimates with equal numbers of samples together."""
        names = [field.name for field in fields(cls) if field.name != "counts"]
        joined = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
        return cls(counts=parts[0].counts, **joined)

    @property
    def k(self) -> int:
        """How many samples of each row."""
        return int(self.counts[-1])

    @property
    def mean(self) -> Estimate:
        """The mean over rows; its standard error is that of the choice of rows."""
        return Estimate.of(self.each)

    @property
    def monte_carlo_error(self) -> float:
        """Standard error of the mean due to the samples alone, nats."""
        return float(np.sqrt(self.variance.sum()) / len(self.each))

    @property
    def bias(self) -> float:
        """About how far the mean lies below log p(x): half the rows' Monte Carlo variance (arXiv 1808.09034)."""
        return max(0.5 * float(self.variance.mean()), self.convergence.most)

    @property
    def interval(self) -> tuple[float, float]:
        """Where the exact mean of log p over these rows lies, at least 95% of the time, nats."""
        value, error = float(self.each.mean()), 2 * self.monte_carlo_error
        return value - error, value + self.bias + error

    @property
    def convergence(self) -> "Convergence":
        """Whether more samples would raise the bound."""
        return Convergence.of(self.bounds)

    @property
    def heavy_share(self) -> float:
        """Share of the rows whose weights have a tail so heavy that errors cannot be trusted."""
        return float(np.mean(self.tail > _HEAVY))


@dataclass(frozen=True)
class Convergence:
    """What the bound would still gain with more samples, judged by its last doublings.

    The gap to log p(x) shrinks as 1/K (arXiv 1808.09034), so the last doubling's gain equals what is left; where
    gains shrink more slowly than by half, what is left is the sum of the geometric series that they begin, at most nine
    times the last; nineteen times for ``most``.

    Attributes:
        last: nats gained by the last doubling of K, mean over rows.
        rest: nats that are left to gain, judged by up to three doublings: two alone are mostly noise.
        most: the same as the last two alone would have it, where that is more; for intervals that must hold.
    """

    last: float
    rest: float
    most: float

    @classmethod
    def of(cls, bounds: np.ndarray) -> "Convergence":
        """Judge bounds (n, m) of m doublings of K; nothing is left where there are fewer than three.

        Example:
            >>> Convergence.of(np.array([[-4.0, -2.0, -1.0]])).rest
            1.0
        """
        if bounds.shape[1] < 3:
            return cls(0.0, 0.0, 0.0)
        gains = np.maximum(np.diff(bounds[:, -_DOUBLINGS - 1 :].mean(axis=0)), 0.0)
        last = float(gains[-1])

        def left(first: float, steps: int, largest: float) -> float:
            ratio = float(np.clip((last / first) ** (1 / steps) if first > 0 else 0.5, 0.5, largest))
            return last * ratio / (1 - ratio)

        rest = left(gains[0], len(gains) - 1, 0.9)
        return cls(last, rest, max(rest, left(gains[-2], 1, 0.95)))


def pareto_shape(log_weights: np.ndarray) -> np.ndarray:
    """Shape k̂ of a generalized Pareto fitted to each row's largest weights, (n, K) → (n,) (arXiv 1507.02646).

    The min(K/5, 3√K) largest weights are fitted by the quasi-Bayesian estimate of Zhang and Stephens (2009), and k̂ is
    drawn towards 1/2 as if by ten more weights. Weights have a variance where k < 1/2 and a mean where k < 1.

    Example:
        >>> log_weights = np.random.default_rng(0).exponential(0.3, (4, 100_000))  # a Pareto tail of shape 0.3
        >>> np.abs(pareto_shape(log_weights) - 0.3).max() < 0.1
        np.True_
    """
    n, k = log_weights.shape
    m = int(min(k / 5, 3 * np.sqrt(k)))
    if m < 5 or k < 20:
        return np.full(n, np.nan)
    top = np.partition(log_weights, k - m - 1, axis=1)[:, k - m - 1 :]
    top = np.sort(np.exp(top - top.max(axis=1, keepdims=True)), axis=1)
    excess = np.maximum(top[:, 1:] - top[:, :1], 1e-300)  # (n, m), increasing
    grid = 30 + int(np.sqrt(m))
    spread = 1 - np.sqrt(grid / (np.arange(1, grid + 1) - 0.5))  # (grid,)
    quartile = excess[:, int(m / 4 + 0.5) - 1]
    b = 1 / excess[:, -1:] + spread / (3 * quartile[:, None])  # (n, grid)
    shape = np.log1p(-b[:, :, None] * excess[:, None]).mean(axis=2)  # (n, grid)
    log_likelihood = m * (np.log(-b / shape) - shape - 1)
    weight = np.exp(log_likelihood - logsumexp(log_likelihood, axis=1, keepdims=True))
    best = (b * weight).sum(axis=1, keepdims=True)
    found = np.log1p(-best * excess).mean(axis=1)
    return (m * found + 5) / (m + 10)


def _bound(log_weights: np.ndarray, count: int) -> np.ndarray:
    """The bound with fewer samples, averaged over groups that share none, (n,)."""
    groups = log_weights.shape[1] // count
    grouped = log_weights[:, : groups * count].reshape(len(log_weights), groups, count)
    return logsumexp(grouped, axis=2).mean(axis=1) - np.log(count)
