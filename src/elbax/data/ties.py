"""Ties: columns of a table that other columns determine."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

_NAMED = 5
_COLUMN, _COLUMNS = "column ", "columns "


@dataclass(frozen=True)
class Tie:
    """Columns of which one is determined by the others, in every row.

    Attributes:
        columns: positions of the columns in a row. Of a function, the first determines the second.
        weights: the weighted sum of the columns is ``constant`` in every row; empty for a function.
        constant: that sum.
        error: the largest deviation from it in the training rows, such as an error of rounding.
        one_hot: whether the columns are 0 and 1, with exactly one 1 in every row.

    Example:
        >>> Tie((0, 1, 2), (1.0, 1.0, 1.0), 1.0).sentence("abc".__getitem__)
        'a, b and c add up to 1 in every row'
        >>> Tie((0, 1), (1.0, -1.0)).sentence(["column 3", "column 7"].__getitem__)
        'column 7 repeats column 3 in every row'
    """

    columns: tuple[int, ...]
    weights: tuple[float, ...] = ()
    constant: float = 0.0
    error: float = 0.0
    one_hot: bool = False

    @property
    def is_linear(self) -> bool:
        return bool(self.weights)

    @property
    def is_sum(self) -> bool:
        """Whether the columns add up to a constant."""
        return self.is_linear and len(set(self.weights)) == 1

    def sentence(self, name: Callable[[int], str]) -> str:
        """The tie in words; ``name`` returns the name of a column."""
        names = [name(column) for column in self.columns]
        if not self.is_linear:
            return f"{names[1]} is a function of {names[0]}: rows with one value of it have one value of {names[1]}"
        if self.one_hot:
            return f"exactly one of {listed(names)} is 1 in every row (a one-hot group)"
        if self.is_sum:
            return f"{listed(names)} add up to {self.constant / self.weights[0]:.6g} in every row"
        return self._equation(names)

    def _equation(self, names: list[str]) -> str:
        """The last column with a weight of its own as a weighted sum of the others."""
        weights = np.array(self.weights)
        own = self._determined(weights)
        factors, offset = np.delete(-weights / weights[own], own), self.constant / weights[own]
        target, others = names[own], [n for i, n in enumerate(names) if i != own]
        more = f" plus {offset:.6g}" if offset > 0 else f" minus {-offset:.6g}" if offset < 0 else ""
        if len(others) == 1:
            if factors[0] == 1 and not more:
                return f"{target} repeats {others[0]} in every row"
            return f"{target} is {factors[0]:.6g} times {others[0]}{more} in every row"
        if (factors == 1).all():
            return f"{target} is the sum of {listed(others)}{more} in every row"
        return f"{target} is a weighted sum of {listed(others)}{more} in every row"

    @staticmethod
    def _determined(weights: np.ndarray) -> int:
        """The column whose sign differs from all others, such as a total; else the last."""
        for sign in (1, -1):
            own = np.flatnonzero(sign * weights > 0)
            if len(own) == 1 and len(weights) > 2:
                return int(own[0])
        return len(weights) - 1

    def to_json(self) -> dict[str, Any]:
        return {
            "columns": list(self.columns),
            "weights": list(self.weights),
            "constant": self.constant,
            "error": self.error,
            "one_hot": self.one_hot,
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Self:
        return cls(
            **{**record, "columns": tuple(map(int, record["columns"])), "weights": tuple(map(float, record["weights"]))}
        )


def listed(names: Iterable[str], most: int = _NAMED) -> str:
    """Names as a list in words: "columns 'a' and 'b'", or "a, b, c and 9 more"."""
    names = list(names)
    if len(names) > 1 and all(name.startswith(_COLUMN) for name in names):
        names = [_COLUMNS + names[0].removeprefix(_COLUMN), *(name.removeprefix(_COLUMN) for name in names[1:])]
    if len(names) <= most:
        return ", ".join(names[:-1]) + (" and " if len(names) > 1 else "") + names[-1]
    return f"{', '.join(names[: most - 1])} and {len(names) - most + 1} more"
