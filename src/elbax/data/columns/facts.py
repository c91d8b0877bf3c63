"""What the observed cells of a column show."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from elbax.data.cells import Cells
from elbax.data.columns.number_writing import find_number_writing, read_numbers

_MOST_DECIMALS = 6
_SORTED = 20_000  # more labels are too many for a category, and their order is of no matter
_WORDY_LEVELS = 20  # text that differs more often may be numbers
_CODE_DIGITS, _CODE_SPREAD = 12, 1.2  # least number of digits of a code, and of the highest code over the lowest
_NEAR_0 = 3.0  # standard deviations from 0 within which the mean of amounts lies that a normal would draw below 0
_SPIKE, _STANDS_OUT, _CONTINUOUS = 0.05, 5, 20  # share of one value, times that of the next, among so many values
_AMOUNT = 100  # whole numbers of this median beside a spike are amounts
_NEAR_COUNTS, _FAR_COUNTS = 0.1, 2.0  # standard deviations from 0 of the least and the mean of counts
_POISSON = (0.3, 3.0)  # variance over mean of counts far from 0
_MOST_COUNTED, _USUAL_COUNT = 2**24, 1000  # the largest count, and the largest median
_FEW, _REPEATS = 10, 10  # whole numbers that are levels rather than amounts, and how often each occurs on average
_RARE_TAIL = 0.05  # share of the greatest of few counts


@dataclass(frozen=True, eq=False)
class Facts:
    """The observed cells of one column, and what kinds ask about them.

    Attributes:
        cells: the column.
        name: its name.
        options: what the user asked of the kind, by name.
        weights: one for each cell, (n,), or None.
    """

    cells: Cells
    name: str
    options: Mapping[str, Any] = field(default_factory=dict)
    weights: np.ndarray | None = None

    @property
    def form(self) -> str:
        return self.cells.form

    @property
    def where(self) -> str:
        return self.cells.where

    @cached_property
    def values(self) -> np.ndarray:
        """The observed values (m,)."""
        return self.cells.observed

    @property
    def observed_weights(self) -> np.ndarray | None:
        """The weights of the observed values (m,), or None."""
        return None if self.weights is None else self.weights[~self.cells.gaps]

    @property
    def n(self) -> int:
        """Number of observed values."""
        return len(self.values)

    @property
    def gap_share(self) -> float:
        return float(self.cells.gaps.mean())

    @cached_property
    def _counted(self) -> tuple[np.ndarray, np.ndarray]:
        if self.form in ("text", "other", "mixed"):
            codes, distinct = pd.factorize(self.values)
            distinct, counts = np.asarray(distinct, object), np.bincount(codes, minlength=len(distinct))
            if len(distinct) > _SORTED:
                return distinct, counts
            order = sorted(range(len(distinct)), key=lambda i: level_order(distinct[i]))
            return distinct[order], counts[order]
        return np.unique(self.values, return_counts=True)

    @property
    def distinct(self) -> np.ndarray:
        """The values that occur, ascending; text with numbers in numerical order first."""
        return self._counted[0]

    @property
    def counts(self) -> np.ndarray:
        """How often each of them occurs."""
        return self._counted[1]

    @cached_property
    def numbers(self) -> "Facts | None":
        """The facts of the same cells as numbers, if they are numbers or text that writes numbers."""
        if self.form == "number":
            return self
        if self.form == "boolean":
            return replace(self, cells=replace(self.cells, form="number", values=self.cells.values.astype(np.int64)))
        if self.number_writing is None:
            return None
        values = np.where(self.cells.gaps, 0.0, read_numbers(self.cells))
        return replace(self, cells=replace(self.cells, form="number", values=values))

    @cached_property
    def number_writing(self) -> str | None:
        """How text writes numbers; None if it does not."""
        return find_number_writing(self.distinct) if self.form == "text" and self.cells.levels is None else None

    @cached_property
    def amounts(self) -> "Facts | None":
        """The facts of the numbers, unless text writes them that are keys or a few labels."""
        many = len(self.distinct) > _WORDY_LEVELS
        return self.numbers if self.form == "number" or (self.form == "text" and many) else None

    @cached_property
    def whole(self) -> bool:
        """Whether all numbers are integers."""
        if self.form != "number":
            return False
        return self.values.dtype.kind == "i" or bool((self.distinct == np.round(self.distinct)).all())

    @cached_property
    def decimals(self) -> int | None:
        """The fewest decimals that write every number exactly; None if they need more than six."""
        if self.whole:
            return 0
        numbers = self.distinct
        exact = (k for k in range(1, _MOST_DECIMALS + 1) if (np.round(numbers, k) == numbers).all())
        return next(exact, None)

    @cached_property
    def reaches_zero(self) -> bool:
        """Whether numbers above 0 come so near to it that a normal would draw some below."""
        return bool(self.values.mean() < _NEAR_0 * self.values.std())

    @cached_property
    def spike(self) -> float | None:
        """The value that many rows share in a column that is continuous otherwise; None if there is none."""
        counts, numbers = self.counts, self.distinct
        if len(numbers) <= _CONTINUOUS or counts.max() < _SPIKE * self.n:
            return None
        first = int(counts.argmax())
        others = np.delete(counts, first)
        if counts[first] < _STANDS_OUT * others.max():
            return None
        if self.whole:
            rest = np.delete(numbers, first)
            middle = rest[np.searchsorted(np.cumsum(others), others.sum() / 2)]
            if numbers[first] != 0 or abs(middle) < _AMOUNT:
                return None
        return float(numbers[first])

    @cached_property
    def counts_things(self) -> bool:
        """Whether whole numbers are counts: near 0, or spread like a Poisson variable."""
        if not self.whole or self.distinct[0] < 0 or self.distinct[-1] > _MOST_COUNTED or len(self.distinct) < 3:
            return False
        low, mean, std = self.distinct[0], self.values.mean(), self.values.std()
        near_0 = low <= max(1, _NEAR_COUNTS * std) and mean < _FAR_COUNTS * std
        like_poisson = _POISSON[0] <= std**2 / mean <= _POISSON[1] and np.diff(self.distinct).min() == 1
        return bool((near_0 or like_poisson) and np.median(self.values) < _USUAL_COUNT and not self.few_levels)

    @cached_property
    def few_levels(self) -> bool:
        """Whether numbers are so few that each is a level: whole, with no others drawn between or beyond them."""
        n = len(self.distinct)
        if not self.whole or n > _FEW or self.n < _REPEATS * n:
            return False
        fades = self.counts[-1] < _RARE_TAIL * self.n and self.counts.argmax() <= n / 2
        unbroken = self.distinct[0] == 0 and self.distinct[-1] <= n
        return not (self.digits_of_codes or (fades and unbroken))

    @cached_property
    def digits_of_codes(self) -> int:
        """The number of digits of whole numbers that are codes, such as those of cards; 0 if they are amounts.

        Codes have equally many digits, at least 12, and their first digits differ, unlike those of times in seconds.
        """
        if self.form != "number" or not self.whole or self.distinct[0] <= 0 or len(self.distinct) < 2:
            return 0
        low, high = int(self.distinct[0]), int(self.distinct[-1])
        n = len(str(low))
        return n if n == len(str(high)) and n >= _CODE_DIGITS and high > _CODE_SPREAD * low else 0


def level_order(label: Any) -> tuple[bool, float, str]:
    """Sort key of labels: integers in numerical order, then text in alphabetical order."""
    text = str(label)
    number = text.removeprefix("-").isdecimal()
    return not number, int(text) if number else 0, text
