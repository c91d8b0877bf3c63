"""The column of context that holds the exposure of each row."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from elbax.data.column_statistics import measure
from elbax.data.columns.base import AbstractColumn, Proposal, as_numbers
from elbax.errors import InputError

_QUANTILES = np.linspace(0, 1, 257)


@dataclass(frozen=True, eq=False)
class Exposure(AbstractColumn):
    """The amount that each row was exposed to what is counted: the depth of a sample, a time, an area.

    Its input is the logarithm of the exposure over the mean of the training rows, so that the usual exposure is zero.
    """

    kind = "exposure"
    is_number = False
    quantiles: tuple[float, ...]  # of the training rows, evenly spaced

    @classmethod
    def of(cls, feature: int, values: np.ndarray, where: str) -> Self:
        """Learn from values (n,); InputError if one is not above 0."""
        values = _positive(values, where)
        statistics, _ = measure(values[:, None])
        assert statistics is not None  # values are finite
        return cls(np.array([feature]), statistics, tuple(np.quantile(values, _QUANTILES, method="nearest").tolist()))

    def encode(self, values: np.ndarray, where: str) -> np.ndarray:
        return _positive(values, where)

    def inputs(self, codes: np.ndarray, center: np.ndarray, unit: np.ndarray) -> np.ndarray:
        return np.log(codes / self.statistics.mean)

    @property
    def usual(self) -> float:
        """The mean of the training rows."""
        return float(self.statistics.mean[0])

    def draw(self, n: int, seed: int) -> np.ndarray:
        """Exposures of n new rows, as in the training rows."""
        return np.random.default_rng((seed, 2)).choice(np.array(self.quantiles), n)

    def propose(self, others: list[Proposal], scale: str) -> list[Proposal]:
        return []

    def describe(self) -> str:
        return "an exposure, above 0"


def _positive(values: Any, where: str) -> np.ndarray:
    numbers = as_numbers(np.asarray(values), where)
    if (numbers <= 0).any():
        row = int(np.argmax(numbers <= 0))
        raise InputError(f"{where} is {numbers[row]:g} in row {row}; an exposure is above 0, so leave such rows out")
    return numbers
