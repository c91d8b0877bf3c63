"""The schema of x or of context: how rows become numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np

from elbax.core.likelihoods.base import Support
from elbax.data.axes import Axes
from elbax.data.cells import Cells
from elbax.data.column_learning import changed, with_arrangement
from elbax.data.column_statistics import Statistics, find_non_finite
from elbax.data.columns import (
    AbstractColumn,
    Exposure,
    Integer,
    Levels,
)
from elbax.data.context import split_context
from elbax.data.context_encoding import encode_columns
from elbax.data.frames import as_array, check_names, keep_on_disk
from elbax.data.network_inputs import network_inputs
from elbax.data.repeats import Repeats, find_repeats
from elbax.data.rules import Rules
from elbax.data.schema_config import fields_from_config, schema_to_config
from elbax.data.schema_learning import context_fields, number_fields
from elbax.data.table import Table
from elbax.data.table_layout import TableLayout
from elbax.data.table_ties import find_table_ties
from elbax.data.tie_removal import TieRemoval
from elbax.data.ties import Tie
from elbax.data.value_checks import check_levels, check_resolution, check_spread, describe_feature, non_finite_error
from elbax.errors import InputError
from elbax.types import Summary


@dataclass(frozen=True, eq=False)
class Schema:
    """The columns of x or of context, learned from the training rows.

    `encode` turns rows of values into rows of codes: numbers unchanged, labels and levels as positions, axes in one
    layout. `decode` is its inverse. `inputs` turns codes into network inputs: numbers standardized, each channel of an
    image with one center and one unit, labels one-hot.

    Attributes:
        name: "x" or "context".
        axes: the axes of a row as the user has them.
        columns: names of a table's columns, or None.
        n_rows: number of training rows.
        blocks: the columns of the codes, those of numbers grouped by kind.
        ties: columns of the values that others determine.
        repeats: rows that occur more than once.
        removal: how codes leave tied columns out; None if they keep all.
        table: the columns of a table with kinds and gaps, see `of_table`; None for numbers and context.
        rules: what rows of the table hold to; codes are those of columns that can be modeled freely. None for none.
        layout: the library, names and dtypes of a data frame of numbers, which `decode` gives back; else None.

    Example:
        >>> schema = Schema.of(np.array([[0.5, 3], [2.5, 0]]), columns=("height", "visits"))
        >>> schema.kinds
        ('real', 'count')
        >>> schema = Schema.of_context(["cat", "dog", "cat"])
        >>> schema.inputs(schema.encode("dog"), 2)
        array([[0., 1.],
               [0., 1.]], dtype=float32)
    """

    name: str
    axes: Axes
    columns: tuple[str, ...] | None
    n_rows: int
    blocks: tuple[AbstractColumn, ...]
    ties: tuple[Tie, ...] = ()
    repeats: Repeats = Repeats()
    removal: TieRemoval | None = None
    table: Table | None = None
    layout: TableLayout | None = None
    rules: Rules | None = None

    @classmethod
    def of(
        cls,
        x: np.ndarray,
        columns: tuple[str, ...] | None = None,
        axes: Axes | None = None,
        *,
        kept: Support | None = None,
        ties: str = "keep",
        weights: np.ndarray | None = None,
        counts: bool = False,
    ) -> Self:
        """Learn from ``x``, shape ``(n, …)``, in a pass or two over chunks; memory maps may exceed memory.

        Args:
            x: the rows, in the user's axes.
            columns: names of a table's columns.
            axes: the axes of a row; guessed by default.
            kept: values that are modeled as they are, although they are few; by default 0 and 1.
            ties: what to do about columns that others determine, one of `TIES`; see `TieRemoval`.
            weights: one number above 0 for each row.
            counts: whether whole numbers from 0 up are counts in every column, whatever values it happens to have.

        Raises:
            InputError: a value is NaN or infinite, there is only one row, nothing varies, or a column varies by less
                than single precision can represent; or shares of zero have no log-ratio.
        """
        fields = number_fields(x, columns, axes, kept=kept, ties=ties, weights=weights, counts=counts)
        schema = cls("x", **fields)
        check_spread(schema.statistics, schema.describe)
        dtype = x.dtype if schema.removal is None else schema.removal.dtype(x.dtype)
        if dtype.itemsize == 8:
            check_resolution(schema.statistics, schema.describe)
        return schema

    @classmethod
    def of_context(cls, context: Any) -> Self:
        """Learn from the context of the training rows, one entry per row.

        Context is a one-dimensional array of labels (text, integers, booleans) or of real numbers, an array of numbers
        (n, c), a data frame or dictionary (numbers stay numbers, everything else is a label), or images
        (n, h, w[, channels]).

        Raises:
            InputError: a value is missing or unusable, or there are more than 1,000 labels.
        """
        return cls("context", **context_fields(context))

    @classmethod
    def of_table(
        cls,
        X: Any,
        columns: Mapping[str, Any] | None = None,
        missing: Sequence[str] = (),
        *,
        informative: bool = False,
        rules: Sequence[str] = (),
        weights: np.ndarray | None = None,
    ) -> Self:
        """Learn from a table whose columns may be of any kind and have gaps.

        Codes are NaN where there is a gap. Statistics are those of observed cells.

        Args:
            X: a data frame of pandas, polars or pyarrow, or an array (n, d).
            columns: kinds of columns by name, such as ``{"age": "count"}``; those of other columns are found.
            missing: texts or numbers that stand for a gap, beside blanks and "?".
            rules: what rows hold to, such as "start <= end"; see `elbax.data.rules.Rules`.
            informative: whether codes also have a flag for each column with gaps, true where a cell is one.
            weights: one number above 0 for each row, in statistics and marginals; kinds do not depend on them.

        Raises:
            InputError: a column is of no use, or its values are not of the kind that was chosen.

        Example:
            >>> import pandas as pd
            >>> frame = pd.DataFrame({"pet": ["cat", None, "dog", "cat"], "weight": [4.5, 9.25, None, 7.5]})
            >>> schema = Schema.of_table(frame)
            >>> schema.kinds, schema.levels
            (('category', 'real'), (2, 0))
            >>> schema.encode(frame)
            array([[0.  , 4.5 ],
                   [ nan, 9.25],
                   [1.  ,  nan],
                   [0.  , 7.5 ]])
        """
        held = Rules.of(rules, X, tuple(map(str, missing)), informative=informative) if rules else None
        encoded = X if held is None else held.encode(X)
        kinds = dict(columns or {}) if held is None else held.kinds | dict(columns or {})
        table = Table.learn(encoded, kinds, missing, informative=informative, weights=weights)
        codes = table.encode(encoded)
        if len(codes) < 2:
            raise InputError(f"found {len(codes)} sample{'s' * (len(codes) != 1)} in x; a VAE needs at least 2")
        axes = Axes("", (codes.shape[1],))
        layout = table.layout if held is None else held.layout
        names = layout.texts if layout.has_names else None
        repeats = find_repeats(codes)
        schema = cls("x", axes, names, len(codes), table.columns, repeats=repeats, table=table, rules=held)
        check_spread(schema.statistics, schema.describe)
        ties = find_table_ties(codes, schema.statistics, schema.levels, has_copies=repeats.notable)
        return replace(schema, ties=ties)

    @property
    def event_shape(self) -> tuple[int, ...]:
        """Shape of one row of codes: ``(d,)`` or ``(height, width, channels)``."""
        return self.axes.layout if self.removal is None else (self.removal.n_codes,)

    @cached_property
    def value_names(self) -> list[str]:
        """Names of the flattened features of the values, or of the codes of a table with kinds, for messages."""
        if self.table is not None:
            return [self.describe(feature) for feature in range(self.n_features)]
        return [describe_feature(feature, self.axes, self.columns) for feature in range(int(np.prod(self.axes.layout)))]

    @property
    def n_features(self) -> int:
        """Number of features of a flattened row of codes."""
        return int(np.prod(self.event_shape))

    @property
    def is_image(self) -> bool:
        """Whether rows have a height, a width and channels; windows have a width of 1."""
        return not self.axes.is_table

    @cached_property
    def column_of(self) -> tuple[AbstractColumn, ...]:
        """The column that each flattened feature belongs to."""
        owner = {feature: column for column in self.blocks for feature in column.features.tolist()}
        return tuple(owner[feature] for feature in range(self.n_features))

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """The kind of each flattened feature, one of `COLUMN_KINDS`."""
        return tuple(column.kind for column in self.column_of)

    @cached_property
    def statistics(self) -> Statistics:
        """Statistics of all features, flattened."""
        order = np.argsort(np.concatenate([column.features for column in self.blocks]))
        stacked = zip(*(column.statistics for column in self.blocks), strict=True)
        return Statistics(*(np.concatenate(arrays)[order] for arrays in stacked))

    @cached_property
    def shares_range(self) -> bool:
        """Whether all features are on one scale: pixels, and flat rows of x within [0, 1] or of gray levels."""
        flat = (
            self.name == "x"
            and self.table is None
            and (self.statistics.within_unit.all() or Integer.kind in self.kinds)
        )
        return self.is_image or bool(flat)

    @cached_property
    def summary(self) -> Summary:
        """Statistics for the parts of a model; features of one channel, or on one scale, share center and unit."""
        statistics, channels = self.statistics, self.axes.channels
        if self.shares_range:
            mean, variance = (array.reshape(-1, channels) for array in (statistics.mean, statistics.std**2))
            center = mean.mean(axis=0)
            unit = np.sqrt(np.mean(variance + (mean - center) ** 2, axis=0))
            center, unit = np.tile(center, len(mean)), np.tile(unit, len(mean))
        else:
            center, unit = statistics.mean, statistics.std
        unit = np.where(unit > 0, unit, 1.0)
        arrays = (
            statistics.mean,
            statistics.std,
            statistics.minimum,
            statistics.maximum,
            center,
            unit,
            statistics.spacing,
        )
        shaped = (array.reshape(self.event_shape) for array in arrays)
        grids = None if self.table is None else tuple(column.grid for column in self.table.modeled)
        return Summary(*shaped, channels=channels, grids=grids)

    def overview(self) -> Any:
        """A data frame with a row for each column of a table with kinds: column, kind, why and share of gaps."""
        if self.table is None:
            raise InputError("this schema is of numbers without kinds; make one with Schema.of_table")
        return self.table.overview()

    @property
    def levels(self) -> tuple[int, ...]:
        """Number of levels of each feature of a table with kinds; 0 for numbers."""
        return () if self.table is None else tuple(column.levels for column in self.table.modeled)

    @property
    def typical(self) -> tuple[str, ...]:
        """What fills a gap of each feature: the "mean", "median" or "mode" of its draws."""
        kinds = zip(self.levels or (0,) * self.n_features, self.kinds, strict=True)
        return tuple("median" if kind in ("spiked", "ordered") else "mode" if n else "mean" for n, kind in kinds)

    @property
    def feature_names(self) -> list[str]:
        """The name of each feature of codes, or words for one without."""
        if self.table is not None:
            return [column.name for column in self.table.modeled]
        own = self.columns if self.removal is None else None
        return [self.describe(feature) for feature in range(self.n_features)] if own is None else list(own)

    def level_name(self, feature: int, code: int) -> str:
        """The label that a code of a feature of levels stands for."""
        return self.column_of[feature].level_name(code)

    def value_of(self, feature: int, code: float) -> Any:
        """The value that a code of one feature stands for: of levels their name."""
        if self.table is None:
            return float(code)
        if self.levels[feature]:
            return self.level_name(feature, round(float(code)))
        value = self.table.modeled[feature].decode_cells(np.array([float(code)])).values[0]
        return value.item() if isinstance(value, np.number) else value

    def fill(self, X: Any, codes: np.ndarray) -> Any:
        """Rows X of a table as they are, with gaps filled by the values of codes."""
        assert self.table is not None  # who asks has looked
        if self.rules is None:
            return self.table.fill(X, codes)
        return self.rules.fill(X, self.table.fill(self.rules.encode(X), codes))

    @property
    def exposure(self) -> Exposure | None:
        """The column of context that is an exposure, always the last; None without one."""
        return next((column for column in self.blocks if isinstance(column, Exposure)), None)

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one row of network inputs: the event shape of images, else (inputs,)."""
        if self.is_image:
            return self.event_shape
        return (sum(len(column.features) * column.input_width for column in self.blocks),)

    def encode(self, values: Any) -> np.ndarray:
        """Codes of rows, (n, *event); large memory maps stay on disk.

        InputError if names, shape or columns differ from those of fit, a label was not seen, or a value is missing.
        """
        if self.name == "context":
            return encode_columns(self, *split_context(values))
        if self.table is not None:
            return self.table.encode(values if self.rules is None else self.rules.encode(values))
        x, columns = as_array(values)
        if columns is not None and self.columns is not None:
            check_names(columns, self.columns)
        shape, x = x.shape, self.axes.accept(keep_on_disk(x))
        if x is None:
            raise self._shape_error(shape)
        arranged = with_arrangement(x, self.axes)
        if (bad := find_non_finite(arranged)).total:
            raise non_finite_error(bad, self.axes, self.columns)
        if self.removal is not None:
            self.removal.check(x, self.value_names)
            arranged = self._without_ties(arranged)
        for column in self.blocks:
            if isinstance(column, Levels):
                check_levels(column, arranged, self.describe)
        return self.codes(x)

    def codes(self, x: Any) -> Any:
        """Codes, (n, *event), of rows of x in the user's axes; values are not checked."""
        x = self._without_ties(with_arrangement(x, self.axes))
        for column in self.blocks:
            if isinstance(column, Levels):  # all features share it
                return changed(x, column.encode, x.shape[1:], np.dtype(np.uint8))
        return x

    def _without_ties(self, x: Any) -> Any:
        if self.removal is None:
            return x
        return changed(x, self.removal.codes, (self.removal.n_codes,), self.removal.dtype(x.dtype))

    def inputs(self, codes: np.ndarray, n: int | None = None, *, single: bool = True) -> np.ndarray:
        """Network inputs of n codes, (n, *input_shape), as float32; ``single`` allows one row for all n."""
        inputs = network_inputs(codes, self.blocks, self.summary).astype(np.float32)
        if n is None or len(inputs) == n:
            return inputs
        if len(inputs) != 1 or not single:
            raise InputError(f"{self.name} needs one entry for each of {n} rows; got {len(inputs)}")
        return np.broadcast_to(inputs, (n, *inputs.shape[1:]))

    def decode(self, codes: np.ndarray, index: Any = None) -> Any:
        """Values of codes in the user's axes: a data frame with this index if columns have names, else an array."""
        import pandas as pd

        if self.table is not None:
            rows = self.table.decode(codes, index)
            return rows if self.rules is None else self.rules.decode(rows)
        values = codes
        if len(self.blocks) == 1:
            values = self.blocks[0].decode(codes)
        elif not all(column.is_number for column in self.blocks):
            values = np.empty(codes.shape, dtype=object)
            for column in self.blocks:
                values[:, column.features] = column.decode(codes[:, column.features])
        if self.removal is not None:
            values = self.removal.values(values)
        if self.layout is not None:
            none = np.zeros(len(values), bool)
            return self.layout.frame([Cells("number", column, none, "") for column in values.T], index)
        if self.columns is None:
            return self.axes.restore(values)
        frame = pd.DataFrame(values, index, list(self.columns))
        return frame if values is codes else frame.infer_objects()

    def describe(self, feature: int) -> str:
        """Name a flattened feature of codes: "column 'age'", "column 3" or "pixel (2, 5)"."""
        if self.removal is not None:
            return self.removal.names(self.value_names)[feature]
        if self.table is not None:
            column = self.table.modeled[feature]
            return column.where if self.table.layout.has_names else f"column {column.name}"
        return describe_feature(feature, self.axes, self.columns)

    def describe_entry(self) -> str:
        """Describe one row: "2 numbers", "kind (a label among 'cat', 'dog')"."""
        if self.is_image:
            return f"an image of {' × '.join(map(str, self.event_shape))}"
        columns = self.column_of if self.table is None else self.table.columns
        words = [column.describe() for column in columns]
        if self.columns is not None:
            return ", ".join(f"{name} ({word})" for name, word in zip(self.columns, words, strict=True))
        if set(words) == {"a number"}:
            return f"{len(words)} number{'s' * (len(words) > 1)}"
        return ", ".join(words)

    def to_config(self) -> dict[str, Any]:
        """The schema as JSON values, for `from_config`."""
        return schema_to_config(self)

    @classmethod
    def from_config(cls, config: Mapping[str, Any], name: str = "x") -> Self:
        """Rebuild a schema; InputError if an entry is missing or has the wrong length."""
        saved = "schema" if name == "x" else name
        try:
            schema = cls(name, **fields_from_config(config))
            features = np.sort(np.concatenate([column.features for column in schema.blocks]))
            if not np.array_equal(features, np.arange(schema.n_features)):
                raise ValueError("its columns do not match its shape")
        except KeyError as error:
            raise InputError(f"the saved {saved} is damaged (it has no entry {error}); save the model again") from error
        except (TypeError, ValueError) as error:
            raise InputError(f"the saved {saved} is damaged ({error}); save the model again") from error
        return schema

    def _shape_error(self, shape: tuple[int, ...]) -> InputError:
        if len(shape) == 2 and not self.is_image:
            n, expected = shape[1], int(np.prod(self.axes.shape))
            return InputError(f"X has {n} features, but VAE is expecting {expected} features as input")
        return InputError(
            f"X has rows of shape {shape[1:]}, but VAE is expecting rows of shape {self.axes.shape}; reshape them"
        )
