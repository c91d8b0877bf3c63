"""Columns of numbers: reals, amounts, whole numbers and counts."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from elbax.data.cells import Cells, as_number, shown
from elbax.data.columns.base import Proposal
from elbax.data.columns.facts import Facts
from elbax.data.columns.real import propose_normal
from elbax.data.columns.table_column import AbstractTableColumn, Place, common_fields, with_gaps
from elbax.errors import InputError

_LIMIT = float(np.finfo(np.float32).max)


@dataclass(frozen=True, eq=False)
class AbstractAmounts(AbstractTableColumn):
    """Numbers; codes are the values themselves."""

    decimals: int | None  # that values are rounded to; None if they are not

    @classmethod
    def learn_cells(cls, facts: Facts, feature: int, place: Place) -> Self:
        if facts.form not in ("number", "boolean"):
            row = int(np.flatnonzero(~facts.cells.gaps)[0])
            raise InputError(
                f"{facts.where} holds {shown(facts.cells.values[row])} in row {row}, which is no number, so it cannot "
                f"be {cls.kind!r}; name another kind for it in columns="
            )
        codes = facts.values.astype(np.float64)
        _check_size(codes, facts)
        return cls(np.array([feature]), decimals=facts.decimals, **common_fields(facts, place, codes))

    def encode_cells(self, cells: Cells) -> np.ndarray:
        values = cells.values
        if cells.form == "text":
            values = np.array([np.nan if gap else _number(text) for text, gap in zip(values, cells.gaps, strict=True)])
        wrong = ~cells.gaps if cells.form not in ("number", "boolean", "text") else ~cells.gaps & (values != values)
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            raise InputError(
                f"{cells.where} is {shown(cells.values[row])} in row {row}; it must be a number, as in fit"
            )
        return with_gaps(values, cells.gaps)

    def decode_cells(self, codes: np.ndarray) -> Cells:
        gaps = np.isnan(codes)
        values = np.where(gaps, 0.0, self._within(codes.astype(np.float64)))
        if self.decimals is not None:
            values = np.round(values, self.decimals)
        if self.decimals == 0 and np.abs(values).max(initial=0) < 2.0**62:
            values = values.astype(np.int64)
        return Cells("number", values, gaps, self.where)

    def _within(self, values: np.ndarray) -> np.ndarray:
        """Values that could occur: draws beyond a limit become the nearest that does not lie beyond it."""
        return values

    def propose(self, others: list[Proposal], scale: str) -> list[Proposal]:
        return [propose_normal(self.features, scale)]


class Real(AbstractAmounts):
    """Any numbers."""

    kind = "real"

    @classmethod
    def recognize(cls, facts: Facts) -> str | None:
        return "real numbers" if facts.form == "number" else None


class WholeNumber(AbstractAmounts):
    """Integers."""

    kind = "integer"

    @classmethod
    def recognize(cls, facts: Facts) -> str | None:
        return "whole numbers" if facts.whole else None


def _number(text: str) -> float:
    number = as_number(text)
    return np.nan if number is None else number


def _check_size(codes: np.ndarray, facts: Facts) -> None:
    if np.abs(codes).max(initial=0) > _LIMIT:
        row = int(np.flatnonzero(~facts.cells.gaps)[np.abs(codes).argmax()])
        raise InputError(
            f"{facts.where} has a value beyond ±3.4e38, the range of single precision, in row {row}; divide it by a "
            "constant, or take logarithms"
        )
