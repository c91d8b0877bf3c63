"""What is known about the data: shapes, ranges and the kind of every feature."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np

from elbax.core.likelihoods.base import AbstractLikelihood
from elbax.data.frames import quoted
from elbax.data.scan import Measures, NonFinite, find_non_finite, measure, spacing
from elbax.data.support import check_likelihood, check_values
from elbax.errors import InputError
from elbax.types import Summary

__all__ = ["KINDS", "Schema"]

KINDS = ("constant", "binary", "unit", "count", "integer", "real")
_BYTE = 255
# A flat array is read as flattened pictures of bytes when it is at least 4x4 pixels and this share of its
# features reaches the very same maximum: grey levels saturate, counts do not.
_PICTURE_FEATURES, _SATURATED = 16, 0.25
# Spacing of single precision, times the levels that a column needs at least to be told apart.
_RESOLUTION = 8 * float(np.finfo(np.float32).eps)
_ARRAYS = ("minimum", "maximum", "mean", "std", "edge_share", "spacing")


@dataclass(frozen=True, eq=False)
class Schema:
    """Facts about the rows a model was fitted to; arrays have the event's shape.

    Attributes:
        event_shape: shape of one row: ``(d,)`` or ``(height, width, channels)``.
        columns: names of a table's columns, or None.
        n_rows: number of rows.
        kinds: of each flattened feature, one of ``KINDS``: "constant"; "binary" (0 or 1); "unit" (reals
            within [0, 1]); "count" (whole numbers from 0 up); "integer" (levels of byte pictures); "real".
        minimum: smallest value.
        maximum: largest value.
        mean: average.
        std: standard deviation, dividing by n.
        edge_share: share of the values that are exactly 0 or 1.
        spacing: smallest step between two values, among the first rows.

    Example:
        >>> schema = Schema.of(np.array([[0.5, 3], [2.5, 0]]), columns=("height", "visits"))
        >>> schema.kinds
        ('real', 'count')
    """

    event_shape: tuple[int, ...]
    columns: tuple[str, ...] | None
    n_rows: int
    kinds: tuple[str, ...]
    minimum: np.ndarray
    maximum: np.ndarray
    mean: np.ndarray
    std: np.ndarray
    edge_share: np.ndarray
    spacing: np.ndarray

    @classmethod
    def of(cls, x: np.ndarray, columns: tuple[str, ...] | None = None) -> Self:
        """Measure ``x``, shape ``(n, *event)``, in one pass over chunks, so memory maps may exceed memory.

        Raises:
            InputError: a value is NaN or infinite, there is one row only, nothing varies, or a column varies
                less than single precision can tell.
        """
        if len(x) < 2:
            raise InputError(f"found {len(x)} sample{'s' * (len(x) != 1)} in x; a VAE needs at least 2")
        measures, bad = measure(x)
        shape, columns = x.shape[1:], None if columns is None else tuple(columns)
        if measures is None:
            raise _non_finite_error(bad, shape, columns)
        if (measures.minimum == measures.maximum).all():
            raise InputError(
                "every feature of x is constant, so there is nothing to learn; pass rows that differ"
            )
        schema = cls(
            shape,
            columns,
            len(x),
            _kinds(measures, picture=len(shape) == 3),
            *(
                values.reshape(shape)
                for values in (measures.minimum, measures.maximum, measures.mean, measures.std)
            ),
            (measures.edges / len(x)).reshape(shape),
            spacing(x).reshape(shape),
        )
        if x.dtype.itemsize == 8:
            schema._check_resolution()
        return schema

    @property
    def n_features(self) -> int:
        """Number of features of one row, flattened."""
        return len(self.kinds)

    @property
    def is_picture(self) -> bool:
        """Whether rows are pictures rather than flat."""
        return len(self.event_shape) == 3

    @cached_property
    def shares_range(self) -> bool:
        """Whether all features live on one scale: pictures, and flat rows of one bounded kind."""
        within_unit = self.minimum.min() >= 0 and self.maximum.max() <= 1
        return self.is_picture or within_unit or "integer" in self.kinds

    @cached_property
    def summary(self) -> Summary:
        """What the parts of a model may know; features on one scale share one center and one unit."""
        if self.shares_range:
            center = np.full(self.event_shape, self.mean.mean())
            spread = np.sqrt(np.mean(self.std**2 + (self.mean - center) ** 2))
            unit = np.full(self.event_shape, spread)
        else:
            center, unit = self.mean, np.where(self.std > 0, self.std, 1.0)
        return Summary(self.mean, self.std, self.minimum, self.maximum, center, unit, self.spacing)

    def describe(self, feature: int) -> str:
        """Name a flattened feature for people: "column 'age'", "column 3" or "pixel (2, 5)"."""
        return _describe(feature, self.event_shape, self.columns)

    def check_values(self, likelihood: AbstractLikelihood, x: np.ndarray) -> None:
        """Check that every value of other rows, such as those to score, has a density.

        Raises:
            InputError: one has none; the message names the first.
        """
        check_values(self, likelihood, x)

    def check(self, likelihood: AbstractLikelihood) -> None:
        """Make sure that every value has a density.

        Raises:
            InputError: values lie outside the likelihood's support, or a scale learned per feature would have
                no maximum because a column is constant.
        """
        check_likelihood(self, likelihood)

    def check_rows(self, x: np.ndarray, *, model: str = "VAE") -> None:
        """Make sure that rows given later fit the rows a model was trained on.

        Raises:
            InputError: another shape, or values that are NaN or infinite.
        """
        if x.shape[1:] != self.event_shape:
            if x.ndim == 2 and not self.is_picture:
                raise InputError(
                    f"X has {x.shape[1]} features, but {model} is expecting {self.n_features} features "
                    f"as input"
                )
            raise InputError(
                f"X has rows of shape {x.shape[1:]}, but {model} is expecting rows of shape "
                f"{self.event_shape}; reshape them"
            )
        bad = find_non_finite(x)
        if bad.total:
            raise _non_finite_error(bad, self.event_shape, self.columns)

    def to_config(self) -> dict[str, Any]:
        """Everything as JSON values."""
        arrays = {name: getattr(self, name).ravel().tolist() for name in _ARRAYS}
        columns = None if self.columns is None else list(self.columns)
        facts = {"event_shape": list(self.event_shape), "columns": columns, "n_rows": self.n_rows}
        return {**facts, "kinds": list(self.kinds), **arrays}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Rebuild what ``to_config`` returned.

        Raises:
            InputError: an entry is missing or has the wrong length.
        """
        try:
            shape = tuple(config["event_shape"])
            arrays = {name: np.asarray(config[name], np.float64).reshape(shape) for name in _ARRAYS}
            columns = None if config["columns"] is None else tuple(config["columns"])
            schema = cls(shape, columns, config["n_rows"], tuple(config["kinds"]), **arrays)
        except KeyError as error:
            raise InputError(f"the saved schema has no entry {error}; save the model again") from error
        except (TypeError, ValueError) as error:
            raise InputError(f"the saved schema is damaged ({error}); save the model again") from error
        if schema.n_features != schema.mean.size or not set(schema.kinds) <= set(KINDS):
            raise InputError(
                "the saved schema is damaged (its kinds do not match its shape); save the model again"
            )
        return schema

    def _check_resolution(self) -> None:
        """Models compute in single precision: 1.7e9 plus or minus a second is a constant there."""
        fine = (self.std > 0) & (self.std < _RESOLUTION * np.abs(self.mean))
        for feature in np.flatnonzero(fine)[:1]:
            mean, std = self.mean.flat[feature], self.std.flat[feature]
            raise InputError(
                f"{self.describe(feature)} varies by {std:.2g} around {mean:.7g}, finer than single "
                f"precision can tell; subtract its mean first"
            )


def _kinds(measures: Measures, *, picture: bool) -> tuple[str, ...]:
    low, high, whole = measures.minimum, measures.maximum, measures.whole
    nonnegative, within_unit = low >= 0, (low >= 0) & (high <= 1)
    if _is_bytes(measures, picture=picture):
        kinds = np.full(len(low), "integer")
    else:
        kinds = np.select(
            [within_unit & whole, within_unit, nonnegative & whole], ["binary", "unit", "count"], "real"
        )
    return tuple(np.where(low == high, "constant", kinds).tolist())


def _is_bytes(measures: Measures, *, picture: bool) -> bool:
    """Whether features are the grey levels of pictures, flattened or not."""
    top = measures.maximum.max()
    if not measures.whole.all() or measures.minimum.min() < 0 or not 1 < top <= _BYTE:
        return False
    saturated = (measures.maximum == top).mean() >= _SATURATED
    return picture or bool(saturated and len(measures.maximum) >= _PICTURE_FEATURES)


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
