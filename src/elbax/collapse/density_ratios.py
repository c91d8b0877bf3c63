"""Log density ratios of decoder outputs to the best constant output."""

from abc import ABC, abstractmethod
from math import inf

import numpy as np

from elbax.core.likelihoods.noise_factors import times_covariance


class AbstractDensityRatios(ABC):
    """log p(x_i|y) - log p(x_i|m) of every row i, nats, as a function of the step v from the best constant m to y.

    A step has one coordinate per free output, scaled so that the rows' mean log-density falls by about |v|²/2 near m.
    All is float64, since the compared numbers are equal in float32.
    """

    scores: np.ndarray  # gradient of each row's log-ratio at v = 0, (n, k)
    information: np.ndarray  # minus the second derivative of the mean log-ratio at 0, per free feature, (k / P, P, P)
    lower: np.ndarray  # smallest useful step, (k,); -inf if unknown
    upper: np.ndarray  # largest useful step, (k,); inf if unknown
    separable: bool  # whether a log-ratio is a sum over coordinates
    cost: float  # elementary functions per evaluation

    @abstractmethod
    def log_ratio(self, v: np.ndarray) -> np.ndarray:
        """Log-ratios of every row for steps (s, k): (s, n)."""

    @abstractmethod
    def value_and_gradient(self, v: np.ndarray, weight: float) -> tuple[float, np.ndarray]:
        """Log D at one step, with log-ratios divided by ``weight``, and its gradient (k,)."""

    @abstractmethod
    def mean(self, v: np.ndarray) -> np.ndarray:
        """The decoder mean at one step, in the data's own units, (*event,)."""


def log_d(log_ratio: np.ndarray, weight: float | np.ndarray = 1.0) -> np.ndarray:
    """Log of D, the mean over rows (the last axis) of exp(log-ratio / weight)."""
    # SciPy's logsumexp takes five to ten times as long, and a search calls this thousands of times.
    scaled = log_ratio / weight
    top = scaled.max(axis=-1, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        return np.log(np.exp(scaled - top).mean(axis=-1)) + top[..., 0]


class NormalDensityRatios(AbstractDensityRatios):
    """Normals of fixed scale (*event,) for rows x (n, *event): the log-ratio is v·z - |v|²/2 with z = (x - m) / scale.

    Scales are in the data's own units; ``output_range`` is the interval of possible decoder means.
    """

    separable = True

    def __init__(self, x: np.ndarray, scale: np.ndarray, output_range: tuple[float, float] = (-inf, inf)):
        flat = x.reshape(len(x), -1)
        low, high = flat.min(axis=0), flat.max(axis=0)
        # No mean outside a column's range is optimal, and for a constant column all outputs are equal.
        self._moving = low < high
        self._constant = np.clip(x.mean(axis=0), *output_range)
        self._unit = np.broadcast_to(scale, x.shape[1:]).ravel()[self._moving]
        origin = self._constant.ravel()[self._moving]
        self.scores = (flat[:, self._moving] - origin) / self._unit
        ends = (np.clip(end[self._moving], *output_range) for end in (low, high))
        self.lower, self.upper = ((end - origin) / self._unit for end in ends)
        self.information = np.ones((len(origin), 1, 1))
        self.cost = self.scores.size / 50  # a matmul is cheaper than elementary functions

    def log_ratio(self, v: np.ndarray) -> np.ndarray:
        return v @ self.scores.T - 0.5 * np.square(v).sum(axis=1, keepdims=True)

    def value_and_gradient(self, v: np.ndarray, weight: float) -> tuple[float, np.ndarray]:
        log_ratio = self.log_ratio(v[None])[0]
        value = float(log_d(log_ratio, weight))
        share = np.exp(log_ratio / weight - value) / len(log_ratio)  # weights of mean shift
        return value, (share @ self.scores - v) / weight

    def mean(self, v: np.ndarray) -> np.ndarray:
        mean = self._constant.astype(np.float64)
        mean.reshape(-1)[self._moving] += v * self._unit
        return mean


class CorrelatedDensityRatios(NormalDensityRatios):
    """Normals whose noise has factors, for rows x (n, d): those of independent normals, after whitening the rows.

    Args:
        x: rows.
        scale: standard deviations of the noise without its factors, (d,).
        loadings: of the factors, in units of the scale, (d, K).
    """

    def __init__(self, x: np.ndarray, scale: np.ndarray, loadings: np.ndarray):
        self._average, self._scale, self._loadings = x.mean(axis=0), scale, loadings
        super().__init__(times_covariance((x - self._average) / scale, loadings, -0.5), np.ones_like(scale))

    def mean(self, v: np.ndarray) -> np.ndarray:
        whitened = super().mean(v)[None]
        return self._average + self._scale * times_covariance(whitened, self._loadings, 0.5)[0]
