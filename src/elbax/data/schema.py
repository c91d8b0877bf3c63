"""The schema of x or of context: how rows become numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np

from elbax.data.column_statistics import NonFinite, Statistics, find_non_finite, measure
from elbax.data.columns import COLUMN_KINDS, AbstractColumn, Integer, as_numbers, sort_by_kind
from elbax.data.context import ColumnValues, split_context
from elbax.data.frames import as_array, keep_on_disk, quoted
from elbax.errors import InputError, unknown_name
from elbax.types import Summary

# Spacing of single precision, times the least number of levels that a column needs.
_RESOLUTION = 8 * float(np.finfo(np.float32).eps)


@dataclass(frozen=True, eq=False)
class Schema:
    """The columns of x or of context, learned from the training rows.

    `encode` turns rows of values into rows of codes: numbers unchanged, labels as positions. `inputs` turns codes into
    network inputs: numbers standardized, images with one center and one unit, labels one-hot.

    Attributes:
        name: "x" or "context".
        event_shape: shape of one row of codes: ``(d,)`` or ``(height, width, channels)``.
        columns: names of a table's columns, or None.
        n_rows: number of training rows.
        blocks: the columns, those of numbers grouped by kind.

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
    event_shape: tuple[int, ...]
    columns: tuple[str, ...] | None
    n_rows: int
    blocks: tuple[AbstractColumn, ...]

    @classmethod
    def of(cls, x: np.ndarray, columns: tuple[str, ...] | None = None) -> Self:
        """Learn from ``x``, shape ``(n, *event)``, in one pass over chunks; memory maps may exceed memory.

        Raises:
            InputError: a value is NaN or infinite, there is only one row, nothing varies, or a column varies by less
                than single precision can represent.
        """
        if len(x) < 2:
            raise InputError(f"found {len(x)} sample{'s' * (len(x) != 1)} in x; a VAE needs at least 2")
        statistics, bad = measure(x)
        shape, columns = x.shape[1:], None if columns is None else tuple(columns)
        if statistics is None:
            raise _non_finite_error(bad, shape, columns)
        if (statistics.minimum == statistics.maximum).all():
            raise InputError("every feature of x is constant, so there is nothing to learn; pass rows that differ")
        blocks = sort_by_kind(np.arange(len(statistics.mean)), statistics, is_image=len(shape) == 3)
        schema = cls("x", shape, columns, len(x), blocks)
        if x.dtype.itemsize == 8:
            schema._check_resolution()
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
        columns, _ = split_context(context)
        first = columns[0]
        if first.values.ndim > 1:
            codes = as_numbers(first.values, first.where)
            shape = codes.shape[1:]
            statistics, _ = measure(codes)
            blocks = sort_by_kind(np.arange(int(np.prod(shape))), statistics, is_image=True)
        else:
            shape = (len(columns),)
            blocks = _learn_columns(columns)
        names = None if first.name is None else tuple(str(column.name) for column in columns)
        return cls("context", shape, names, len(first.values), blocks)

    @property
    def n_features(self) -> int:
        """Number of features of a flattened row of codes."""
        return int(np.prod(self.event_shape))

    @property
    def is_image(self) -> bool:
        return len(self.event_shape) == 3

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
        flat = self.name == "x" and (self.statistics.within_unit.all() or Integer.kind in self.kinds)
        return self.is_image or bool(flat)

    @cached_property
    def summary(self) -> Summary:
        """Statistics for the parts of a model; features on one scale share center and unit."""
        statistics = self.statistics
        if self.shares_range:
            center = np.full_like(statistics.mean, statistics.mean.mean())
            unit = np.full_like(center, np.sqrt(np.mean(statistics.std**2 + (statistics.mean - center) ** 2)))
            unit = np.where(unit > 0, unit, 1.0)
        else:
            center, unit = statistics.mean, np.where(statistics.std > 0, statistics.std, 1.0)
        arrays = (
            statistics.mean,
            statistics.std,
            statistics.minimum,
            statistics.maximum,
            center,
            unit,
            statistics.spacing,
        )
        return Summary(*(array.reshape(self.event_shape) for array in arrays))

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
            return self._encode_context(values)
        x, columns = as_array(values)
        if columns is not None and self.columns is not None and columns != self.columns:
            raise InputError(f"X has columns {quoted(columns)}, but {quoted(self.columns)} are expected, in this order")
        if x.ndim == 2 and x.shape[1] == self.n_features:
            x = x.reshape(len(x), *self.event_shape)
        if x.shape[1:] != self.event_shape:
            raise self._shape_error(x.shape)
        x = keep_on_disk(x)
        if (bad := find_non_finite(x)).total:
            raise _non_finite_error(bad, self.event_shape, self.columns)
        return x

    def inputs(self, codes: np.ndarray, n: int | None = None, *, single: bool = True) -> np.ndarray:
        """Network inputs of n codes, (n, *input_shape), as float32; ``single`` allows one row for all n."""
        inputs = self._inputs(codes).astype(np.float32)
        if n is None or len(inputs) == n:
            return inputs
        if len(inputs) != 1 or not single:
            raise InputError(f"{self.name} needs one entry for each of {n} rows; got {len(inputs)}")
        return np.broadcast_to(inputs, (n, *inputs.shape[1:]))

    def decode(self, codes: np.ndarray, index: Any = None) -> Any:
        """Values of codes: a pandas data frame with this index if columns have names, else an array."""
        import pandas as pd

        values = codes
        if not all(column.is_number for column in self.blocks):
            values = np.empty(codes.shape, dtype=object)
            for column in self.blocks:
                values[:, column.features] = column.decode(codes[:, column.features])
        if self.columns is None:
            return values
        frame = pd.DataFrame(values, index, list(self.columns))
        return frame if values is codes else frame.infer_objects()

    def describe(self, feature: int) -> str:
        """Name a flattened feature: "column 'age'", "column 3" or "pixel (2, 5)"."""
        return _describe(feature, self.event_shape, self.columns)

    def describe_entry(self) -> str:
        """Describe one row: "2 numbers", "kind (a label among 'cat', 'dog')"."""
        if self.is_image:
            return f"an image of {' × '.join(map(str, self.event_shape))}"
        words = [column.describe() for column in self.column_of]
        if self.columns is not None:
            return ", ".join(f"{name} ({word})" for name, word in zip(self.columns, words, strict=True))
        if set(words) == {"a number"}:
            return f"{len(words)} number{'s' * (len(words) > 1)}"
        return ", ".join(words)

    def to_config(self) -> dict[str, Any]:
        return {
            "event_shape": list(self.event_shape),
            "names": None if self.columns is None else list(self.columns),
            "n_rows": self.n_rows,
            "columns": [column.to_config() for column in self.blocks],
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any], name: str = "x") -> Self:
        """Rebuild a schema; InputError if an entry is missing or has the wrong length."""
        saved = "schema" if name == "x" else name
        try:
            names = None if config["names"] is None else tuple(config["names"])
            blocks = tuple(COLUMN_KINDS[entry["kind"]].from_config(entry) for entry in config["columns"])
            schema = cls(name, tuple(config["event_shape"]), names, config["n_rows"], blocks)
            features = np.sort(np.concatenate([column.features for column in blocks]))
            if not np.array_equal(features, np.arange(schema.n_features)):
                raise ValueError("its columns do not match its shape")
        except KeyError as error:
            raise InputError(f"the saved {saved} is damaged (it has no entry {error}); save the model again") from error
        except (TypeError, ValueError) as error:
            raise InputError(f"the saved {saved} is damaged ({error}); save the model again") from error
        return schema

    def _inputs(self, codes: np.ndarray) -> np.ndarray:
        center, unit = self.summary.center, self.summary.unit
        if all(column.is_number for column in self.blocks):
            dtype = np.result_type(codes.dtype, np.float32)
            return (codes - center.astype(dtype)) / unit.astype(dtype)
        widths = np.empty(self.n_features, int)
        for column in self.blocks:
            widths[column.features] = column.input_width
        starts = np.cumsum(widths) - widths
        inputs = np.empty((len(codes), widths.sum()))
        for column in self.blocks:
            own = column.features
            places = (starts[own][:, None] + np.arange(column.input_width)).ravel()
            inputs[:, places] = column.inputs(codes[:, own], center[own], unit[own])
        return inputs

    def _encode_context(self, context: Any) -> np.ndarray:
        columns = self._match(*split_context(context))
        if self.is_image:
            return as_numbers(columns[0].values, columns[0].where)
        pairs = zip(self.column_of, columns, strict=True)
        return np.stack([column.encode(values, where) for column, (values, _, where) in pairs], axis=1)

    def _match(self, columns: Sequence[ColumnValues], shape: tuple[int, ...]) -> Sequence[ColumnValues]:
        """Columns of context of some shape, in the order of the schema's."""
        if self.columns is not None and columns[0].name is not None:
            by_name = {column.name: column for column in columns}
            if unknown := [name for name in by_name if name not in self.columns]:
                raise unknown_name("context column", unknown[0], self.columns)
            if missing := [name for name in self.columns if name not in by_name]:
                raise InputError(f"context has no column {quoted(missing)}; this model needs {self.describe_entry()}")
            return [by_name[name] for name in self.columns]
        image = columns[0].values.shape[1:]
        n_columns = 1 if self.is_image else self.n_features
        if len(columns) != n_columns or image != (self.event_shape if self.is_image else ()):
            raise InputError(f"context has shape {shape}; this model needs {self.describe_entry()}")
        return columns

    def _shape_error(self, shape: tuple[int, ...]) -> InputError:
        if len(shape) == 2 and not self.is_image:
            n, expected = shape[1], self.n_features
            return InputError(f"X has {n} features, but VAE is expecting {expected} features as input")
        return InputError(
            f"X has rows of shape {shape[1:]}, but VAE is expecting rows of shape {self.event_shape}; reshape them"
        )

    def _check_resolution(self) -> None:
        """Refuse columns that are constant in single precision, such as times of 1.7e9 plus or minus a second."""
        statistics = self.statistics
        fine = (statistics.std > 0) & (statistics.std < _RESOLUTION * np.abs(statistics.mean))
        for feature in np.flatnonzero(fine)[:1]:
            raise InputError(
                f"{self.describe(feature)} varies by {statistics.std[feature]:.2g} around "
                f"{statistics.mean[feature]:.7g}, finer than single precision can represent; subtract its mean first"
            )


def _learn_columns(columns: Sequence[ColumnValues]) -> tuple[AbstractColumn, ...]:
    """Columns of a table, recognized by the type of their values or as numbers."""
    blocks: list[AbstractColumn] = []
    numbers: dict[int, np.ndarray] = {}
    for feature, (values, _, where) in enumerate(columns):
        learned = (kind.learn(feature, values, where) for kind in COLUMN_KINDS.values())
        if column := next(filter(None, learned), None):
            blocks.append(column)
        elif values.dtype.kind in "mMV":
            raise InputError(f"{where} holds {values.dtype}, which is no number and no label; turn it into one")
        else:
            numbers[feature] = as_numbers(values, where)
    if numbers:
        statistics, _ = measure(np.stack(list(numbers.values()), axis=1))
        blocks.extend(sort_by_kind(np.array(list(numbers)), statistics))
    return tuple(blocks)


def _describe(feature: int, shape: tuple[int, ...], columns: tuple[str, ...] | None) -> str:
    if len(shape) == 3:
        row, column, channel = (int(i) for i in np.unravel_index(feature, shape))
        return f"pixel ({row}, {column})" + (f" of channel {channel}" if shape[2] > 1 else "")
    return f"column {feature}" if columns is None else f"column {columns[feature]!r}"


def _non_finite_error(bad: NonFinite, shape: tuple[int, ...], columns: tuple[str, ...] | None) -> InputError:
    where = _describe(bad.features[0], shape, columns)
    if len(bad.features) > 1 and columns is not None:
        where = f"columns {quoted([columns[i] for i in bad.features])}"
    elif len(bad.features) > 1:
        where = f"{where} and {len(bad.features) - 1} more"
    shown = ", ".join(str(row) for row in bad.rows[:3]) + (", …" if len(bad.rows) > 3 else "")
    rows = f"row {shown}" if len(bad.rows) == 1 else f"rows {shown}"
    what = "1 value that is" if bad.total == 1 else f"{bad.total} values that are"
    return InputError(f"x has {what} NaN or infinite, in {where} ({rows}); remove or fill them first")
