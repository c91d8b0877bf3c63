"""Columns of levels: categories, levels with an order, and yes or no."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import pandas as pd

from elbax.core.likelihoods import Bernoulli, Categorical
from elbax.data.cells import Cells, as_number, level_text, shown
from elbax.data.columns.base import Proposal
from elbax.data.columns.facts import Facts
from elbax.data.columns.table_column import AbstractTableColumn, Place, common_fields, statistics_of, with_gaps
from elbax.data.frames import quoted
from elbax.data.grid import make_level_grid
from elbax.errors import InputError

_MOST_LEVELS = 10_000
_SHOWN = 12  # levels in a message
_TRUTH = {"True": "1", "False": "0", "1": "True", "0": "False", "true": "True", "false": "False"}  # stand for another


@dataclass(frozen=True, eq=False)
class AbstractLevels(AbstractTableColumn):
    """Levels; the code of a level is its position in ``values``."""

    is_number = False
    values: tuple[Any, ...]  # text, booleans, integers or floats, in their order
    other: bool  # whether levels that fit had not seen have a level of their own, the last

    @classmethod
    def learn_cells(cls, facts: Facts, feature: int, place: Place) -> Self:
        if facts.form not in ("text", "number", "boolean"):
            raise InputError(f"{facts.where} holds no labels, so it cannot be {cls.kind!r}; leave its kind to elbax")
        values = _levels(facts, place.name)
        other = facts.options.get("other", False)
        n = len(values) + other
        if len(values) > _MOST_LEVELS:
            raise InputError(
                f"{facts.where} holds {len(values):,} different labels, more than {_MOST_LEVELS:,}; group the rare "
                f"ones, or leave it out with columns={{{place.name!r}: 'ignore'}}"
            )
        draft = cls(
            np.array([feature]),
            None,
            place.name,
            place.positions,
            place.why,
            0.0,
            facts.form,
            None,
            None,
            values,
            other,
        )
        codes = draft.encode_cells(facts.cells)
        codes = codes[~np.isnan(codes)]
        own = common_fields(facts, place, codes, make_level_grid(codes, n, facts.observed_weights))
        return replace(draft, **own)

    @property
    def levels(self) -> int:
        return len(self.values) + self.other

    @property
    def input_width(self) -> int:
        return self.levels

    def encode_cells(self, cells: Cells) -> np.ndarray:
        labels, gaps = pd.factorize(_plain(cells)), cells.gaps
        position = {level_text(value): i for i, value in enumerate(self.values)}
        unseen = len(self.values) if self.other else -1
        texts = [level_text(label) for label in labels[1].tolist()]
        known = np.array([position.get(text, position.get(_TRUTH.get(text, ""), unseen)) for text in texts], int)
        codes = known[labels[0]] if len(known) else np.full(len(gaps), -1)
        if (wrong := np.flatnonzero((codes < 0) & ~gaps)).size:
            row = int(wrong[0])
            raise InputError(
                f"{cells.where} is {shown(cells.values[row])} in row {row}, which fit had not seen; known: "
                f"{quoted(self.values, limit=_SHOWN)}; leave such rows out, or fit with "
                f"columns={{{self.name!r}: '{self.kind}(other=true)'}}"
            )
        return with_gaps(codes, gaps)

    def decode_cells(self, codes: np.ndarray) -> Cells:
        gaps = np.isnan(codes)
        places = np.where(gaps, 0, codes).round().astype(int).clip(0, self.levels - 1)
        values = self.values + ("other",) * self.other
        found = np.array(values, dtype=object)[places]
        if self.form == "boolean":
            found = found.astype(bool)
        elif self.form == "number" and not (self.other and (places == len(self.values)).any()):
            found = found.astype(np.float64 if any(isinstance(value, float) for value in values) else np.int64)
        return Cells(self.form, found, gaps, self.where)

    def level_name(self, level: int) -> str:
        return level_text((*self.values, *("other",) * self.other)[level])

    def inputs(self, codes: np.ndarray, center: np.ndarray, unit: np.ndarray) -> np.ndarray:
        """One-hot codes (n, levels) of positions (n, 1); zeros in gaps."""
        return (codes == np.arange(self.levels)).astype(np.float64)

    def propose(self, others: list[Proposal], scale: str) -> list[Proposal]:
        if self.levels == 2:
            return [Proposal(Bernoulli(), "Bernoulli()", self.features, "two labels", "two labels only")]
        call, likelihood = f"Categorical(levels={self.levels})", Categorical(levels=self.levels)
        return [Proposal(likelihood, call, self.features, "labels", f"one of {self.levels} labels")]

    def describe(self) -> str:
        return f"a label among {quoted(self.values, limit=_SHOWN)}"


class Boolean(AbstractLevels):
    """Yes or no, however it is written."""

    kind = "boolean"

    @classmethod
    def recognize(cls, facts: Facts) -> str | None:
        if facts.form == "boolean":
            return "true and false"
        two = facts.form == "number" and len(facts.distinct) == 2 and list(facts.distinct) == [0, 1]
        return "0 and 1 only" if two else None

    @classmethod
    def learn_cells(cls, facts: Facts, feature: int, place: Place) -> Self:
        if len(facts.distinct) > 2:
            raise InputError(
                f"{facts.where} holds {len(facts.distinct)} different values, so it cannot be 'boolean'; call it "
                "'category', or those that stand for gaps with missing="
            )
        return super().learn_cells(facts, feature, place)


class Category(AbstractLevels):
    """Labels without an order."""

    kind = "category"

    @classmethod
    def recognize(cls, facts: Facts) -> str | None:
        n = len(facts.distinct)
        if facts.cells.levels is not None and not facts.cells.ordered:
            return f"a categorical type with {n} labels"
        if facts.form == "text" and facts.amounts is None:
            return f"{n} labels"
        if facts.digits_of_codes:
            return f"{n} codes of {facts.digits_of_codes} digits"
        if facts.form == "number" and n == 2:
            return f"two values, {facts.distinct[0]:g} and {facts.distinct[1]:g}"
        return None


class Ordered(AbstractLevels):
    """Levels with an order."""

    kind = "ordered"

    @classmethod
    def recognize(cls, facts: Facts) -> str | None:
        n = len(facts.distinct)
        if facts.cells.ordered:
            return f"a categorical type with {n} levels in an order"
        if facts.form == "number" and n > 2 and facts.few_levels and not facts.counts_things:
            return f"{n} whole numbers"
        return None


class GapFlag(AbstractLevels):
    """Whether a cell of another column is a gap, for missing="informative"; it is no column of the table."""

    kind = "gap"

    @classmethod
    def of(cls, owner: AbstractTableColumn, cells: Cells, feature: int, weights: np.ndarray | None) -> Self:
        """The flag of a column with these cells, some of them gaps, and weights of rows."""
        codes = cells.gaps.astype(np.float64)
        return cls(
            np.array([feature]),
            statistics_of(codes, weights),
            f"gap in {owner.name}",
            owner.positions,
            "gaps are informative",
            gaps=0.0,
            form="boolean",
            blank=None,
            grid=make_level_grid(codes, 2, weights),
            values=(False, True),
            other=False,
        )

    @classmethod
    def recognize(cls, facts: Facts) -> str | None:
        return None

    @classmethod
    def learn_cells(cls, facts: Facts, feature: int, place: Place) -> Self:
        raise InputError(f"{facts.where} cannot be 'gap'; missing='informative' models which cells are gaps")

    def encode_cells(self, cells: Cells) -> np.ndarray:
        return cells.gaps.astype(np.float64)


def _levels(facts: Facts, name: str) -> tuple[Any, ...]:
    """The levels that occur, in the order of the user or of the dtype if they name one."""
    if own := facts.options.get("levels"):
        return _named(tuple(own), facts, name)
    if facts.cells.levels is None:
        if facts.form == "boolean":
            return (False, True)
        distinct = facts.distinct.astype(np.int64) if facts.whole else facts.distinct
        return tuple(distinct.tolist())
    occurs = set(map(level_text, facts.distinct.tolist()))
    return tuple(level for level in facts.cells.levels if level_text(level) in occurs)


def _named(levels: tuple[Any, ...], facts: Facts, name: str) -> tuple[Any, ...]:
    """Levels that the user named; InputError if others occur, or one is named twice."""
    if facts.form == "number":
        levels = tuple(_number_of(level, name) for level in levels)
    texts = list(map(level_text, levels))
    if twice := [text for text in texts if texts.count(text) > 1]:
        raise InputError(f"columns[{name!r}] names the level {twice[0]!r} twice; name each once")
    if others := [value for value in facts.distinct.tolist() if level_text(value) not in texts]:
        row = int(np.flatnonzero((facts.cells.values == others[0]) & ~facts.cells.gaps)[0])
        raise InputError(
            f"columns[{name!r}] names the levels {quoted(texts, limit=_SHOWN)}, but {facts.where} is {others[0]!r} in "
            f"row {row}; name it too"
        )
    return levels


def _number_of(level: Any, name: str) -> int | float:
    number = as_number(level_text(level))
    if number is None:
        raise InputError(f"columns[{name!r}] names the level {level!r}, but the column holds numbers; name numbers")
    return int(number) if number.is_integer() else number


def _plain(cells: Cells) -> np.ndarray:
    """Values to be compared as text; none where there is a gap."""
    return np.where(cells.gaps, None, cells.values.astype(object))
