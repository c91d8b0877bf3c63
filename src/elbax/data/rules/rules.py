"""All rules of a table: checked against the training rows, and held in new rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Any, NamedTuple, Self

import narwhals as nw
import numpy as np
import pandas as pd

from elbax.data.cells import Cells, read_cells
from elbax.data.dtypes import DTYPES, column_index
from elbax.data.frames import as_frame, check_names
from elbax.data.rules.constructions import Joint, Sum, in_order, joint, sums
from elbax.data.rules.contradictions import check_contradictions
from elbax.data.rules.rule import AbstractRule, Combination, Comparison, Unique, parse
from elbax.data.rules.values import TEXT, Table, Values, read_table, to_cells
from elbax.data.rules.written_dates import WrittenDates
from elbax.data.table_layout import TableLayout, name_text
from elbax.errors import InputError

_SHOWN = 3  # rows in a message
_MOST_DRAWS = 100  # rows drawn for each row wanted
_FEW = 1000  # rows drawn at least before giving up
_ROUNDING = 1e-9  # of sums, relative


class Violation(NamedTuple):
    """A rule that rows break: its text, and the positions of the rows, (k,)."""

    rule: str
    rows: np.ndarray


@dataclass(frozen=True, eq=False)
class Rules:
    """Rules that rows hold to, such as "start <= end" or "a + b == total".

    A transform of frames holds most of them by construction: `encode` puts what can be modeled freely in place of some
    columns, `decode` computes these columns from it. A sum is computed from its parts; for an inequality the difference
    is modeled; a combination is one category. `hold` draws rows again that break what is left.

    A row with a gap breaks no rule about that column. Where a column that is computed from others has gaps in other
    rows than they have, rules about it are held by drawing again.

    Attributes:
        rules: all of them.
        constructions: what is held by construction, in the order of decoding.
        layout: of the frames.
        missing: texts and numbers that stand for gaps, beside blanks and "?".
        dates: columns of text that hold dates.
    """

    rules: tuple[AbstractRule, ...]
    constructions: tuple[Sum | Joint, ...]
    layout: TableLayout
    missing: tuple[str, ...] = ()
    dates: WrittenDates = WrittenDates({})

    @classmethod
    def of(cls, texts: str | Sequence[str], X: Any, missing: Sequence[str] = (), *, informative: bool = False) -> Self:
        """Read rules and check that the training rows X, a data frame, hold to them.

        Raises:
            InputError: a text is no rule, rules contradict each other, or rows break one.

        Example:
            >>> frame = pd.DataFrame({"a": [1, 2], "b": [5, 5], "total": [6, 7]})
            >>> rules = Rules.of(["a + b == total", "a <= b"], frame)
            >>> rules.encode(frame)
               a  b - a
            0  1      4
            1  2      3
            >>> rules.decode(rules.encode(frame)).equals(frame)
            True
        """
        rules = [rule for text in ([texts] if isinstance(texts, str) else texts) for rule in parse(text)]
        missing = tuple(missing)
        compared = {name for rule in rules if isinstance(rule, Comparison) for name in rule.columns}
        layout, cells, n = _columns(X, missing)
        dates = WrittenDates.of(cells, compared)
        table = _table(cells, n, dates)
        for rule in rules:
            rule.broken(table)  # unknown columns and senseless arithmetic come first
        check_contradictions([rule for rule in rules if isinstance(rule, Comparison)], table)
        self = cls(tuple(rules), (), layout, missing, dates)
        for rule, rows in self.violations(X):
            raise InputError(
                f"{len(rows):,} of {table.rows:,} training rows break rule {rule!r} ({_named(rows)}); "
                "correct or drop them, or leave the rule out"
            )
        return replace(self, constructions=_construct(rules, table, informative))

    def _read(self, X: Any) -> tuple[TableLayout, Table]:
        layout, cells, n = _columns(X, self.missing)
        return layout, _table(cells, n, self.dates)

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that rules are about."""
        return tuple(dict.fromkeys(name for rule in self.rules for name in rule.columns))

    @property
    def kinds(self) -> dict[str, str]:
        """Kinds of the columns that are modeled in place of others, where they are no guess."""
        pairs = (pair for one in self.constructions for pair in one.modeled.items())
        return {name: kind for name, kind in pairs if kind is not None}

    def describe(self) -> list[str]:
        """How each rule is held, one sentence each."""
        ways = {one.rule: _way(one) for one in self.constructions}
        texts = dict.fromkeys(rule.text for rule in self.rules)
        return [f"{text}: {ways.get(text, 'rows that break it are drawn again')}" for text in texts]

    def violations(self, X: Any) -> list[Violation]:
        """Rules that rows of a frame break, with the rows."""
        _, table = self._read(X)
        found: dict[str, np.ndarray] = {}
        for rule in self.rules:
            broken = rule.broken(table)
            for one in self.constructions:
                if isinstance(one, Joint) and one.rule == rule.text:
                    broken = broken | ~one.allows(table)
            found[rule.text] = found.get(rule.text, np.zeros(table.rows, bool)) | broken
        return [Violation(text, np.flatnonzero(broken)) for text, broken in found.items() if broken.any()]

    def encode(self, X: Any) -> Any:
        """A frame with what is modeled in place of computed columns; gaps that follow from an equality are filled.

        InputError if it is of another library than the training rows, or lacks a column of theirs.
        """
        if not self.constructions:
            return X
        layout, table = self._read(X)
        if layout.library != self.layout.library:
            raise InputError(
                f"X is of {layout.library}, but with rules it must be of {self.layout.library}, as in fit; convert it"
            )
        check_names([name for name in self.layout.texts if name in layout.texts], self.layout.texts)
        filled: dict[str, Values] = {}
        for one in reversed(self.constructions):
            if isinstance(one, Sum):
                filled |= one.fill(table)
                table = table._replace(columns={**table.columns, **filled})
        return _replaced(X, self, table, filled)

    def decode(self, X: Any) -> Any:
        """The inverse of `encode`: a frame with the names, order and dtypes of the training rows."""
        if not self.constructions:
            return X
        frame = _frame(X)
        _, table = self._read(X)
        cells: dict[str, Cells] = {}
        for one in self.constructions:
            cells |= one.decode(table)
            known = {name: self.dates.read(name, _cells(frame[name], self.missing)) for name in frame.columns}
            merged = {**known, **cells}
            table = read_table(merged, table.rows)._replace(unit=table.unit)
        dtypes, texts = DTYPES[self.layout.library], self.layout.texts
        pairs = zip(texts, self.layout.dtypes, strict=True)
        made = {
            name: dtypes.column(self.dates.write(name, cells[name]), dtypes.from_json(dtype))
            for name, dtype in pairs
            if name in cells
        }
        return self._with_names(_assembled(frame.to_native(), texts, made))

    def conditions(self, given: Mapping[Any, Any]) -> dict[Any, Any]:
        """Conditions on columns of the training rows as conditions on what is modeled in place of them.

        Raises:
            InputError: a column is computed from others, so that no condition can be put on it, or no training row has
                the values asked for in one combination.
        """
        for one in self.constructions:
            own = {name: value for name, value in given.items() if name_text(name) in one.targets}
            if own and isinstance(one, Joint):
                rest = {name: value for name, value in given.items() if name not in own}
                given = {**rest, one.name: one.levels_where({name_text(name): value for name, value in own.items()})}
            elif own:
                parts = [*one.inputs, *one.modeled]
                raise InputError(
                    f"given cannot name {one.target!r}, which rule {one.rule!r} computes from "
                    f"{', '.join(map(repr, parts))}; name these instead"
                )
        return dict(given)

    def fill(self, X: Any, filled: Any) -> Any:
        """The inverse of `encode` for rows X whose gaps were ``filled`` after it: what is known of X stays.

        Gaps in columns from which a known one is computed take values that add up to it, those of a combination take
        values that occur beside the known ones; see `settle` of `Sum` and `Joint`.
        """
        sums = [one for one in reversed(self.constructions) if isinstance(one, Sum)]
        decoded = self.decode(self._combined(X, filled))
        if not sums:
            return decoded
        (_, before), (_, table) = self._read(X), self._read(decoded)
        known = dict(before.columns)
        for one in sums:
            target = known[one.target]
            settled = one.settle(table, target, self._free(one, known))
            for name, column in settled.items():
                changed = column.values != table.columns[name].values
                known[name] = column._replace(missing=known[name].missing & ~changed)
            values = np.where(target.missing, table.columns[one.target].values, target.values)
            settled[one.target] = target._replace(values=values, missing=table.columns[one.target].missing)
            table = table._replace(columns={**table.columns, **settled})
        # Once there and back: differences take what their columns now say, and all rules hold.
        rows = self.decode(self.encode(self._changed(decoded, table)))
        return self._changed(rows, _with_known(self._read(rows)[1], before, {one.target for one in sums}))

    def _combined(self, X: Any, filled: Any) -> Any:
        """What was filled after `encode`, with levels of combinations that have the known values of rows X."""
        joints = [one for one in self.constructions if isinstance(one, Joint)]
        if not joints:
            return filled
        before, native = self._read(X)[1], _with_texts(_frame(filled).to_native())
        made, (layout, table) = {}, self._read(filled)
        for one in joints:
            levels = one.settle(before, table.columns[one.name])
            cells = Cells("text", levels.values, levels.missing, f"column {one.name!r}")
            made[one.name] = _plain_series(cells, self.layout.library)
        return _assembled(native, layout.texts, made)

    def _free(self, one: Sum, known: Mapping[str, Values]) -> dict[str, np.ndarray]:
        """Where each input of a sum may change: in its gaps, computed ones only in rows without another."""
        computed = {target for other in self.constructions for target in other.targets}
        free = {name: known[name].missing for name in one.inputs}
        plain = np.any([free[name] for name in free if name not in computed] or [False], axis=0)
        return {name: gaps & ~plain if name in computed else gaps for name, gaps in free.items()}

    def _changed(self, frame: Any, table: Table) -> Any:
        """A frame like the training rows with the values of a table."""
        dtypes, native = DTYPES[self.layout.library], _with_texts(_frame(frame).to_native())
        made = {}
        for name, dtype in zip(self.layout.texts, self.layout.dtypes, strict=True):
            values = table.columns[name]
            if values.form != TEXT:
                cells = self.dates.write(name, to_cells(values, table.unit, name, whole=values.whole))
                made[name] = dtypes.column(cells, dtypes.from_json(dtype))
        return self._with_names(_assembled(native, self.layout.texts, made))

    def _with_names(self, native: Any) -> Any:
        """A frame with columns named as in the training rows; those of pandas may be no text."""
        return native.set_axis(column_index(self.layout), axis=1) if isinstance(native, pd.DataFrame) else native

    def hold(self, draw: Callable[[int], Any], n: int) -> Any:
        """Rows that hold to all rules, out of those that ``draw(count)`` returns (decoded frames, new rows each time).

        Raises:
            InputError: after 100 rows for each one wanted there are not enough.
        """
        kept, have, drawn = [], 0, 0
        while have < n:
            rate = max(have, 1) / max(drawn, 1) if drawn else 1.0
            if drawn >= max(_MOST_DRAWS * n, _FEW):
                raise self._too_few(kept, have, drawn, n)
            count = min(ceil(1.1 * (n - have) / rate), max(_MOST_DRAWS * n, _FEW) - drawn)
            frame = _frame(draw(count))
            drawn += len(frame)
            kept.append(frame)
            rows = nw.concat(kept)
            broken = [found.rows for found in self.violations(rows.to_native())]
            left = np.setdiff1d(np.arange(len(rows)), np.concatenate([*broken, np.zeros(0, int)]))
            kept = [rows[left.tolist()]]
            have = len(left)
        result = kept[0][:n].to_native() if kept else _frame(draw(0)).to_native()
        return result.reset_index(drop=True) if isinstance(result, pd.DataFrame) else result

    def _too_few(self, kept: list[nw.DataFrame], have: int, drawn: int, n: int) -> InputError:
        held = {one.rule for one in self.constructions}
        texts = ", ".join(dict.fromkeys(repr(rule.text) for rule in self.rules if rule.text not in held))
        return InputError(
            f"only {have:,} of {drawn:,} drawn rows satisfy the rules {texts or 'given'}, too few for {n:,}; ask for "
            "fewer rows, train longer, or leave a rule out"
        )

    def to_config(self) -> dict[str, Any]:
        """Convert to JSON values; `from_config` needs the layout of the training rows."""
        kinds = [[type(one).__name__, one.to_config()] for one in self.constructions]
        texts = list(dict.fromkeys(rule.text for rule in self.rules))
        dates = dict(self.dates.writings)
        return {"texts": texts, "constructions": kinds, "missing": list(self.missing), "dates": dates}

    @classmethod
    def from_config(cls, config: Mapping[str, Any], layout: TableLayout) -> Self:
        rules = tuple(rule for text in config["texts"] for rule in parse(text))
        kinds: dict[str, Any] = {"Sum": Sum, "Joint": Joint}
        constructions = tuple(kinds[kind].from_config(one) for kind, one in config["constructions"])
        dates = WrittenDates(config.get("dates", {}))
        return cls(rules, constructions, layout, tuple(config["missing"]), dates)


def _with_known(table: Table, before: Table, names: set[str]) -> Table:
    """A table with the known values of some columns, where what was computed differs by rounding only."""
    columns = dict(table.columns)
    for name in names:
        column, known = columns[name], before.columns[name]
        near = ~known.missing & np.isclose(column.values, known.values, rtol=_ROUNDING, atol=0)
        columns[name] = column._replace(values=np.where(near, known.values, column.values))
    return table._replace(columns=columns)


def _construct(rules: Sequence[AbstractRule], table: Table, informative: bool) -> tuple[Sum | Joint, ...]:
    """Hold as many rules as possible by construction: equalities first, then combinations, then inequalities."""
    order = sorted(rules, key=lambda rule: (not _is_equality(rule), not isinstance(rule, Combination)))
    chosen: list[Any] = []
    for rule in order:
        taken = {target for one in chosen for target in one.targets}
        for candidate in _candidates(rule, table, informative):
            ordered = None if taken & set(candidate.targets) else in_order([*chosen, candidate])
            if ordered is not None:
                chosen = ordered
                break
        else:
            if _is_equality(rule) and not isinstance(rule, Unique) and len(rule.columns) > 1 and _numeric(rule, table):
                raise InputError(
                    f"rule {rule.text!r} cannot be held beside the other rules, since none of its columns can be "
                    "computed from the others; leave one of the rules out"
                )
    return tuple(chosen)


def _candidates(rule: AbstractRule, table: Table, informative: bool) -> list[Any]:
    if isinstance(rule, Combination):
        return [joint(rule, table, informative=informative)]
    return sums(rule, table) if isinstance(rule, Comparison) else []


def _is_equality(rule: AbstractRule) -> bool:
    return isinstance(rule, Comparison) and rule.operator == "=="


def _numeric(rule: AbstractRule, table: Table) -> bool:
    return all(table.columns[name].form == "number" for name in rule.columns)


def _way(one: Sum | Joint) -> str:
    if isinstance(one, Joint):
        return f"{one.name!r} is one category of {len(one.levels):,} levels"
    if not one.difference:
        return f"{one.target!r} is computed from {', '.join(map(repr, one.inputs))}"
    return f"{one.difference!r} is modeled in place of {one.target!r}"


def _table(cells: Mapping[str, Cells], n: int, dates: WrittenDates) -> Table:
    return read_table({name: dates.read(name, column) for name, column in cells.items()}, n)


def _columns(X: Any, missing: Sequence[str]) -> tuple[TableLayout, dict[str, Cells], int]:
    """Layout, cells by name and number of rows of a frame."""
    layout, columns = TableLayout.of(X, "X")
    if not layout.has_names:
        raise InputError("rules name columns, but X is an array without names; pass a data frame")
    cells = {name: _cells(column, missing) for name, column in zip(layout.texts, columns, strict=True)}
    return layout, cells, len(columns[0])


def _cells(column: nw.Series, missing: Sequence[str]) -> Cells:
    return read_cells(column, f"column {name_text(column.name)!r}", missing)


def _frame(X: Any) -> nw.DataFrame:
    return as_frame(X, "X")


def _named(rows: np.ndarray) -> str:
    shown = ", ".join(map(str, rows[:_SHOWN])) + (", …" if len(rows) > _SHOWN else "")
    return f"row {shown}" if len(rows) == 1 else f"rows {shown}"


def _replaced(X: Any, rules: Rules, table: Table, filled: Mapping[str, Values]) -> Any:
    """The frame X with differences and categories in the places of the columns that they stand for."""
    dtypes = DTYPES[rules.layout.library]
    native = _with_texts(_frame(X).to_native())
    made, place, names = {}, {}, list(rules.layout.texts)
    for one in rules.constructions:
        for name, cells in one.encode(table).items():
            made[name], place[one.targets[0]] = _plain_series(cells, rules.layout.library), name
    gone = {target for one in rules.constructions for target in one.targets}
    order = [place.get(name, name) for name in names if name not in gone or name in place]
    for name, values in filled.items():
        if name in order:
            dtype = dtypes.from_json(rules.layout.dtypes[names.index(name)])
            cells = rules.dates.write(name, to_cells(values, table.unit, name, whole=values.whole))
            made[name] = dtypes.column(cells, dtype)
    return _assembled(native, order, made)


def _with_texts(native: Any) -> Any:
    """A frame whose columns are named by text."""
    return native.set_axis(list(map(name_text, native.columns)), axis=1) if isinstance(native, pd.DataFrame) else native


def _plain_series(cells: Cells, library: str) -> Any:
    """Cells as a column of the library's plain dtype."""
    if library == "pandas":
        dtype: Any = np.dtype(object) if cells.form == "text" else cells.values.dtype
        return DTYPES[library].column(cells, dtype)
    import pyarrow as pa

    values = cells.values.tolist() if cells.form == "text" else cells.values
    array = pa.array(values, mask=cells.gaps)
    if library == "polars":
        import polars as pl

        return pl.Series(array)
    return array


def _assembled(native: Any, order: Sequence[str], made: Mapping[str, Any]) -> Any:
    """A frame of some columns of a frame and some new ones, with its index."""
    if isinstance(native, pd.DataFrame):
        columns = {name: made[name].set_axis(native.index) if name in made else native[name] for name in order}
        return pd.DataFrame(columns, index=native.index)
    if nw.from_native(native).implementation.is_polars():
        import polars as pl

        return pl.DataFrame([made[name].alias(name) if name in made else native[name] for name in order])
    import pyarrow as pa

    return pa.table({name: made[name] if name in made else native[name] for name in order})
