"""The coded marginal of a column in NumPy: its distribution function and densities."""

import numpy as np
from scipy.special import ndtri

from elbax.core.distributions.histogram import describe
from elbax.data.grid import as_single
from elbax.types import Grid


class GridMarginal:
    """The marginal of a grid: shares of codes in the order of their values, uniform within each.

    Example:
        >>> from elbax.data.grid import make_grid
        >>> GridMarginal(make_grid(np.repeat([0.0, 1.0], 10))).middle(np.array([0.0, 1.0]))
        array([0.25, 0.75])
    """

    def __init__(self, grid: Grid):
        self.grid = grid
        points = grid.points if grid.step else as_single(grid.points)  # as rows are
        low, high = np.append(points, grid.low), np.append(points, grid.high)
        order = np.argsort(low)
        self.low, self.high, self.shares = low[order], high[order], grid.shares[order]
        self.ends = np.concatenate([[0.0], np.cumsum(self.shares)])
        self.ends[-1] = 1.0
        by_code, by_feature = describe(grid)
        inside, self._log_between, self._log_tail = by_feature[4:7]
        self._within = by_code[2][order] + inside

    def code(self, x: np.ndarray) -> np.ndarray:
        """The code of each value, or the nearest one before it."""
        slack = 0.5 * self.grid.step
        return np.clip(np.searchsorted(self.low - slack, x, side="right") - 1, 0, len(self.low) - 1)

    def is_coded(self, x: np.ndarray) -> np.ndarray:
        """Whether each value lies in a code."""
        code, slack = self.code(x), 0.5 * self.grid.step + 1e-6 * np.abs(x)
        return (x >= self.low[code] - slack) & (x <= self.high[code] + slack)

    def middle(self, x: np.ndarray) -> np.ndarray:
        """The distribution function at each value; at a point, in the middle of its step."""
        code = self.code(x)
        width = self.high[code] - self.low[code]
        position = np.where(width > 0, (x - self.low[code]) / np.where(width > 0, width, 1.0), 0.5)
        return self.ends[code] + self.shares[code] * np.clip(position, 0.0, 1.0)

    def score_ends(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Normal scores of the ends of each value's code."""
        code, scores = self.code(x), ndtri(self.ends)
        return scores[code], scores[code + 1]

    def log_within(self, x: np.ndarray) -> np.ndarray:
        """Log-densities within the code of each value, nats."""
        return self._within[self.code(x)]

    def log_rest(self, x: np.ndarray) -> np.ndarray:
        """Log-densities of values without a code, nats."""
        unit = self.grid.step or 1.0
        spread = (self.grid.maximum - self.grid.minimum) / unit or 1.0
        beyond = np.maximum(self.grid.minimum - x, x - self.grid.maximum) / unit
        far = np.maximum(beyond, 0.0) / spread
        nearer = np.maximum(far - (self.grid.step > 0) / spread, 0.0)
        tail = self._log_tail - np.log(spread) - np.log1p(far) - np.log1p(nearer)
        return np.where(beyond > 0, tail, self._log_between)
