"""Columns of text that hold dates or numbers, for who draws or compares tables as they are."""

from collections.abc import Sequence

import narwhals as nw
import numpy as np

from elbax.data.cells import read_cells
from elbax.data.columns.date_writing import find_writing, read_moments
from elbax.data.columns.facts import Facts
from elbax.data.columns.number_writing import find_number_writing, read_numbers

_FEWEST = 20  # different texts: of fewer, numbers are labels


def read_written(columns: Sequence[nw.Series], name: str) -> list[np.ndarray] | None:
    """Dates (datetime64) or numbers of one column in several tables, NaT or NaN in gaps; None if it is no such text.

    The first table decides. InputError if most of its values are dates and some are not, or others hold none.

    Example:
        >>> import pandas as pd
        >>> frame = nw.from_native(pd.DataFrame({"day": ["2024-02-01", None, "2024-03-01", "2024-03-02"]}))
        >>> [str(day)[:10] for day in read_written([frame["day"]], "day")[0][:2]]
        ['2024-02-01', 'NaT']
    """
    cells = [read_cells(column, f"column {name!r}") for column in columns]
    if cells[0].form != "text":
        return None
    facts = Facts(cells[0], name)
    if any(column.form != "text" and not column.gaps.all() for column in cells):
        return None
    if (writing := find_writing(facts)) is not None:
        return [np.where(column.gaps, np.datetime64("NaT"), read_moments(column, writing)) for column in cells]
    if len(facts.distinct) <= _FEWEST or find_number_writing(facts.distinct) is None:
        return None
    return [read_numbers(column) for column in cells]
