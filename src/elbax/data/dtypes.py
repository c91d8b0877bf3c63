"""Dtypes of data frame libraries as JSON, and columns of these dtypes."""

import base64
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from elbax.data.cells import Cells, level_text

_GAPS = {"None": None, "nan": np.nan, "NA": pd.NA, "NaT": pd.NaT}  # objects that stand for gaps


class Objects(NamedTuple):
    """Pandas' dtype of Python objects."""

    gap: Any  # what stands for a gap


class AbstractDtypes(ABC):
    """What a library of data frames calls the types of its columns."""

    @abstractmethod
    def records(self, frame: Any) -> list[Any]:
        """Records, for JSON, of the dtypes of a frame's columns."""

    @abstractmethod
    def from_json(self, record: Any) -> Any:
        """The dtype of a record."""

    @abstractmethod
    def column(self, cells: Cells, dtype: Any) -> Any:
        """Cells as a column of this dtype, or of the nearest that has a place for gaps."""

    @abstractmethod
    def frame(self, columns: Sequence[Any], layout: Any, index: Any) -> Any:
        """Columns as a data frame."""


class PandasDtypes(AbstractDtypes):
    """NumPy's dtypes and pandas' extensions."""

    def records(self, frame: Any) -> list[Any]:
        columns = (frame.iloc[:, i] for i in range(frame.shape[1]))
        return [self.to_json(one.dtype) if one.dtype != object else {"object": _gap_name(one)} for one in columns]

    def to_json(self, dtype: Any) -> Any:
        """A record of a dtype."""
        if isinstance(dtype, pd.CategoricalDtype):
            values = dtype.categories
            return {"categories": _index_to_json(values), "ordered": bool(dtype.ordered)}
        if isinstance(dtype, pd.StringDtype):
            return {"string": dtype.storage, "nan": dtype.na_value is not pd.NA}
        if isinstance(dtype, pd.ArrowDtype):
            return {"arrow": ArrowDtypes().to_json(dtype.pyarrow_dtype)}
        return str(dtype)

    def from_json(self, record: Any) -> Any:
        if isinstance(record, str):
            return pd.api.types.pandas_dtype(record)
        if "object" in record:
            return Objects(_GAPS[record["object"]])
        if "categories" in record:
            return pd.CategoricalDtype(_index_from_json(record["categories"]), record["ordered"])
        if "string" in record:
            return pd.StringDtype(record["string"], na_value=np.nan if record["nan"] else pd.NA)
        return pd.ArrowDtype(ArrowDtypes().from_json(record["arrow"]))

    def column(self, cells: Cells, dtype: Any) -> Any:
        values, gaps = cells.values, cells.gaps
        if isinstance(dtype, Objects):
            return pd.Series(as_objects(cells, dtype.gap), dtype=object)
        if isinstance(dtype, pd.CategoricalDtype):
            place = {level_text(value): i for i, value in enumerate(dtype.categories)}
            codes = [-1 if gap else place.get(level_text(v), -1) for v, gap in zip(values, gaps, strict=True)]
            return pd.Series(pd.Categorical.from_codes(codes, dtype=dtype))
        if isinstance(dtype, pd.ArrowDtype):
            return pd.Series(ArrowDtypes().column(cells, dtype.pyarrow_dtype), dtype=dtype)
        if isinstance(dtype, np.dtype):
            return self._of_numpy(cells, dtype)
        if isinstance(dtype, pd.DatetimeTZDtype):
            zoned = pd.Series(np.where(gaps, np.datetime64("NaT"), values)).dt.tz_localize("UTC")
            return zoned.astype(dtype)
        if isinstance(dtype, pd.SparseDtype) and gaps.any():
            return pd.Series(as_objects(cells, None), dtype=object)
        if cells.form in ("boolean", "number", "text"):
            column = pd.Series(values if cells.form != "text" else np.where(gaps, None, values))
            return column.mask(gaps, None) if gaps.all() else _masked(column, gaps, dtype)
        return pd.Series(np.where(gaps, None, values.astype(object)))

    def _of_numpy(self, cells: Cells, dtype: np.dtype) -> Any:
        values, gaps = cells.values, cells.gaps
        if dtype.kind in "mM":
            missing = np.array("NaT", dtype)
            return pd.Series(
                np.where(gaps, missing, values.astype(dtype)) if cells.form != "other" else np.full(len(gaps), missing)
            )
        if cells.form == "other" or dtype.kind not in "biuf":
            return pd.Series(as_objects(cells, None), dtype=object)
        if dtype.kind == "f":
            return pd.Series(np.where(gaps, np.nan, values.astype(float)).astype(dtype))
        if not gaps.any():
            return pd.Series(_within(values, dtype).astype(dtype))
        if dtype.kind == "b":
            return pd.Series(as_objects(cells, None), dtype=object)
        return pd.Series(np.where(gaps, np.nan, values.astype(float)))

    def frame(self, columns: Sequence[Any], layout: Any, index: Any) -> Any:
        frame = pd.concat(columns, axis=1) if columns else pd.DataFrame()
        frame.columns = column_index(layout)
        return frame if index is None else frame.set_axis(index, axis=0)


class PolarsDtypes(AbstractDtypes):
    """Polars' dtypes."""

    def records(self, frame: Any) -> list[Any]:
        return list(map(self.to_json, frame.dtypes))

    def to_json(self, dtype: Any) -> Any:
        """A record of a dtype."""
        import polars as pl

        name = type(dtype).__name__ if not isinstance(dtype, type) else dtype.__name__
        if isinstance(dtype, pl.Enum):
            return {"name": name, "categories": dtype.categories.to_list()}
        if isinstance(dtype, pl.Datetime):
            return {"name": name, "time_unit": dtype.time_unit, "time_zone": dtype.time_zone}
        if isinstance(dtype, pl.Duration):
            return {"name": name, "time_unit": dtype.time_unit}
        if isinstance(dtype, pl.Decimal):
            return {"name": name, "precision": dtype.precision, "scale": dtype.scale}
        return {"name": name if not dtype.is_nested() else "Null"}

    def from_json(self, record: Any) -> Any:
        import polars as pl

        settings = {key: value for key, value in record.items() if key != "name"}
        return getattr(pl, record["name"])(**settings)

    def column(self, cells: Cells, dtype: Any) -> Any:
        import polars as pl

        if cells.gaps.all():
            return pl.Series([None] * len(cells.gaps), dtype=dtype)
        if cells.form == "text":
            return pl.Series(np.where(cells.gaps, None, cells.values).tolist(), dtype=pl.String).cast(dtype)
        if cells.form in ("moment", "span"):
            values = np.where(cells.gaps, np.array("NaT", cells.values.dtype), cells.values)
            unit = getattr(dtype, "time_unit", None) or "ms"
            series = pl.Series(values.astype(f"{values.dtype.kind}8[{unit}]"))
            zone = getattr(dtype, "time_zone", None)
            return series.dt.replace_time_zone("UTC").cast(dtype) if zone else series.cast(dtype)
        values = cells.values
        if dtype.is_integer():
            values = np.round(values.astype(float)).astype(np.int64) if values.dtype.kind == "f" else values
        series = pl.Series(values)
        series = (
            series.cast(pl.String).cast(dtype) if dtype in (pl.String, pl.Categorical, pl.Enum) else series.cast(dtype)
        )
        return (
            series if not cells.gaps.any() else series.zip_with(pl.Series(~cells.gaps), pl.Series([None], dtype=dtype))
        )

    def frame(self, columns: Sequence[Any], layout: Any, index: Any) -> Any:
        import polars as pl

        return pl.DataFrame([series.alias(name) for series, name in zip(columns, layout.names, strict=True)])


class ArrowDtypes(AbstractDtypes):
    """Arrow's types."""

    def records(self, frame: Any) -> list[Any]:
        return list(map(self.to_json, frame.schema.types))

    def to_json(self, dtype: Any) -> Any:
        """A record of a type."""
        import pyarrow as pa

        return base64.b64encode(pa.schema([("", dtype)]).serialize()).decode()

    def from_json(self, record: Any) -> Any:
        import pyarrow as pa

        return pa.ipc.read_schema(pa.py_buffer(base64.b64decode(record))).field(0).type

    def column(self, cells: Cells, dtype: Any) -> Any:
        import pyarrow as pa

        if cells.gaps.all():
            return pa.nulls(len(cells.gaps), dtype)
        plain = dtype.value_type if pa.types.is_dictionary(dtype) else dtype
        values = cells.values
        if pa.types.is_integer(plain) and values.dtype.kind == "f":
            values = np.round(values).astype(np.int64)
        if cells.form == "moment":
            zone = getattr(plain, "tz", None)
            unit = getattr(plain, "unit", None) or "ms"
            whole = pa.array(values.astype(f"M8[{unit}]"), mask=cells.gaps)
            array = whole.cast(pa.timestamp(unit, "UTC")).cast(plain) if zone else whole.cast(plain)
        elif cells.form == "span":
            array = pa.array(values.astype(f"m8[{plain.unit}]"), mask=cells.gaps).cast(plain)
        else:
            array = pa.array(values, mask=cells.gaps).cast(plain)
        if not pa.types.is_dictionary(dtype):
            return array
        return array.dictionary_encode().cast(dtype)

    def frame(self, columns: Sequence[Any], layout: Any, index: Any) -> Any:
        import pyarrow as pa

        return pa.table(list(columns), names=list(layout.names))


DTYPES: dict[str, AbstractDtypes] = {"pandas": PandasDtypes(), "polars": PolarsDtypes(), "pyarrow": ArrowDtypes()}


def column_index(layout: Any) -> pd.Index:
    """Pandas' names of the columns of a layout."""
    several = len(layout.level_names) > 1
    names = pd.MultiIndex.from_tuples(layout.names) if several else pd.Index(list(layout.names))
    return names.set_names(list(layout.level_names))


def as_objects(cells: Cells, gap: Any) -> np.ndarray:
    """Python's objects (n,) of cells, with one that stands for gaps; dates and times are those of `datetime`."""
    values = cells.values
    if cells.form == "moment":
        values = values.astype("M8[D]" if cells.box == "date" else "M8[us]")
    if cells.form == "span":
        values = values.astype("m8[us]")
    objects = values.astype(object)
    objects[cells.gaps] = gap
    return objects


def _gap_name(column: pd.Series) -> str:
    """The object that stands for the first gap of a column of objects."""
    gaps = column[column.isna().to_numpy()]
    if not len(gaps) or gaps.iloc[0] is None:
        return "None"
    return "NA" if gaps.iloc[0] is pd.NA else "NaT" if gaps.iloc[0] is pd.NaT else "nan"


def _masked(column: pd.Series, gaps: np.ndarray, dtype: Any) -> pd.Series:
    if pd.api.types.is_integer_dtype(dtype) and column.dtype.kind == "f":
        column = column.round()
    column = column.astype(dtype)
    return column.mask(gaps) if gaps.any() else column


def _within(values: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Values within the range of an integer dtype, rounded."""
    if dtype.kind not in "iu":
        return values
    limits = np.iinfo(dtype)
    values = np.round(values) if values.dtype.kind == "f" else values
    return values.clip(max(limits.min, np.iinfo(np.int64).min), min(limits.max, np.iinfo(np.int64).max))


def _index_to_json(values: pd.Index) -> dict[str, Any]:
    """The categories of a dtype; those that are neither text nor numbers by their text."""
    if isinstance(values, pd.IntervalIndex):
        return {"left": values.left.tolist(), "right": values.right.tolist(), "closed": values.closed}
    if values.dtype.kind in "mM":
        return {"times": values.astype("int64").tolist(), "dtype": str(values.dtype)}
    plain = [value if isinstance(value, str | bool | int | float) else str(value) for value in values.tolist()]
    return {"values": plain, "dtype": "object" if values.dtype == object else PandasDtypes().to_json(values.dtype)}


def _index_from_json(record: dict[str, Any]) -> pd.Index:
    if "left" in record:
        return pd.IntervalIndex.from_arrays(record["left"], record["right"], record["closed"])
    if "times" in record:
        return pd.Index(np.array(record["times"], np.int64)).astype(record["dtype"])
    return pd.Index(record["values"], dtype=PandasDtypes().from_json(record["dtype"]))
