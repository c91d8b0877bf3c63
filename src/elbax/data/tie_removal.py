"""Codes without tied columns: determined columns are left out, shares become log-ratios; both come back exactly."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Self

import numpy as np

from elbax.core.log_ratios import LogRatios, to_log_ratios, to_shares
from elbax.data.column_statistics import Statistics, chunks
from elbax.data.ties import Tie, listed
from elbax.errors import InputError

TIES = ("keep", "drop", "log-ratio")
_ROUNDING = 16 * float(np.finfo(np.float32).eps)


class Formula(NamedTuple):
    """A column that is left out: ``constant`` plus a weighted sum of columns that stay."""

    column: int
    columns: tuple[int, ...]
    weights: tuple[float, ...]
    constant: float


class Shares(NamedTuple):
    """Columns above 0 that add up to a total."""

    columns: tuple[int, ...]
    total: float


@dataclass(frozen=True)
class TieRemoval:
    """Turns rows of values into rows of codes: the columns that stay, then the log-ratios of each group of shares.

    Log-ratios are isometric (Egozcue and others 2003): the i-th is √(i/(i+1)) times the log of the geometric mean of
    the first i shares over the next.

    Attributes:
        n_values: number of columns of the values.
        formulas: the columns that are left out.
        shares: the columns that become log-ratios.
        ties: the ties that every row must fulfil.
    """

    n_values: int
    formulas: tuple[Formula, ...]
    shares: tuple[Shares, ...]
    ties: tuple[Tie, ...]

    @classmethod
    def of(cls, ties: Sequence[Tie], statistics: Statistics, *, log_ratio: bool) -> Self | None:
        """The removal of the linear ties that allow it; None if none does.

        The column that is left out is real, or it is one of two, or the sum of others: so no formula leaves the
        values that it may have. A one-hot group has no such column.
        """
        linear = [tie for tie in ties if tie.is_linear]
        shares, removed = [], []
        if log_ratio:
            for tie in linear:
                free = not {*tie.columns} & {column for group in shares for column in group.columns}
                if free and _are_shares(tie, statistics):
                    shares.append(Shares(tie.columns, tie.constant / tie.weights[0]))
                    removed.append(tie)
        fixed = {column for group in shares for column in group.columns}
        formulas: dict[int, dict[int, float]] = {}
        for tie in linear:
            if tie not in removed and _eliminate(tie, formulas, fixed, statistics):
                removed.append(tie)
        if not removed:
            return None
        made = tuple(_formula(column, own) for column, own in sorted(formulas.items()))
        return cls(len(statistics.mean), made, tuple(shares), tuple(removed))

    @cached_property
    def kept(self) -> np.ndarray:
        """Columns that codes hold as they are."""
        gone = [formula.column for formula in self.formulas]
        gone += [column for group in self.shares for column in group.columns]
        return np.setdiff1d(np.arange(self.n_values), gone)

    @property
    def n_codes(self) -> int:
        return len(self.kept) + sum(len(group.columns) - 1 for group in self.shares)

    @cached_property
    def log_ratios(self) -> tuple[LogRatios, ...]:
        """Where the log-ratios are among the codes."""
        places, start = [], len(self.kept)
        for columns, total in self.shares:
            places.append(LogRatios(start, start + len(columns) - 1, total))
            start += len(columns) - 1
        return tuple(places)

    def names(self, names: Sequence[str]) -> list[str]:
        """Names of the codes, from those of the columns."""
        ratios = [
            f"log-ratio {i} of {listed([names[column] for column in group.columns])}"
            for group in self.shares
            for i in range(1, len(group.columns))
        ]
        return [*(names[column] for column in self.kept.tolist()), *ratios]

    def check(self, x: Any, names: Sequence[str]) -> None:
        """Raise InputError for the first row of (n, d) in which a tie does not hold, or a share is not above 0."""
        for start, chunk in chunks(x):
            for tie in self.ties:
                self._check_tie(tie, start, chunk, names)
            for group in self.shares:
                _check_shares(group, start, chunk, names)

    def codes(self, x: np.ndarray) -> np.ndarray:
        """Codes of rows (n, d)."""
        kept = np.ascontiguousarray(x[:, self.kept])
        if not self.shares:
            return kept
        ratios = [to_log_ratios(x[:, list(group.columns)].astype(np.float64)) for group in self.shares]
        return np.concatenate([kept, *ratios], axis=1)

    def dtype(self, dtype: np.dtype) -> np.dtype:
        """The dtype of codes of values of a dtype."""
        return np.dtype(np.float64) if self.shares else dtype

    def values(self, codes: np.ndarray) -> np.ndarray:
        """Values of codes, in double precision: every tie holds to its last digits."""
        codes = np.asarray(codes, np.float64)
        values = np.empty((len(codes), self.n_values))
        values[:, self.kept] = codes[:, : len(self.kept)]
        for group, (start, stop, total) in zip(self.shares, self.log_ratios, strict=True):
            values[:, list(group.columns)] = total * to_shares(codes[:, start:stop])
        for column, columns, weights, constant in self.formulas:
            values[:, column] = constant + values[:, list(columns)] @ np.array(weights)
        return values

    def to_json(self) -> dict[str, Any]:
        return {
            "n_values": self.n_values,
            "formulas": [list(formula) for formula in self.formulas],
            "shares": [list(group) for group in self.shares],
            "ties": [tie.to_json() for tie in self.ties],
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Self:
        formulas = [Formula(c, tuple(others), tuple(weights), k) for c, others, weights, k in record["formulas"]]
        shares = [Shares(tuple(columns), total) for columns, total in record["shares"]]
        return cls(record["n_values"], tuple(formulas), tuple(shares), tuple(map(Tie.from_json, record["ties"])))

    def _check_tie(self, tie: Tie, start: int, chunk: np.ndarray, names: Sequence[str]) -> None:
        weights = np.array(tie.weights)
        values = chunk[:, list(tie.columns)].astype(np.float64)
        rounding = _ROUNDING * (np.abs(values) @ np.abs(weights) + abs(tie.constant))
        bad = np.flatnonzero(np.abs(values @ weights - tie.constant) > 2 * tie.error + rounding)
        if len(bad):
            raise InputError(
                f"row {start + int(bad[0])} breaks a tie of the training rows, where "
                f"{tie.sentence(names.__getitem__)}; correct the row, or fit with ties='keep'"
            )


def _check_shares(group: Shares, start: int, chunk: np.ndarray, names: Sequence[str]) -> None:
    values = chunk[:, list(group.columns)]
    if (bad := values <= 0).any():
        row, place = (int(i[0]) for i in np.nonzero(bad))
        raise InputError(
            f"{names[group.columns[place]]} is a share of {values[row, place]:g} in row {start + row}, which has no "
            "log-ratio; replace it by a small number and divide the row by its new sum"
        )


def remove_ties(ties: Sequence[Tie], statistics: Statistics, names: Sequence[str], how: str) -> TieRemoval | None:
    """The removal of ties that ``how`` asks for, one of `TIES`; None if there is nothing to remove.

    InputError if "log-ratio" finds no shares, or only some with zeros.
    """
    if how == "keep":
        return None
    removal = TieRemoval.of(ties, statistics, log_ratio=how == "log-ratio")
    if how == "log-ratio" and (removal is None or not removal.shares):
        for tie in ties:
            own = list(tie.columns)
            if tie.is_sum and not tie.one_hot and (statistics.minimum[own] >= 0).all():
                zero = own[int(np.argmin(statistics.minimum[own]))]
                raise InputError(
                    f"{names[zero]} is a share that is 0 in some rows, and has no log-ratio there; replace zeros by a "
                    "small number and divide each row by its new sum, or use ties='drop'"
                )
        raise InputError(
            "ties='log-ratio' needs columns above 0 that add up to one number, and found none; use ties='drop'"
        )
    return removal


def _formula(column: int, own: Mapping[int, float]) -> Formula:
    columns = tuple(c for c in sorted(own) if c >= 0)
    return Formula(column, columns, tuple(own[c] for c in columns), own[-1])


def _are_shares(tie: Tie, statistics: Statistics) -> bool:
    return tie.is_sum and not tie.one_hot and bool((statistics.minimum[list(tie.columns)] > 0).all())


def _eliminate(tie: Tie, formulas: dict[int, dict[int, float]], fixed: set[int], statistics: Statistics) -> bool:
    """Express a column of the tie by others, in ``formulas`` too, with the constant under -1; False if none may be."""
    weights = {-1: -tie.constant} | dict(zip(tie.columns, tie.weights, strict=True))
    for column in [column for column in weights if column in formulas]:
        weights = _substituted(weights, column, formulas[column])
    own = [column for column in weights if column >= 0]
    column = _determined(own, weights, fixed, statistics)
    if column is None:
        return False
    formula = {c: -w / weights[column] + 0.0 for c, w in weights.items() if c != column}
    for other in formulas:
        formulas[other] = _substituted(formulas[other], column, formula)
    formulas[column] = {-1: 0.0, **formula}
    return True


def _substituted(weights: dict[int, float], column: int, formula: dict[int, float]) -> dict[int, float]:
    if column not in weights:
        return weights
    factor = weights[column]
    both = {c: weights.get(c, 0.0) + factor * formula.get(c, 0.0) for c in {*weights, *formula} if c != column}
    largest = max((abs(w) for c, w in both.items() if c >= 0), default=0.0)
    return {c: w for c, w in both.items() if c == -1 or abs(w) > 1e-9 * largest}


def _determined(own: list[int], weights: Mapping[int, float], fixed: set[int], statistics: Statistics) -> int | None:
    free = [column for column in own if column not in fixed]
    real = [column for column in free if not statistics.whole[column]]
    if real:
        return max(real)
    if len(own) == 2 and free:
        return max(free)
    totals = [c for c in free if all(weights[c] * weights[other] < 0 for other in own if other != c)]
    return max(totals, default=None)
