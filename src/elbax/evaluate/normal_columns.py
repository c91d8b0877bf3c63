"""Features of a table as columns of a normal law: numbers in units of their deviation, indicators of levels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from scipy.special import ndtr, ndtri

_SURE = 1e-9  # the least probability


@dataclass(frozen=True)
class NormalColumns:
    """How features are columns: a number is one, levels are one each, and a number with a spike is two.

    These two are an indicator of the spike, and the amount beside it, which rows at the spike lack.

    Attributes:
        levels: the number of levels of each feature, 0 for a number, (d,).
        spikes: the value that many rows share, NaN for a feature without one, (d,).
        center: of each number, (d,).
        scale: its deviation, (d,).
        low: its least value; fills are at least that, (d,).
        high: its greatest value, (d,).
    """

    levels: tuple[int, ...]
    spikes: np.ndarray
    center: np.ndarray
    scale: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @classmethod
    def of(
        cls, x: np.ndarray, observed: np.ndarray, levels: tuple[int, ...], spiked: np.ndarray, weight: np.ndarray
    ) -> Self:
        """Learn from rows (n, d) of which some cells are observed; ``spiked`` (d,) says which numbers have a spike."""
        spikes, center, scale, low, high = np.tile([[np.nan], [0.0], [1.0], [0.0], [0.0]], len(levels))
        for j in range(len(levels)):
            known = observed[:, j] & (weight > 0)
            values, own = x[known, j], weight[known]
            if not len(values) or levels[j]:
                continue
            low[j], high[j] = values.min(), values.max()
            if spiked[j]:
                distinct, which = np.unique(values, return_inverse=True)
                spikes[j] = distinct[np.bincount(which, own).argmax()]
                beside = values != spikes[j]
                if not beside.any():
                    continue
                values, own = values[beside], own[beside]
            center[j] = np.average(values, weights=own)
            scale[j] = np.sqrt(np.average((values - center[j]) ** 2, weights=own)) or 1.0
        return cls(levels, spikes, center, scale, low, high)

    @classmethod
    def standard(cls, levels: tuple[int, ...], spiked: Sequence[int] = ()) -> Self:
        """Of numbers as they are; those at the positions ``spiked`` have a spike at 0."""
        zeros, ones, spikes = np.zeros(len(levels)), np.ones(len(levels)), np.full(len(levels), np.nan)
        spikes[list(spiked)] = 0.0
        return cls(levels, spikes, zeros, ones, -np.inf * ones, np.inf * ones)

    @property
    def blocks(self) -> list[slice]:
        """The columns of each feature."""
        widths = [count or (1 if np.isnan(spike) else 2) for count, spike in zip(self.levels, self.spikes, strict=True)]
        ends = np.cumsum(widths)
        return [slice(int(end) - width, int(end)) for end, width in zip(ends, widths, strict=True)]

    @property
    def choices(self) -> list[slice]:
        """Columns of indicators, of which one is 1, or a spike's none."""
        return [
            block if count else slice(block.start, block.start + 1)
            for block, count, spike in zip(self.blocks, self.levels, self.spikes, strict=True)
            if count or not np.isnan(spike)
        ]

    def encode(self, x: np.ndarray, observed: np.ndarray) -> np.ndarray:
        """Columns (n, k) of rows (n, d), NaN where they are not known."""
        columns = []
        for j, (count, spike) in enumerate(zip(self.levels, self.spikes, strict=True)):
            value = np.asarray(x[:, [j]], np.float64)
            if count:
                block = (value == np.arange(count)).astype(np.float64)
            else:
                block = (value - self.center[j]) / self.scale[j]
            if not np.isnan(spike):
                block = np.column_stack([value == spike, np.where(value == spike, np.nan, block)])
            columns.append(np.where(observed[:, [j]], block, np.nan))
        return np.concatenate(columns, axis=1)

    def typical(self, j: int, statistic: str, mean: np.ndarray, variance: np.ndarray) -> np.ndarray:
        """The "mean", "median" or "mode" (n,) of a feature whose columns have this law, (n, b) each.

        Of a number they are equal; a spike is where at least half of the probability is, or most.
        """
        if self.levels[j]:
            shares = probabilities(mean)
            if statistic == "median":
                return (np.cumsum(shares, axis=1) < 0.5).sum(axis=1)
            return shares.argmax(axis=1)
        amount, deviation = (self.scale[j] * part[:, -1] for part in (mean, np.sqrt(variance)))
        amount = amount + self.center[j]
        if not np.isnan(spike := self.spikes[j]):
            share = np.clip(mean[:, 0], 0.0, 1.0)
            if statistic == "mean":
                amount = share * spike + (1 - share) * self._within(j, amount)
            elif statistic == "mode":
                amount = np.where(share >= 0.5, spike, amount)
            else:
                amount = _median_beside(spike, share, amount, deviation)
        return self._within(j, amount)

    def decode(self, j: int, block: np.ndarray) -> np.ndarray:
        """Values (n,) of a feature from its columns (n, b), in which levels and spikes are chosen."""
        if self.levels[j]:
            return block.argmax(axis=1)
        amount = self._within(j, self.center[j] + self.scale[j] * block[:, -1])
        return amount if np.isnan(self.spikes[j]) else np.where(block[:, 0] > 0.5, self.spikes[j], amount)

    def arrays(self) -> dict[str, Any]:
        """All but the levels, for saving."""
        return {name: value for name, value in vars(self).items() if name != "levels"}

    def _within(self, j: int, values: np.ndarray) -> np.ndarray:
        return np.clip(values, self.low[j], self.high[j])


def probabilities(mean: np.ndarray) -> np.ndarray:
    """Of levels, from the means of their indicators (n, count)."""
    shares = np.maximum(mean, _SURE)
    return shares / shares.sum(axis=1, keepdims=True)


def _median_beside(spike: float, share: np.ndarray, mean: np.ndarray, deviation: np.ndarray) -> np.ndarray:
    """The median of a value that is at the spike with a probability, else normal, (n,)."""
    rest, width = np.maximum(1 - share, _SURE), np.maximum(deviation, _SURE)
    below = rest * ndtr((spike - mean) / width)
    quantile = np.where(below >= 0.5, 0.5, 0.5 - share) / rest
    beside = mean + width * ndtri(np.clip(quantile, _SURE, 1 - _SURE))
    return np.where((below < 0.5) & (below + share >= 0.5), spike, beside)
