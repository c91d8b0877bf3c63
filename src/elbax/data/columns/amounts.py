"""Columns of numbers: reals, amounts, whole numbers and counts."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np

from elbax.data.cells import Cells, shown
from elbax.data.columns.base import Proposal
from elbax.data.columns.count import Count as ArrayCount
from elbax.data.columns.facts import Facts
from elbax.data.columns.number_writing import read_numbers, write_numbers
from elbax.data.columns.table_column import AbstractTableColumn, Place, common_fields, with_gaps
from elbax.data.grid import as_single, possible_values
from elbax.errors import InputError

_FAR_FROM_0 = 2.0**12  # means beyond so many standard deviations take half of the digits of single precision
_LARGE_COUNT = 1000  # whole numbers beyond are amounts
_USUAL_ENDS = ((0.0, 1.0), (0.0, 100.0), (-1.0, 1.0))  # of shares, percentages and correlations
_AT_END = 0.05  # of the distance between two ends: values lie so near to both


@dataclass(frozen=True, eq=False)
class AbstractAmounts(AbstractTableColumn):
    """Numbers; codes are the values themselves, or their distance from an origin where they vary little around it.

    Draws beyond a limit become the nearest value that could occur.
    """

    needs: ClassVar[str] = "a number"  # what values must be, for messages
    decimals: int | None  # that values are rounded to; None if they are not
    single: bool  # whether values that are not rounded are of single precision, in whatever dtype
    low: float | None  # no value lies below it; None if there is no limit
    high: float | None
    origin: float
    writing: str  # how text writes the numbers, see `number_writing`; "" for numbers proper

    @classmethod
    def learn_cells(cls, facts: Facts, feature: int, place: Place) -> Self:
        numbers = _as_numbers(facts, cls.kind)
        wrong = ~cls.allows(numbers.values, facts.options)
        if wrong.any():
            row = int(np.flatnonzero(~facts.cells.gaps)[wrong.argmax()])
            raise InputError(
                f"{facts.where} is {shown(facts.cells.values[row])} in row {row}, so it cannot be {cls.kind!r}, which "
                f"needs {cls.needs}; name another kind, or call such cells gaps with missing="
            )
        values = numbers.values.astype(np.float64)
        low, high = cls.limits(numbers)
        origin = _origin(values) if low is None and high is None else 0.0
        own = common_fields(facts, place, values - origin)
        writing = facts.number_writing or ""
        limits = {"low": low, "high": high, "origin": origin}
        exact = {"decimals": numbers.decimals, "single": bool((as_single(values) == values).all())}
        return cls(np.array([feature]), **own, **exact, **limits, writing=writing)

    @classmethod
    def allows(cls, values: np.ndarray, options: Mapping[str, Any]) -> np.ndarray:
        """Mark the values that can be of this kind."""
        return np.ones(len(values), bool)

    @classmethod
    def limits(cls, facts: Facts) -> tuple[float | None, float | None]:
        """The lowest and the highest value that could occur; None where there is no limit."""
        return None, None

    def encode_cells(self, cells: Cells) -> np.ndarray:
        values = read_numbers(cells) if cells.form == "text" else cells.values
        unfit = cells.form not in ("number", "boolean", "text")
        wrong = ~cells.gaps & (np.ones(len(values), bool) if unfit else values != values)
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            raise InputError(f"{cells.where} is {shown(cells.values[row])} in row {row}; pass a number, as in fit")
        return np.full(len(values), np.nan) if unfit else with_gaps(values - self.origin, cells.gaps)

    def decode_cells(self, codes: np.ndarray) -> Cells:
        gaps = np.isnan(codes)
        codes = possible_values(self.grid, np.where(gaps, self.statistics.mean[0], codes))
        values = self._possible(codes + self.origin)
        if self.decimals is not None:
            values = np.round(values, self.decimals)
        elif self.single:
            values = as_single(values)
        if self.decimals == 0 and np.abs(values).max(initial=0) < 2.0**62:
            values = values.astype(np.int64)
        if self.writing:
            return Cells(self.form, write_numbers(values, self.writing), gaps, self.where)
        return Cells("number", values, gaps, self.where)

    def _possible(self, values: np.ndarray) -> np.ndarray:
        return values if self.low is None and self.high is None else values.clip(self.low, self.high)


class Real(AbstractAmounts):
    """Any numbers."""

    kind = "real"

    @classmethod
    def recognize(cls, facts: Facts) -> str | None:
        return "real numbers" if facts.amounts is not None else None


class Positive(AbstractAmounts):
    """Amounts above zero."""

    kind = "positive"
    needs = "numbers above 0"

    @classmethod
    def recognize(cls, facts: Facts) -> str | None:
        numbers = facts.amounts
        if numbers is None or numbers.distinct[0] <= 0 or not numbers.reaches_zero:
            return None
        return "amounts above 0" if not numbers.whole or numbers.distinct[-1] > _LARGE_COUNT else None

    @classmethod
    def allows(cls, values: np.ndarray, options: Mapping[str, Any]) -> np.ndarray:
        return values > 0

    @classmethod
    def limits(cls, facts: Facts) -> tuple[float | None, float | None]:
        return 0.0, None

    def _possible(self, values: np.ndarray) -> np.ndarray:
        return np.where(values > 0, values, self.statistics.minimum[0])


class Bounded(AbstractAmounts):
    """Numbers between two ends, such as shares."""

    kind = "bounded"
    needs = "numbers within its limits"

    @classmethod
    def recognize(cls, facts: Facts) -> str | None:
        numbers = facts.amounts
        if numbers is None or numbers.whole or (ends := _usual_ends(numbers)) is None:
            return None
        return f"real numbers between {ends[0]:g} and {ends[1]:g}"

    @classmethod
    def allows(cls, values: np.ndarray, options: Mapping[str, Any]) -> np.ndarray:
        low, high = _ends_of(options)
        return (values >= low) & (values <= high)

    @classmethod
    def limits(cls, facts: Facts) -> tuple[float | None, float | None]:
        chosen = _ends_of(facts.options)
        usual = _usual_ends(facts) or (float(facts.distinct[0]), float(facts.distinct[-1]))
        low, high = (one if np.isfinite(one) else other for one, other in zip(chosen, usual, strict=True))
        return float(low), float(high)


class Spiked(AbstractAmounts):
    """Amounts of which many are one value, such as 0 of rain."""

    kind = "spiked"

    @classmethod
    def recognize(cls, facts: Facts) -> str | None:
        numbers = facts.amounts
        if numbers is None or (spike := numbers.spike) is None:
            return None
        return f"amounts with {spike:g} in {numbers.counts.max() / numbers.n:.0%} of the rows"

    @classmethod
    def limits(cls, facts: Facts) -> tuple[float | None, float | None]:
        low, high = facts.distinct[0], facts.distinct[-1]
        spike = facts.distinct[facts.counts.argmax()]
        return (float(low) if spike == low else None), (float(high) if spike == high else None)


class WholeNumber(AbstractAmounts):
    """Integers."""

    kind = "integer"
    needs = "whole numbers"

    @classmethod
    def recognize(cls, facts: Facts) -> str | None:
        numbers = facts.amounts
        return "whole numbers" if numbers is not None and numbers.whole else None

    @classmethod
    def allows(cls, values: np.ndarray, options: Mapping[str, Any]) -> np.ndarray:
        return values == np.round(values)

    @classmethod
    def limits(cls, facts: Facts) -> tuple[float | None, float | None]:
        return (0.0 if facts.distinct[0] >= 0 and facts.reaches_zero else None), None


class CountOfThings(AbstractAmounts):
    """Integers from 0 up that count something."""

    kind = "count"
    needs = "whole numbers from 0 up"

    @classmethod
    def recognize(cls, facts: Facts) -> str | None:
        numbers = facts.amounts
        return "counts: whole numbers from 0 up" if numbers is not None and numbers.counts_things else None

    @classmethod
    def allows(cls, values: np.ndarray, options: Mapping[str, Any]) -> np.ndarray:
        return (values >= 0) & (values == np.round(values))

    @classmethod
    def limits(cls, facts: Facts) -> tuple[float | None, float | None]:
        return 0.0, None

    def propose(self, others: list[Proposal], scale: str) -> list[Proposal]:
        return ArrayCount(self.features, self.statistics).propose(others, scale)


def _as_numbers(facts: Facts, kind: str) -> Facts:
    """The facts of the cells as numbers; InputError names a value that is none."""
    if (numbers := facts.numbers) is not None:
        return numbers
    rows = np.flatnonzero(~facts.cells.gaps)
    if facts.form == "text":
        values = read_numbers(facts.cells)
        rows = rows[np.isnan(values[rows])]
        if not len(rows):
            return replace(facts, cells=replace(facts.cells, form="number", values=values))
    raise InputError(
        f"{facts.where} is {shown(facts.cells.values[rows[0]])} in row {rows[0]}, which is no number, so it cannot be "
        f"{kind!r}; name another kind for it in columns="
    )


def _usual_ends(facts: Facts) -> tuple[float, float] | None:
    """The usual ends of shares and the like that values come near to on both sides."""
    low, high = float(facts.distinct[0]), float(facts.distinct[-1])
    for first, last in _USUAL_ENDS:
        near = _AT_END * (last - first)
        if first <= low <= first + near and last - near <= high <= last:
            return first, last
    return None


def _ends_of(options: Mapping[str, Any]) -> tuple[float, float]:
    return float(options.get("low", -np.inf)), float(options.get("high", np.inf))


def _origin(values: np.ndarray) -> float:
    """A whole number near values that vary so little that single precision would blur them; else 0."""
    mean = float(values.mean())
    return float(np.round(mean)) if abs(mean) > _FAR_FROM_0 * values.std() else 0.0
