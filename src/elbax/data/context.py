"""What is known beside each row: labels, numbers or pictures, encoded as numbers for a conditional model."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from numbers import Integral, Real
from typing import Any, NamedTuple, Self

import narwhals as nw
import numpy as np

from elbax.data.frames import as_array, quoted
from elbax.errors import InputError, unknown_name

__all__ = ["Category", "ContextSchema", "Number"]

_MOST_LABELS = 1000


@dataclass(frozen=True)
class Number:
    """A context column of numbers, standardised.

    Attributes:
        name: the column's name, or None.
        center: its mean.
        unit: its standard deviation, or 1 where it is constant.
    """

    name: str | None
    center: float
    unit: float

    @property
    def width(self) -> int:
        """How many numbers it is encoded as."""
        return 1

    def encode(self, values: np.ndarray, where: str) -> np.ndarray:
        """Standardise values (n,) to (n, 1), or pixels of any shape."""
        return (_numbers(values, where) - self.center) / self.unit


@dataclass(frozen=True)
class Category:
    """A context column of labels, one-hot encoded; labels are compared by what they look like in print.

    Attributes:
        name: the column's name, or None.
        labels: the labels seen, in the order of their columns in the code.
    """

    name: str | None
    labels: tuple[str, ...]

    @property
    def width(self) -> int:
        """How many numbers it is encoded as."""
        return len(self.labels)

    def encode(self, values: np.ndarray, where: str) -> np.ndarray:
        """One-hot codes (n, labels) of values (n,)."""
        place = {label: i for i, label in enumerate(self.labels)}
        texts = _texts(values, where)
        if unseen := [label for label in texts if label not in place]:
            known = f"known: {quoted(self.labels, limit=12)}"
            raise InputError(f"{where} holds the label {unseen[0]!r}, which was not there in fit; {known}")
        return np.eye(len(self.labels))[[place[label] for label in texts]]


@dataclass(frozen=True)
class ContextSchema:
    """How context is turned into numbers.

    Context comes as a one-dimensional array of labels (text, whole numbers, true and false) or of real numbers, as an
    array of numbers (n, c), as a data frame (numbers stay numbers, everything else is a label), or as pictures
    (n, h, w[, channels]). Numbers are standardised, pictures with one center and one unit; labels are one-hot encoded.

    Attributes:
        shape: of one encoded row: (numbers,), or (h, w, channels) for pictures.
        columns: how each column is encoded; pictures count as one.

    Example:
        >>> schema = ContextSchema.of(["cat", "dog", "cat"])
        >>> schema.shape
        (2,)
        >>> schema.encode("dog", 2)
        array([[0., 1.],
               [0., 1.]], dtype=float32)
    """

    shape: tuple[int, ...]
    columns: tuple[Number | Category, ...]

    @classmethod
    def of(cls, context: Any) -> Self:
        """Learn from the context of the training rows, one entry each.

        Raises:
            InputError: a value is missing or of no use, or there are more than 1,000 labels.
        """
        given = list(_columns(_Context(context)))
        columns = tuple(_learn(column) for column in given)
        pictures = given[0].values.shape[1:]
        shape = pictures if len(pictures) == 3 else (sum(column.width for column in columns),)
        return cls(shape, columns)

    @property
    def names(self) -> tuple[str, ...] | None:
        """Names of the columns, where all have one."""
        names = tuple(column.name for column in self.columns if column.name is not None)
        return names if len(names) == len(self.columns) else None

    @property
    def is_picture(self) -> bool:
        """Whether the context of one row is a picture."""
        return len(self.shape) == 3

    def encode(self, context: Any, n: int | None = None, *, single: bool = True) -> np.ndarray:
        """Encode context, one entry for each of n rows, or where ``single`` allows one for all: (n, *shape).

        Raises:
            InputError: a label was not seen, a value is missing, or shape or columns differ from those learnt.
        """
        given = self._matched(_Context(context))
        codes = [
            column.encode(found.values, found.where)
            for column, found in zip(self.columns, given, strict=True)
        ]
        if self.is_picture:
            code = codes[0]
        else:
            code = np.concatenate([block.reshape(len(block), -1) for block in codes], axis=1)
        code = code.astype(np.float32)
        if n is None or len(code) == n:
            return code
        if len(code) != 1 or not single:
            raise InputError(f"context needs one entry for each of {n} rows; got {len(code)}")
        return np.broadcast_to(code, (n, *code.shape[1:]))

    def describe(self) -> str:
        """In words: what one entry is."""
        if self.is_picture:
            return f"a picture of {' × '.join(map(str, self.shape))}"
        numbers = [column for column in self.columns if isinstance(column, Number)]
        if len(numbers) == len(self.columns) and self.names is None:
            return f"{len(numbers)} number{'s' * (len(numbers) > 1)}"
        return ", ".join(map(_in_words, self.columns))

    def to_config(self) -> dict[str, Any]:
        """Everything as JSON values."""
        return {"shape": list(self.shape), "columns": [asdict(column) for column in self.columns]}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Rebuild what ``to_config`` returned.

        Raises:
            InputError: an entry is missing or of the wrong kind.
        """
        try:
            columns = tuple(
                Category(entry["name"], tuple(map(str, entry["labels"])))
                if "labels" in entry
                else Number(entry["name"], float(entry["center"]), float(entry["unit"]))
                for entry in config["columns"]
            )
            return cls(tuple(map(int, config["shape"])), columns)
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"the saved context is damaged ({error}); save the model again") from error

    def _matched(self, context: "_Context") -> Sequence["_Column"]:
        """The given columns in the order learnt."""
        found = list(_columns(context))
        if self.names is not None and all(column.name is not None for column in found):
            by_name = {column.name: column for column in found}
            if unknown := [name for name in by_name if name not in self.names]:
                raise unknown_name("context column", unknown[0], self.names)
            if missing := [name for name in self.names if name not in by_name]:
                raise InputError(
                    f"context has no column {quoted(missing)}; this model needs {self.describe()}"
                )
            return [by_name[name] for name in self.names]
        pictures = found[0].values.shape[1:]
        if len(found) != len(self.columns) or pictures != (self.shape if self.is_picture else ()):
            raise InputError(f"context has shape {context.shape}; this model needs {self.describe()}")
        return found


class _Column(NamedTuple):
    """Values of one context column, its name, and what messages call it."""

    values: np.ndarray
    name: str | None
    where: str


class _Context:
    """Whatever was given, as a data frame or as an array."""

    def __init__(self, context: Any):
        if isinstance(context, Mapping):
            context = _frame(context)
        native = nw.from_native(context, pass_through=True, allow_series=True)
        self.frame = native.collect() if isinstance(native, nw.LazyFrame) else native
        if isinstance(native, nw.Series):
            context = native.to_numpy()
        if not isinstance(self.frame, nw.DataFrame):
            self.frame, self.array = None, _array(context)
        self.shape = tuple(self.frame.shape if self.frame is not None else self.array.shape)
        if 0 in self.shape:
            raise InputError(f"context is empty: it has shape {self.shape}")


def _frame(context: Mapping):
    """A dictionary of columns; one of single values is one row."""
    import pandas as pd

    single = all(np.ndim(value) == 0 for value in context.values())
    try:
        return pd.DataFrame([context] if single else dict(context))
    except ValueError as error:
        raise InputError(f"context cannot be read as columns ({error}); give all the same length") from error


def _array(context: Any) -> np.ndarray:
    try:
        array = np.asarray(context)
        # A list that mixes text and numbers: keep the numbers.
        mixed = array.dtype.kind in "US" and not isinstance(context, np.ndarray | str | bytes)
        array = np.asarray(context, dtype=object) if mixed else array
    except ValueError as error:
        raise InputError("context cannot be read as an array; give every row the same length") from error
    array = array[None] if array.ndim == 0 else array
    if array.ndim == 1 and array.dtype.kind in "biuUSO":
        return array
    if array.ndim == 1:
        return as_array(array[:, None], name="context")[0][:, 0]
    return array if array.ndim == 2 and array.dtype.kind in "USO" else as_array(array, name="context")[0]


def _columns(context: _Context) -> Iterator[_Column]:
    if context.frame is not None:
        for series in context.frame.iter_columns():
            where = f"column {str(series.name)!r} of context"
            yield _Column(_series(series, where), str(series.name), where)
    elif context.array.ndim in (1, 4):
        yield _Column(context.array, None, "context")
    else:
        only = context.array.shape[1] == 1
        for i, column in enumerate(context.array.T):
            # In an array with several columns whole numbers are numbers; of its objects, numbers are too.
            whole = column.dtype.kind in "iu" or (column.dtype.kind == "O" and _all_numbers(column))
            where = "context" if only else f"column {i} of context"
            yield _Column(column.astype(np.float64) if whole else column, None, where)


def _series(series: nw.Series, where: str) -> np.ndarray:
    """A frame's column: floats where it holds numbers, else something that can be labels."""
    dtype = series.dtype
    if dtype.is_numeric():
        return series.cast(nw.Float64).to_numpy()
    if dtype.is_temporal() or dtype.is_nested():
        raise InputError(f"{where} holds {dtype}, which is no number and no label; turn it into one")
    values = series.to_numpy()
    if dtype == nw.Object and _all_numbers(values):
        return values.astype(np.float64)
    return values


def _all_numbers(values: np.ndarray) -> bool:
    return all(isinstance(value, Real) and not isinstance(value, bool | np.bool_) for value in values)


def _learn(column: _Column) -> Number | Category:
    if column.values.ndim > 1 or column.values.dtype.kind == "f":
        values = _numbers(column.values, column.where)
        std = float(values.std(dtype=np.float64))
        return Number(column.name, float(values.mean(dtype=np.float64)), std if std > 0 else 1.0)
    labels = sorted(set(_texts(column.values, column.where)), key=_order)
    if len(labels) > _MOST_LABELS:
        raise InputError(
            f"{column.where} holds {len(labels):,} different labels, more than {_MOST_LABELS:,}; "
            "pass numbers as floats, or group the labels"
        )
    return Category(column.name, tuple(labels))


def _order(label: str) -> tuple[bool, int, str]:
    """Whole numbers in their own order, then text in the alphabet's."""
    number = label.removeprefix("-").isdecimal()
    return not number, int(label) if number else 0, label


def _numbers(values: np.ndarray, where: str) -> np.ndarray:
    try:
        # Columns may vary little around a large mean; pixels do not, and there are many.
        numbers = values.astype(np.float64 if values.ndim == 1 else np.float32)
    except (TypeError, ValueError) as error:
        raise InputError(f"{where} must hold numbers, as in fit; got text or something else") from error
    finite = np.abs(numbers) <= np.finfo(np.float32).max
    if not finite.all():
        row = int(np.flatnonzero(~finite.reshape(len(finite), -1).all(axis=1))[0])
        raise InputError(f"{where} is missing, NaN or infinite in row {row}; fill or remove it first")
    return numbers


def _texts(values: np.ndarray, where: str) -> list[str]:
    """Labels as text: 3, 3.0 and "3" are one label."""
    values = np.asarray(values)
    if values.dtype.kind == "U":
        return values.tolist()
    if values.dtype.kind in "iub":
        return list(map(str, values.tolist()))
    return [_text(value, row, where) for row, value in enumerate(values.tolist())]


def _text(value: Any, row: int, where: str) -> str:
    if value is None or value != value:
        raise InputError(f"{where} has no label in row {row}; fill or remove it first")
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, Real) and not isinstance(value, Integral) and float(value).is_integer():
        return str(int(value))
    return str(value)


def _in_words(column: Number | Category) -> str:
    what = "a number" if isinstance(column, Number) else f"a label among {quoted(column.labels, limit=12)}"
    return what if column.name is None else f"{column.name} ({what})"
