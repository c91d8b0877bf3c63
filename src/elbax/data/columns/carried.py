"""Columns that are carried along and not modeled: constants, keys, free text and what is ignored."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from elbax.data.cells import Cells
from elbax.data.columns.facts import Facts
from elbax.data.columns.table_column import NO_STATISTICS, AbstractTableColumn, Place


@dataclass(frozen=True, eq=False)
class AbstractCarried(AbstractTableColumn):
    """A column without codes."""

    modeled = False

    @classmethod
    def learn_cells(cls, facts: Facts, feature: int, place: Place) -> Self:
        own = cls._settings(facts)
        none = np.empty(0, int)
        return cls(
            none, NO_STATISTICS, place.name, place.positions, place.why, facts.gap_share, facts.form, None, **own
        )

    @classmethod
    def _settings(cls, facts: Facts) -> dict[str, Any]:
        return {}

    def encode_cells(self, cells: Cells) -> np.ndarray:
        return np.empty((len(cells.gaps), 0))

    def decode_cells(self, codes: np.ndarray) -> Cells:
        """Blanks, one for each row of codes."""
        return Cells("other", np.full(len(codes), None, object), np.ones(len(codes), bool), self.where)


@dataclass(frozen=True, eq=False)
class ConstantCell(AbstractCarried):
    """One value in every row."""

    kind = "constant"
    value: Any

    @classmethod
    def recognize(cls, facts: Facts) -> str | None:
        return "the same in every row" if len(facts.distinct) == 1 else None

    @classmethod
    def _settings(cls, facts: Facts) -> dict[str, Any]:
        return {"value": facts.values[0].item() if isinstance(facts.values[0], np.generic) else facts.values[0]}

    def decode_cells(self, codes: np.ndarray) -> Cells:
        values = np.full(len(codes), self.value, object)
        dtype = {"number": np.float64 if isinstance(self.value, float) else np.int64, "boolean": bool}.get(self.form)
        return Cells(
            self.form, values if dtype is None else values.astype(dtype), np.zeros(len(codes), bool), self.where
        )


class Ignored(AbstractCarried):
    """What is left out of the model."""

    kind = "ignore"

    @classmethod
    def recognize(cls, facts: Facts) -> str | None:
        return "neither numbers nor text nor dates" if facts.form == "other" else None
