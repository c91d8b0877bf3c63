"""A few values, such as the two of a mask or the classes of a label map."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from elbax.core.likelihoods import Bernoulli, Categorical, DiscretizedLogistic
from elbax.core.likelihoods.base import Support
from elbax.data.column_statistics import Statistics, chunks
from elbax.data.columns.base import AbstractColumn, Proposal

_MOST_LABELS = 12  # more integers than this are gray levels, in an order
_MOST_LEVELS = 32
_REPEATS = 20  # occurrences of a level, on average, from which on values are levels and no measurements
_SAME = 1e-6  # of the range: levels in single and in double precision are one


@dataclass(frozen=True, eq=False)
class Levels(AbstractColumn):
    """A few values that all features share; the code of a value is its position in ``values``.

    Two values are a Bernoulli variable in the data's own units, whatever they are: the same probability model as of 0
    and 1. Between two levels, as in the mean of a pixel, decoding interpolates.
    """

    kind = "levels"
    is_number = False
    values: tuple[float, ...]  # ascending

    def encode(self, values: np.ndarray, where: str = "") -> np.ndarray:
        """Positions of values, as bytes; `unknown` tells which are no levels."""
        levels = np.asarray(self.values)
        return np.searchsorted((levels[1:] + levels[:-1]) / 2, values).astype(np.uint8)

    def unknown(self, values: np.ndarray) -> np.ndarray:
        """Mark values that are none of the levels."""
        levels = np.asarray(self.values)
        return np.abs(levels[self.encode(values)] - values) > _SAME * (levels[-1] - levels[0])

    def decode(self, codes: np.ndarray) -> np.ndarray:
        """Values of codes, in single precision if that holds all levels."""
        levels = np.asarray(self.values)
        exact = (levels == levels.astype(np.float32)).all()
        values = np.interp(codes, np.arange(len(levels)), levels)
        return values.astype(np.float32) if exact else values

    def propose(self, others: list[Proposal], scale: str) -> list[Proposal]:
        levels = [f"{value:g}" for value in self.values]
        if len(levels) == 2:
            content = " and ".join(levels)
            return [Proposal(Bernoulli(), "Bernoulli()", self.features, content, f"{content} only")]
        if len(levels) <= _MOST_LABELS:
            content = f"{', '.join(levels[:-1])} or {levels[-1]}"
            call, likelihood = f"Categorical(levels={len(levels)})", Categorical(levels=len(levels))
            return [Proposal(likelihood, call, self.features, "labels", f"one of {len(levels)} values, {content}")]
        call, likelihood = f"DiscretizedLogistic(levels={len(levels)})", DiscretizedLogistic(levels=len(levels))
        reason = f"{len(levels)} gray levels from {levels[0]} to {levels[-1]}"
        return [Proposal(likelihood, call, self.features, "gray levels", reason)]

    def describe(self) -> str:
        return f"one of {len(self.values)} values"


def find_levels(x: Any, statistics: Statistics, *, is_image: bool, kept: Support | None = None) -> tuple[float, ...]:
    """The values of rows ``x`` if they are levels to be coded, else none.

    Two values that all features share are levels; so are a few integers in images. Those of ``kept``, by default 0 and
    1, need no codes, nor do gray levels from 0 up without gaps.
    """
    kept = Support(0, 1, integer=True) if kept is None else kept
    outside = (statistics.minimum < kept.lower) | (statistics.maximum > kept.upper)
    if not (outside | (~statistics.whole & kept.integer)).any():
        return ()
    values = _distinct(x, _MOST_LEVELS if is_image and statistics.whole.all() else 2)
    gray = len(values) > _MOST_LABELS and values == tuple(range(len(values)))
    return () if gray or int(np.prod(x.shape)) < _REPEATS * len(values) else values


def _distinct(x: Any, most: int) -> tuple[float, ...]:
    """All values of rows, ascending; none if they are more than ``most``."""
    values = np.empty(0)
    for _, chunk in chunks(x):
        few = np.unique(chunk.ravel()[:: max(1, chunk.size // 4096)])  # photographs are told apart by few pixels
        if len(few) > most:
            return ()
        values = np.union1d(values, few)
        left = chunk[~np.isin(chunk, values)] if len(values) <= most else chunk
        values = np.union1d(values, left)
        if len(values) > most:
            return ()
    return tuple(float(value) for value in values)
