"""Numbers in text files that are written with currency signs, percent signs or marks between thousands."""

import re
from typing import Any

from elbax.data.cells import MARKERS
from elbax.data.frames import quoted

_CURRENCIES = "$€£¥"
_MARKS = {".": ",'\u00a0\u202f", ",": ".'\u00a0\u202f"}  # between thousands, by decimal sign


def read_written_numbers(frame: Any, decimal: str) -> tuple[Any, tuple[str, ...]]:
    """A data frame whose columns of such text are numbers, and sentences that say so.

    A column counts if all its cells are numbers or "?", which is a gap, at least one is decorated or "?", and all
    decorated ones have the same sign. Text with leading zeros, such as 0080, is a code.

    Args:
        frame: with text where pandas found no numbers.
        decimal: "." or ",".

    Example:
        >>> import pandas as pd
        >>> frame, notes = read_written_numbers(pd.DataFrame({"price": ["$1,250.50", None, "$9"]}), ".")
        >>> frame["price"].tolist()[::2]
        [1250.5, 9.0]
        >>> notes[0]
        "'price' holds numbers with '$' and marks between thousands, which are read as plain numbers"
    """
    pattern = _pattern(decimal)
    notes = []
    for name in frame.columns[frame.dtypes.map(lambda dtype: dtype.kind not in "biufcmM")]:
        text = frame[name].dropna().astype(str).str.strip()
        gaps = text.isin(MARKERS).any()
        text = text[~text.isin(MARKERS)]
        if not len(text) or not pattern.fullmatch(text.iloc[0]):
            continue
        parts = text.str.extract(pattern)
        signs = set(parts["before"]) | set(parts["after"])
        marked = parts["whole"].str.contains(r"\D", na=True).any()
        if parts["whole"].isna().any() or len(signs - {""}) > 1 or not (marked or signs - {""} or gaps):
            continue
        if parts["whole"].str.match(r"0\d").any():
            continue
        values = parts["minus"] + parts["whole"].str.replace(r"\D", "", regex=True)
        if parts["fraction"].ne("").any():
            values = (values + "." + parts["fraction"].str[1:]).astype(float)
        else:
            values = values.astype("int64").astype("Int64" if len(text) < len(frame) else "int64")
        frame[name] = values.reindex(frame.index)
        if what := [*map(repr, sorted(signs - {""})), *(["marks between thousands"] if marked else [])]:
            notes.append(f"{quoted([name])} holds numbers with {' and '.join(what)}, which are read as plain numbers")
    return frame, tuple(notes)


def _pattern(decimal: str) -> re.Pattern[str]:
    return re.compile(
        rf"(?P<minus>-?)(?P<before>[{_CURRENCIES}]?)\s?"
        rf"(?P<whole>\d{{1,3}}(?:[{_MARKS[decimal]}]\d{{3}})+|\d+)"
        rf"(?P<fraction>(?:{re.escape(decimal)}\d*)?)\s?(?P<after>[{_CURRENCIES}%]?)$"
    )
