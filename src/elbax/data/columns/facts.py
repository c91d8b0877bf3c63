"""What the observed cells of a column show."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from elbax.data.cells import Cells

_MOST_DECIMALS = 6
_WHOLE = 2.0**53  # greater floats are all integers


@dataclass(frozen=True, eq=False)
class Facts:
    """The observed cells of one column, and what kinds ask about them.

    Attributes:
        cells: the column.
        name: its name.
        options: what the user asked of the kind, by name.
    """

    cells: Cells
    name: str
    options: Mapping[str, Any] = field(default_factory=dict)

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
    def n(self) -> int:
        """Number of observed values."""
        return len(self.values)

    @property
    def gap_share(self) -> float:
        return float(self.cells.gaps.mean())

    @cached_property
    def _counted(self) -> tuple[np.ndarray, np.ndarray]:
        if self.form in ("text", "other"):
            codes, distinct = pd.factorize(self.values)
            order = sorted(range(len(distinct)), key=lambda i: level_order(distinct[i]))
            return np.asarray(distinct, object)[order], np.bincount(codes, minlength=len(distinct))[order]
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


def level_order(label: Any) -> tuple[bool, float, str]:
    """Sort key of labels: integers in numerical order, then text in alphabetical order."""
    text = str(label)
    number = text.removeprefix("-").isdecimal()
    return not number, int(text) if number else 0, text
