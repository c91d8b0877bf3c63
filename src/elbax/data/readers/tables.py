"""Tables in text and Parquet files."""

import gzip
import re
import warnings
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import narwhals as nw
import numpy as np

from elbax.data.dataset import Dataset
from elbax.data.decoded_memmap import PIECE_VALUES, decode_to_memmap
from elbax.data.frames import as_array, leaving_out
from elbax.data.memory_mapped import ON_DISK_BYTES
from elbax.data.readers.base import Reader, Request, check_names
from elbax.data.readers.written_numbers import read_written_numbers
from elbax.errors import InputError, MissingExtraError

_LEADING_ZERO = re.compile(r"""(?:^|[,;\t"])0\d+(?:[,;\t"]|$)""")
_DECIMAL_COMMA = re.compile(r"""(?:^|;)"?-?[\d.]*\d,\d+[^;"\w]*"?(?:;|$)""")
_MOST_LINES = 1000  # in which a decimal comma is looked for
_MOST_IN_MEMORY = 2**32  # bytes of a table with text or gaps
_MOST_EXACT = 2.0**53  # floats of greater integers have lost digits


def read_table(path: Path) -> Any:
    """Read a table as a data frame.

    Text is separated by commas, semicolons or tabs; with semicolons, numbers may have decimal commas. A first line of
    numbers is data, not names. A first column without a name is an index written by pandas and is left out. Whole
    numbers with leading zeros, such as 0080, are codes and stay text; integers with gaps stay integers. Text such as
    $1,250 or 45% becomes numbers.

    InputError if the file cannot be parsed, MissingExtraError for ``.parquet`` without pyarrow, OSError if it cannot be
    opened.
    """
    return _read_noting(path)[0]


def _read_noting(path: Path) -> tuple[Any, tuple[str, ...]]:
    """A table as `read_table` reads it, and sentences on what was done."""
    if _suffix(path) == ".parquet":
        arrow = _pyarrow()
        return _as_parquet(path, lambda: arrow.parquet.read_table(path)), ()
    import pandas as pd

    options = {}
    try:
        options = _format(path) | {"skipinitialspace": True}
        first = pd.read_csv(path, header=None, nrows=1, **options)
        if all(kind.kind in "biuf" for kind in first.dtypes) and not first.isna().any(axis=None):
            return pd.read_csv(path, header=None, **options), ()
        names = first.iloc[0]
        if (repeated := names[names.duplicated() & names.notna()]).size:
            raise InputError(f"two columns of {path} are called {repeated.iloc[0]!r}; give each its own name")
        index = 0 if pd.isna(names[0]) else False
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # values would be lost
            frame = pd.read_csv(path, index_col=index, low_memory=False, **options)
        return read_written_numbers(_with_codes(frame, path, options), options["decimal"])
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not text in UTF-8 (byte {error.start}); save it as that") from error
    except (pd.errors.ParserError, pd.errors.ParserWarning, pd.errors.EmptyDataError) as error:
        reason = str(error).strip().splitlines()[-1]
        raise InputError(
            f"cannot read {path} as a table ({reason}); give every line the same columns, parted by {options['sep']!r}"
        ) from error


def _with_codes(frame: Any, path: Path, options: dict[str, Any]) -> Any:
    """The frame with columns of whole numbers read again as text where one has leading zeros."""
    with _open(path) as file:
        if not any(_LEADING_ZERO.search(line) for line in file):
            return frame
    import pandas as pd

    whole = [name for name, column in frame.items() if column.dtype.kind == "i"]
    texts = pd.read_csv(path, usecols=whole, dtype=str, keep_default_na=False, **options)
    codes = [name for name in whole if texts[name].str.match(r"0\d").any()]
    return frame.assign(**{name: texts[name].to_numpy() for name in codes})


def _with_integers(frame: Any) -> Any:
    """The frame with whole numbers as integers where only gaps made them floats."""
    for name, column in frame.items():
        if column.dtype.kind == "f" and column.hasnans and column.notna().any():
            present = column.dropna()
            if (present == present.round()).all() and present.abs().max() < _MOST_EXACT:
                frame[name] = column.astype("Int64")
    return frame


def _read_large(path: Path, apart: Collection[str]) -> tuple[np.memmap, tuple[str, ...], Any] | None:
    """A large Parquet table: a memory map of numbers, its columns' names, and a table of the columns ``apart``.

    None for other formats, small tables, tables without those columns, and those with text or gaps, which are read into
    memory; InputError if they are too large for that.
    """
    if _suffix(path) != ".parquet":
        return None
    arrow = _pyarrow()
    source = _as_parquet(path, lambda: arrow.dataset.dataset(path, format="parquet", partitioning="hive"))
    names = source.schema.names
    columns = tuple(name for name in names if name not in apart)
    n = _as_parquet(path, source.count_rows)
    size = n * len(columns) * np.dtype(np.float64).itemsize
    if size < ON_DISK_BYTES or not set(apart) <= set(names):
        return None
    if column := _first_of_kind(path, source, columns):
        if size > _MOST_IN_MEMORY:
            raise InputError(
                f"column {column!r} of {path} has text, dates or gaps; tables with such columns are read into memory, "
                f"and this one takes {size / 2**30:.0f} GiB there, so leave the columns out, "
                f"{leaving_out([column])}, or write fewer rows"
            )
        return None

    def pieces() -> Iterator[np.ndarray]:
        size = max(1, PIECE_VALUES // len(columns))
        few = {"batch_size": size, "batch_readahead": 1, "fragment_readahead": 1}
        for batch in source.to_batches(columns=list(columns), **few):
            if len(batch):
                yield as_array(arrow.Table.from_batches([batch]), name=str(path))[0]

    rows = _as_parquet(path, lambda: decode_to_memmap(pieces))
    others = _as_parquet(path, lambda: source.to_table(columns=[name for name in names if name in apart]))
    return rows, columns, others


def _first_of_kind(path: Path, source: Any, columns: Sequence[str]) -> str | None:
    """The first column of a Parquet table that is no number, or has gaps."""
    arrow = _pyarrow()
    types, field = arrow.types, arrow.dataset.field
    for name in columns:
        own = source.schema.field(name).type
        plain = types.is_integer(own) or types.is_floating(own) or types.is_boolean(own) or types.is_decimal(own)
        nan = types.is_floating(own)
        if not plain or _as_parquet(
            path, lambda name=name, nan=nan: source.count_rows(filter=field(name).is_null(nan_is_null=nan))
        ):
            return name
    return None


def _format(path: Path) -> dict[str, str]:
    """The separator, which is equally frequent in the first two lines, and the decimal sign of numbers."""
    with _open(path) as file:
        first = file.readline()
        second = file.readline() or first
    candidates = [sign for sign in ";\t," if 0 < first.count(sign) == second.count(sign)]
    separator = candidates[0] if candidates else ","
    with _open(path) as file:
        has_commas = separator == ";" and any(map(_DECIMAL_COMMA.search, islice(file, _MOST_LINES)))
    return {"sep": separator, "decimal": "," if has_commas else "."}


def _open(path: Path) -> Any:
    opened = gzip.open if path.suffix.lower() == ".gz" else open
    return opened(path, "rt", encoding="utf-8")


def _suffix(path: Path) -> str:
    return Path(path.name.lower().removesuffix(".gz")).suffix


def _as_parquet(path: Path, read: Callable[[], Any]) -> Any:
    try:
        return read()
    except _pyarrow().ArrowInvalid as error:
        reason = str(error).strip().splitlines()[0]
        raise InputError(f"cannot read {path} as Parquet ({reason}); write it again") from error


def _pyarrow() -> Any:
    try:
        import pyarrow
        import pyarrow.dataset
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtraError("reading .parquet needs pyarrow: pip install elbax[parquet]") from error
    return pyarrow


def _read(path: Path, request: Request) -> Dataset:
    label, context, drop, keep = request.label, request.context, request.drop, request.keep
    used = {label, *context, *drop} - {None}
    if large := _read_large(path, used):
        x, columns, table = large
        labels, context = _labels_and_context(path, table, label, context)
        notes = ()
    else:
        frame, notes = _read_noting(path)
        frame = nw.from_native(frame)
        if not len(frame):
            raise InputError(f"{path} has names of columns but no rows; add the rows")
        check_names("column", drop, frame.columns, str(path))
        labels, context = _labels_and_context(path, frame, label, context)
        rows = frame.select(*keep) if keep and set(keep) <= set(frame.columns) else frame.drop(*used)
        x, columns = _rows(rows.to_native(), str(path))
    return Dataset(path.name.split(".")[0], x, labels, columns, context=context, notes=notes)


def _rows(frame: Any, where: str) -> tuple[Any, tuple[str, ...] | None]:
    """Rows as a data frame and the names of its columns, or as an array if they have no names."""
    named = nw.from_native(frame)
    if not len(named) or not all(isinstance(name, str) for name in named.columns):
        return as_array(frame, name=where)
    return _with_integers(named.to_pandas()), tuple(named.columns)


def _labels_and_context(path: Path, table: Any, label: str | None, context: Sequence[str]) -> tuple[Any, Any]:
    """Labels and context from columns of a table."""
    frame, labels = nw.from_native(table, pass_through=True), None
    if label is not None:
        own = _select(frame, [label], str(path))[label]
        texts = own.dtype.kind not in "biufM"
        labels = own.astype(str).where(own.notna(), None).to_numpy(object) if texts else own.to_numpy()
    columns = _select(frame, context, str(path)) if context else None
    if columns is not None and labels is not None and label in context and labels.dtype.kind in "iub":
        columns[label] = labels.astype(str)  # integers used as labels are not numbers
    return labels, columns


def _select(frame: Any, names: Sequence[str], where: str) -> Any:
    """Columns of a table, as a pandas data frame."""
    check_names("column", names, frame.columns, where)
    return frame.select(*names).to_pandas()


TABLE = Reader(
    ".csv, .tsv, .parquet",
    lambda path: _suffix(path) in {".csv", ".tsv", ".parquet"},
    _read,
    lambda path, names: _select(nw.from_native(read_table(path)), names, str(path)),
    has_names=True,
    has_columns=True,
)
