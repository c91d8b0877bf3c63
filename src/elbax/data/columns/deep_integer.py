"""Pixels of more than 8 bits."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from elbax.core.likelihoods import DiscretizedLogistic
from elbax.data.column_statistics import Statistics
from elbax.data.columns.base import AbstractColumn, Proposal
from elbax.data.columns.real import propose_normal
from elbax.data.subsample import evenly_spaced

_BYTE, _TOP = 255, 2**16 - 1
_ROWS, _FEATURES, _COMPONENTS = 384, 2048, 8  # of the comparison, at most
_FEWEST_ROWS = 12
_SCALES = np.geomspace(0.05, 1.5, 14)  # tried, in standard deviations of the residuals
_ERRORS = 2.0  # the integer likelihood must be better by so many standard errors


@dataclass(frozen=True, eq=False)
class DeepInteger(AbstractColumn):
    """Integers from 0 up to more than 255 and at most 65,535, in images.

    Two likelihoods describe them: a discretized logistic, which knows the integers and both ends, and a normal. The one
    with the greater density of held-out rows is proposed.
    """

    kind = "deep_integer"
    gain: tuple[float, ...] = ()  # of the discretized logistic over the normal: mean and error, nats per pixel

    @classmethod
    def matches(cls, statistics: Statistics, *, is_image: bool) -> np.ndarray:
        top = statistics.maximum.max()
        deep = statistics.whole.all() and statistics.minimum.min() >= 0 and _BYTE < top <= _TOP
        return np.full(len(statistics.maximum), bool(is_image and deep))

    @property
    def levels(self) -> int:
        """The smallest power of 2 above the largest value: 4096 for 12 bits."""
        return 1 << int(self.statistics.maximum.max()).bit_length()

    def look_again(self, x: Any, channels: int) -> Self:
        """Compare both likelihoods on held-out rows, around principal components of other rows."""
        if len(x) < _FEWEST_ROWS:
            return self
        rows = np.asarray(x[evenly_spaced(len(x), _ROWS)])
        rows = rows.reshape(len(rows), -1)
        features = evenly_spaced(rows.shape[1], _FEATURES)
        values, groups = rows[:, features].astype(np.float64), features % channels
        residuals = _residuals(values)
        fitted, held_out = slice(1, None, 3), slice(2, None, 3)
        scale = _per_group(np.square(residuals[fitted]).mean(axis=0), groups)
        normal = -0.5 * (np.log(2 * np.pi * scale) + np.square(residuals[held_out]) / scale)
        masses = lambda part, relative: _log_mass(  # noqa: E731
            values[part], values[part] - residuals[part], relative * np.sqrt(scale), self.levels
        )
        means = np.stack([_per_group(masses(fitted, relative).mean(axis=0), groups) for relative in _SCALES])
        integer = masses(held_out, _SCALES[means.argmax(axis=0)])
        difference = (integer - normal).mean(axis=1)
        gain = difference.mean(), difference.std() / np.sqrt(len(difference))
        return replace(self, gain=tuple(map(float, gain)))

    def propose(self, others: list[Proposal], scale: str) -> list[Proposal]:
        low, high = self.statistics.minimum.min(), self.statistics.maximum.max()
        held = f"integers from {low:g} to {high:g}"
        mean, error = self.gain or (0.0, 0.0)
        compared = f"{abs(mean):.3f} ± {error:.3f} nats a pixel likelier than under"
        if mean > _ERRORS * error:
            call = f'DiscretizedLogistic(levels={self.levels}, scale="{scale}")'
            reason = f"{held}; held-out rows are {compared} a normal"
            likelihood = DiscretizedLogistic(levels=self.levels, scale=scale)
            return [Proposal(likelihood, call, self.features, "gray levels", reason)]
        normal = propose_normal(self.features, scale)
        if mean < 0:
            held += f"; held-out rows are {compared} a discretized logistic"
        return [normal._replace(reason=held)]


def _residuals(values: np.ndarray) -> np.ndarray:
    """Distance of all rows from the principal components of every third row."""
    own = values[::3]
    mean = own.mean(axis=0)
    _, _, directions = np.linalg.svd(own - mean, full_matrices=False)
    directions = directions[: min(_COMPONENTS, len(own) // 4)]
    return (values - mean) - (values - mean) @ directions.T @ directions


def _per_group(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """The mean over the features of each group, for every feature."""
    return (np.bincount(groups, values) / np.bincount(groups))[groups] if values.any() else values


def _log_mass(x: np.ndarray, loc: np.ndarray, std: np.ndarray, levels: int) -> np.ndarray:
    """Log-mass of `elbax.core.distributions.DiscretizedLogistic` in NumPy, for few values."""
    scale = np.maximum(std, 1e-3) * np.sqrt(3) / np.pi
    below, above = -np.logaddexp(0, (loc - x - 0.5) / scale), -np.logaddexp(0, (x - loc - 0.5) / scale)
    first, last = x == 0, x == levels - 1
    width = np.log(-np.expm1(-1 / scale))
    return np.where(last, 0, below) + np.where(first, 0, above) + np.where(first | last, 0, width)
