"""Groups of columns of which exactly one is set in every row: one category over several columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Self

import numpy as np

from elbax.core.likelihoods import Bernoulli, Categorical
from elbax.data.cells import Cells, shown
from elbax.data.columns.base import Proposal
from elbax.data.columns.facts import Facts
from elbax.data.columns.table_column import AbstractTableColumn, Place, statistics_of, with_gaps
from elbax.data.frames import quoted
from elbax.data.grid import make_level_grid
from elbax.errors import InputError

_FEWEST_COLUMNS, _FEWEST_ROWS = 3, 10


@dataclass(frozen=True, eq=False)
class OneHot(AbstractTableColumn):
    """A category that several columns of 0 and 1 hold together; the code is the position of the 1 among them."""

    kind = "onehot"
    is_number = False
    values: tuple[str, ...]  # names of the columns
    forms: tuple[str, ...]  # what their cells hold

    @classmethod
    def recognize(cls, facts: Facts) -> str | None:
        return None  # it takes several columns, see `find_groups`

    @classmethod
    def learn_cells(cls, facts: Facts, feature: int, place: Place) -> Self:
        raise InputError(f"{facts.where} alone cannot be 'onehot'; name all columns of the group so")

    @classmethod
    def learn_group(
        cls,
        group: Sequence[Cells],
        names: Sequence[str],
        feature: int,
        place: Place,
        weights: np.ndarray | None = None,
    ) -> Self:
        """Learn from the cells of all columns; InputError if a row has none or several that are set."""
        codes = codes_of(group)
        observed = codes[~np.isnan(codes)]
        weights = None if weights is None else weights[~np.isnan(codes)]
        gaps = float(np.isnan(codes).mean())
        own = statistics_of(observed, weights), place.name, place.positions, place.why, gaps, "boolean", None
        forms = tuple(cells.form for cells in group)
        grid = make_level_grid(observed, len(group), weights)
        return cls(np.array([feature]), *own, grid, tuple(names), forms)

    @property
    def levels(self) -> int:
        return len(self.values)

    @property
    def input_width(self) -> int:
        return self.levels

    @property
    def where(self) -> str:
        return f"columns {quoted(self.values)}"

    def encode_all(self, group: Sequence[Cells]) -> np.ndarray:
        return codes_of(group)

    def decode_all(self, codes: np.ndarray) -> list[Cells]:
        gaps = np.isnan(codes)
        places = np.where(gaps, 0, codes).round().astype(int)
        cells = []
        for place, form in enumerate(self.forms):
            own = places == place
            cells.append(Cells(form, own if form == "boolean" else own.astype(np.int64), gaps, self.where))
        return cells

    def encode_cells(self, cells: Cells) -> np.ndarray:
        return self.encode_all([cells])

    def decode_cells(self, codes: np.ndarray) -> Cells:
        return self.decode_all(codes)[0]

    def level_name(self, level: int) -> str:
        return self.values[level]

    def inputs(self, codes: np.ndarray, center: np.ndarray, unit: np.ndarray) -> np.ndarray:
        """One-hot codes (n, levels) of positions (n, 1); zeros in gaps."""
        return (codes == np.arange(self.levels)).astype(np.float64)

    def propose(self, others: list[Proposal], scale: str) -> list[Proposal]:
        if self.levels == 2:
            return [Proposal(Bernoulli(), "Bernoulli()", self.features, "two labels", "two labels only")]
        call, likelihood = f"Categorical(levels={self.levels})", Categorical(levels=self.levels)
        return [Proposal(likelihood, call, self.features, "labels", f"one of {self.levels} labels")]

    def describe(self) -> str:
        return f"one of {quoted(self.values)}"


def codes_of(group: Sequence[Cells]) -> np.ndarray:
    """The position of the one column that is set, (n,); NaN where gaps leave it open.

    InputError if none or several are set in a row, or a value is neither 0 nor 1.
    """
    is_set, gaps = _marks(group)
    ones, open_ = is_set.sum(axis=1), gaps.sum(axis=1)
    wrong = (ones > 1) | ((ones == 0) & (open_ == 0))
    if wrong.any():
        row = int(wrong.argmax())
        what = "none" if ones[row] == 0 else "several"
        raise InputError(
            f"{what} of the columns {quoted([_name(cells) for cells in group])} of a one-hot group "
            f"{'is' if ones[row] == 0 else 'are'} set in row {row}; set exactly one, or make them gaps"
        )
    codes = np.where(ones == 1, is_set.argmax(axis=1), gaps.argmax(axis=1)).astype(np.float64)
    return with_gaps(codes, (ones == 0) & (open_ > 1))


def find_groups(cells: Sequence[Cells], names: Sequence[str]) -> list[list[int]]:
    """Groups of at least three columns of which exactly one is set in every row, by position.

    Neighbors are tried first, then columns whose names begin alike, as those of pandas' `get_dummies` do.
    """
    candidates = [i for i, one in enumerate(cells) if _is_candidate(one)]
    if len(candidates) < _FEWEST_COLUMNS or len(cells[0].gaps) < _FEWEST_ROWS:
        return []
    marks = {i: _as_bool(cells[i]) for i in candidates}
    gaps = {i: cells[i].gaps for i in candidates}
    groups, taken = [], set()
    for members in [*_neighbors(candidates, marks, gaps), *_alike(candidates, names)]:
        complete = len(members) >= _FEWEST_COLUMNS and not taken & set(members)
        if complete and _covers(np.stack([marks[i] for i in members]), gaps, members):
            groups.append(sorted(members))
            taken |= set(members)
    return groups


def _neighbors(candidates: list[int], marks: dict[int, np.ndarray], gaps: dict[int, np.ndarray]) -> list[list[int]]:
    """Runs of neighboring columns that end where exactly one is set in every row."""
    found, start = [], 0
    while start < len(candidates):
        total, members = np.zeros(len(marks[candidates[start]]), int), []
        for i in candidates[start:]:
            if (members and i != members[-1] + 1) or (total + marks[i]).max() > 1:
                break
            total, members = total + marks[i], [*members, i]
            if ((total == 1) | gaps[i]).all() and len(members) >= _FEWEST_COLUMNS:
                break
        complete = bool(members) and ((total == 1) | gaps[members[-1]]).all()
        found += [members] if complete else []
        start += len(members) if complete else 1
    return found


def _alike(candidates: list[int], names: Sequence[str]) -> list[list[int]]:
    """Columns whose names have a beginning in common, up to the last "_", "=" or "."."""
    beginning = {i: _beginning(names[i]) for i in candidates}
    named = sorted((i for i in candidates if beginning[i]), key=lambda i: beginning[i])
    return [list(members) for _, members in groupby(named, key=lambda i: beginning[i])]


def _beginning(name: str) -> str:
    return name[: max(name.rfind(sign) for sign in "_=.:")] if any(sign in name for sign in "_=.:") else ""


def _covers(marks: np.ndarray, gaps: dict[int, np.ndarray], members: list[int]) -> bool:
    ones = marks.sum(axis=0)
    open_ = np.any([gaps[i] for i in members], axis=0)
    return bool(((ones == 1) | (open_ & (ones == 0))).all() and (ones == 1).any())


def _is_candidate(cells: Cells) -> bool:
    """Whether cells are 0 and 1, or false and true, both of which occur."""
    if cells.form not in ("boolean", "number") or cells.levels is not None:
        return False
    values = cells.observed
    return bool(len(values) and values.min() == 0 and values.max() == 1 and ((values == 0) | (values == 1)).all())


def _as_bool(cells: Cells) -> np.ndarray:
    return (cells.values == 1) & ~cells.gaps


def _marks(group: Sequence[Cells]) -> tuple[np.ndarray, np.ndarray]:
    for cells in group:
        plain = cells.form in ("boolean", "number")
        wrong = ~cells.gaps & (((cells.values != 0) & (cells.values != 1)) if plain else True)
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            raise InputError(
                f"{cells.where} is {shown(cells.values[row])} in row {row}; a column of a one-hot group is 0 or 1"
            )
    return np.stack([_as_bool(cells) for cells in group], axis=1), np.stack([cells.gaps for cells in group], axis=1)


def _name(cells: Cells) -> str:
    return cells.where.removeprefix("column ").strip("'")
