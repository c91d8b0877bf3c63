"""The interface of a kind of column of a table with kinds and gaps."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np

from elbax.data.cells import Cells
from elbax.data.column_statistics import Statistics, measure
from elbax.data.columns.base import AbstractColumn, Proposal
from elbax.data.columns.facts import Facts
from elbax.data.columns.real import propose_normal
from elbax.data.grid import grid_from_json, grid_to_json, make_grid
from elbax.types import Grid


class Place(NamedTuple):
    """What a table knows of a column before its kind is learned.

    Attributes:
        name: the column's name, for messages.
        positions: its columns among those of the table; several for a one-hot group.
        why: why it is of its kind, in one phrase.
    """

    name: str
    positions: tuple[int, ...]
    why: str


@dataclass(frozen=True, eq=False)
class AbstractTableColumn(AbstractColumn):
    """One column of a table, which may have gaps: NaN is the code of a gap.

    `recognize` tells whether observed values are of the kind, and why; the first kind of the registry wins. `learn`
    makes the column from them. Columns that are not modeled have no features and no codes.
    """

    modeled: ClassVar[bool] = True
    name: str  # of the column, for messages
    positions: tuple[int, ...]  # its columns among those of the table
    why: str  # why it is of this kind, in one phrase
    gaps: float  # share of its cells among the training rows that are missing
    form: str  # what its cells hold, see `Cells`
    blank: str | None  # the text that stands for gaps, if one does
    grid: Grid | None  # where its training values lie

    @classmethod
    @abstractmethod
    def recognize(cls, facts: Facts) -> str | None:
        """Why observed values are of this kind, in one phrase; None if they are not."""

    @classmethod
    @abstractmethod
    def learn_cells(cls, facts: Facts, feature: int, place: Place) -> Self:
        """Learn from observed values; InputError if they cannot be of this kind."""

    @abstractmethod
    def encode_cells(self, cells: Cells) -> np.ndarray:
        """Codes (n,), NaN where there is a gap; InputError if a value cannot be one of this column."""

    @abstractmethod
    def decode_cells(self, codes: np.ndarray) -> Cells:
        """Cells of codes (n,), the inverse of `encode_cells`."""

    def encode_all(self, group: Sequence[Cells]) -> np.ndarray:
        """Codes (n,) of the cells of all columns at its positions."""
        return self.encode_cells(group[0])

    def decode_all(self, codes: np.ndarray) -> list[Cells]:
        """Cells of codes (n,) for all columns at its positions."""
        return [self.decode_cells(codes)]

    @property
    def levels(self) -> int:
        """The number of levels that codes are positions in; 0 for a number."""
        return 0

    def level_name(self, level: int) -> str:
        """The text of a level."""
        raise IndexError(f"{self.where} has no level {level}")

    @property
    def where(self) -> str:
        """The column for messages."""
        return f"column {self.name!r}"

    def propose(self, others: list[Proposal], scale: str) -> list[Proposal]:
        return [propose_normal(self.features, scale)] if self.modeled else []

    def to_config(self) -> dict[str, Any]:
        own = {field.name: _to_json(getattr(self, field.name)) for field in fields(self)[2:]}
        return {"kind": self.kind, "features": self.features.tolist(), **own, "statistics": self.statistics.to_config()}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        features = np.asarray(config["features"], int)
        statistics = Statistics.from_config(config["statistics"], len(features))
        own = {field.name: _from_json(config[field.name]) for field in fields(cls)[2:]}
        return cls(features, statistics, **own)


def statistics_of(codes: np.ndarray, weights: np.ndarray | None = None) -> Statistics:
    """Statistics of the observed codes (m,) of one feature, with their weights (m,)."""
    statistics, _ = measure(codes.astype(np.float64)[:, None], weights)
    assert statistics is not None  # codes are finite
    return statistics


NO_STATISTICS = Statistics(*(np.empty(0, bool if name == "whole" else float) for name in Statistics._fields))


def common_fields(facts: Facts, place: Place, codes: np.ndarray, grid: Grid | None = None) -> dict[str, Any]:
    """The fields that columns of all kinds have, from the observed codes (m,)."""
    return {
        "statistics": statistics_of(codes, facts.observed_weights),
        "name": place.name,
        "positions": place.positions,
        "why": place.why,
        "gaps": facts.gap_share,
        "form": facts.form,
        "blank": facts.cells.blank,
        "grid": make_grid(codes, facts.observed_weights) if grid is None else grid,
    }


def with_gaps(codes: np.ndarray, gaps: np.ndarray) -> np.ndarray:
    """Codes as floats, NaN where there is a gap."""
    return np.where(gaps, np.nan, codes.astype(np.float64))


def _to_json(value: Any) -> Any:
    if isinstance(value, Grid):
        return {"grid": grid_to_json(value)}
    return [_to_json(entry) for entry in value] if isinstance(value, tuple) else value


def _from_json(value: Any) -> Any:
    if isinstance(value, dict):
        return grid_from_json(value["grid"])
    return tuple(map(_from_json, value)) if isinstance(value, list) else value
