"""Dates and times as numbers and text write them."""

import datetime as dt
import re
from collections import Counter

import numpy as np
import pandas as pd

from elbax.data.cells import Cells, shown
from elbax.data.columns.facts import Facts
from elbax.errors import InputError

# A writing is "%Y%m%d" or "%Y%m" of whole numbers, "unix s" (ms, us, ns), "iso…" of ISO 8601, or a format of strptime.
_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:([T ])\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?")
_FORMATS = ("%Y/%m/%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y%m%d", "%Y-%m")
_LOOKS = {  # what such text looks like
    "%Y/%m/%d": re.compile(r"\d{4}/\d{1,2}/\d{1,2}"),
    "%d.%m.%Y": re.compile(r"\d{1,2}\.\d{1,2}\.\d{4}"),
    "%d/%m/%Y": re.compile(r"\d{1,2}/\d{1,2}/\d{4}"),
    "%m/%d/%Y": re.compile(r"\d{1,2}/\d{1,2}/\d{4}"),
    "%Y%m%d": re.compile(r"\d{8}"),
    "%Y-%m": re.compile(r"\d{4}-\d\d"),
}
NUMBER_WRITINGS = ("%Y%m%d", "%Y%m", "unix s", "unix ms", "unix us", "unix ns")
_MOST = 0.95  # of the values are dates: then the others are mistakes
_FEWEST = 3
_YEARS = (1500, 2200)
_UNIX = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_UNIX_FROM, _UNIX_TO = 6.3e8, 2.2e9  # from 1990 to 2039, in seconds
_TIME_NAMES = re.compile(r"time|date|stamp|epoch|created|updated|when|_at$|^ts$|_ts$", re.IGNORECASE)


def find_writing(facts: Facts) -> str | None:
    """How a column of numbers or text writes dates; None if it holds none.

    InputError if most values are dates and some are not.
    """
    if facts.n < _FEWEST or len(facts.distinct) < 2:
        return None
    if facts.form == "text":
        return _text_writing(facts)
    return _number_writing(facts) if facts.whole else None


def usual_offset(facts: Facts, writing: str) -> str:
    """The most frequent offset from UTC of texts of ISO 8601, empty if all have the same."""
    offset = writing.split("|")[3] if writing.startswith("iso") else ""
    return "" if not offset or all(text.endswith(offset) for text in facts.distinct.tolist()) else offset


def read_moments(cells: Cells, writing: str) -> np.ndarray:
    """Dates and times (n,) of cells, whatever form they have; any where there is a gap.

    InputError names a value that is none.
    """
    if cells.form == "moment":
        return cells.values
    if cells.gaps.all():
        return np.zeros(len(cells.gaps), "M8[D]")
    if cells.form == "number":
        moments = _of_numbers(cells.values.astype(np.float64), writing)
    elif cells.form == "text":
        moments = _of_texts(cells.values, cells.gaps, writing)
    else:
        moments = np.full(len(cells.gaps), "NaT", "M8[s]")
    if (wrong := np.flatnonzero(np.isnat(moments) & ~cells.gaps)).size:
        row = int(wrong[0])
        raise InputError(_no_date(cells.where, cells.values[row], row))
    return np.where(cells.gaps, np.zeros(1, moments.dtype), moments)


def write_moments(moments: np.ndarray, writing: str) -> np.ndarray:
    """Dates and times as numbers or text: the inverse of `read_moments`."""
    if writing.startswith("unix"):
        return moments.astype(f"M8[{writing.split()[1]}]").astype(np.int64)
    if writing in ("%Y%m%d", "%Y%m"):
        text = np.datetime_as_string(moments.astype("M8[D]"))
        digits = np.array([date.replace("-", "")[: 8 if writing == "%Y%m%d" else 6] for date in text.tolist()], object)
        return digits.astype(np.int64)
    if writing.startswith("iso"):
        return _write_iso(moments, writing)
    if writing.startswith("text "):
        writing = writing.removeprefix("text ")
    return np.array([moment.strftime(writing) for moment in moments.astype("M8[us]").astype(object)], object)


def to_local(moments: np.ndarray, zone: str) -> np.ndarray:
    """Times of UTC as clocks of a zone show them."""
    return pd.DatetimeIndex(_for_pandas(moments)).tz_localize("UTC").tz_convert(zone).tz_localize(None).to_numpy()


def to_utc(moments: np.ndarray, zone: str) -> np.ndarray:
    """Times on the clocks of a zone in UTC; one that is skipped there becomes the next."""
    local = pd.DatetimeIndex(_for_pandas(moments))
    first = np.ones(len(moments), bool)
    zoned = local.tz_localize(zone, ambiguous=first, nonexistent="shift_forward")
    return zoned.tz_convert("UTC").tz_localize(None).to_numpy()


def _for_pandas(moments: np.ndarray) -> np.ndarray:
    unit = np.datetime_data(moments.dtype)[0]
    return moments if unit in ("s", "ms", "us", "ns") else moments.astype("M8[s]")


def _no_date(where: str, value: object, row: int) -> str:
    plain = value if isinstance(value, str) else f"{value:.0f}"
    own = plain if isinstance(value, float) and not isinstance(value, str) else shown(value)
    return f"{where} is {own} in row {row}, which is no date; correct it, or call it a gap with missing=[{plain!r}]"


def _number_writing(facts: Facts) -> str | None:
    low, high = float(facts.distinct[0]), float(facts.distinct[-1])
    if _TIME_NAMES.search(facts.name):
        for unit, scale in _UNIX.items():
            if _UNIX_FROM * scale <= low and high <= _UNIX_TO * scale:
                return f"unix {unit}"
    for writing, first, last in (("%Y%m%d", 10000101, 99991231), ("%Y%m", 100001, 999912)):
        if not first <= np.median(facts.distinct) <= last:
            continue
        years = facts.distinct // (10000 if writing == "%Y%m%d" else 100)
        plausible = (years >= _YEARS[0]) & (years <= _YEARS[1])
        dates = ~np.isnat(_of_numbers(facts.distinct.astype(np.float64), writing))
        share = facts.counts[dates & plausible].sum() / facts.n
        if dates.all() and share >= _MOST:
            return writing
        if writing == "%Y%m%d" and share >= _MOST:
            wrong = facts.distinct[~dates][0]
            row = int(np.flatnonzero((facts.cells.values == wrong) & ~facts.cells.gaps)[0])
            raise InputError(_no_date(facts.where, wrong, row))
    return None


def _of_numbers(values: np.ndarray, writing: str) -> np.ndarray:
    """Dates of whole numbers, NaT for numbers that are none."""
    if writing.startswith("unix"):
        return np.round(values).astype(np.int64).astype(f"M8[{writing.split()[1]}]")
    if writing not in ("%Y%m%d", "%Y%m"):
        return np.full(len(values), "NaT", "M8[D]")
    with np.errstate(invalid="ignore"):
        whole = np.where(np.abs(values) < 1e9, np.round(values), 0).astype(np.int64)
    day = whole % 100 if writing == "%Y%m%d" else np.ones_like(whole)
    months = whole // 100 if writing == "%Y%m%d" else whole
    year, month = months // 100, months % 100
    start = ((year - 1970) * 12 + month - 1).astype("M8[M]")
    date = start.astype("M8[D]") + (day - 1)
    valid = (whole == values) & (year >= 1000) & (year <= 9999) & (month >= 1) & (month <= 12) & (day >= 1)
    return np.where(valid & (date.astype("M8[M]") == start), date, np.datetime64("NaT"))


def _text_writing(facts: Facts) -> str | None:
    texts = facts.distinct
    matches = [_ISO.fullmatch(text) for text in texts.tolist()]
    iso = np.array([match is not None for match in matches])
    if facts.counts[iso].sum() >= _MOST * facts.n and iso.sum() > 1:
        writing = _iso_writing([match for match in matches if match is not None])
        if writing is None:
            raise InputError(_several_forms(facts, matches))
        return _checked(facts, writing)
    for writing in _FORMATS:
        looks = np.array([bool(_LOOKS[writing].fullmatch(text)) for text in texts.tolist()])
        if not looks.all():
            continue
        if writing in ("%d/%m/%Y", "%m/%d/%Y"):
            return _day_or_month_first(facts)
        dates = ~np.isnat(_of_formatted(texts, f"text {writing}"))
        if facts.counts[dates].sum() >= _MOST * facts.n:
            return _checked(facts, f"text {writing}")
    return None


def _several_forms(facts: Facts, matches: list[re.Match | None]) -> str:
    """The message for ISO 8601 texts that are not all written alike, such as some without a time."""
    examples = {
        (match[1], bool(match[2]), bool(match[4])): match[0] for match in reversed(matches) if match is not None
    }
    first, second, *_ = examples.values()
    row = int(np.flatnonzero((facts.cells.values == second) & ~facts.cells.gaps)[0])
    return (
        f"{facts.where} writes dates in several forms, such as {first!r}, and {second!r} in row {row}; write all "
        f"alike, all or none with an offset from UTC, or leave the column out with columns={{{facts.name!r}: 'ignore'}}"
    )


def _checked(facts: Facts, writing: str) -> str:
    """The writing, if all values can be read in it; else an InputError names the first that cannot."""
    read_moments(facts.cells, writing)
    return writing


def _day_or_month_first(facts: Facts) -> str | None:
    """The one order in which all texts are dates; None if both or neither are possible."""
    orders = [f"text {order}" for order in ("%d/%m/%Y", "%m/%d/%Y")]
    possible = [order for order in orders if not np.isnat(_of_formatted(facts.distinct, order)).any()]
    return possible[0] if len(possible) == 1 else None


def _iso_writing(matches: list[re.Match]) -> str | None:
    """The common form of ISO 8601 texts as "iso|separator|unit|offset"; None if they differ.

    Offsets from UTC may differ, as they do in summer and winter: the most frequent is the common one.
    """
    forms = {(match[1] or "", bool(match[2]), bool(match[4])) for match in matches}
    if len(forms) > 1:
        return None
    separator, seconds, _ = forms.pop()
    offset = Counter(sorted(match[4] or "" for match in matches)).most_common(1)[0][0]
    digits = max(len(match[3] or ".") - 1 for match in matches)
    unit = "D" if not separator else "m" if not seconds else "s" if not digits else f"f{digits}"
    return f"iso|{separator}|{unit}|{offset}"


def _write_iso(moments: np.ndarray, writing: str) -> np.ndarray:
    _, separator, unit, offset = writing.split("|")
    digits = int(unit[1:]) if unit.startswith("f") else 0
    exact = {"D": "D", "m": "m", "s": "s"}.get(unit, "ms" if digits <= 3 else "us" if digits <= 6 else "ns")
    texts = np.datetime_as_string(moments.astype(f"M8[{exact}]")).tolist()
    cut = {"ms": 3, "us": 6, "ns": 9}.get(exact, 0) - digits if digits else 0
    return np.array([(text[:-cut] if cut else text).replace("T", separator) + offset for text in texts], object)


def _of_texts(values: np.ndarray, gaps: np.ndarray, writing: str) -> np.ndarray:
    """Dates of texts, NaT for texts that are none."""
    codes, distinct = pd.factorize(np.where(gaps, None, values))
    if writing.startswith("text "):
        moments = _of_formatted(distinct, writing)
        iso = np.isnat(moments) & [_ISO.fullmatch(text) is not None for text in distinct.tolist()]
        if iso.any():  # new rows may be written as other programs write dates
            moments[iso] = _of_iso(distinct[iso], "")
    elif writing in NUMBER_WRITINGS and all(text.isdecimal() for text in distinct.tolist()):
        moments = _of_numbers(distinct.astype(np.float64), writing)
    else:
        moments = _of_iso(distinct, writing.split("|")[3] if writing.startswith("iso") else "")
    none = np.full(1, "NaT", moments.dtype)
    return np.concatenate([moments, none])[codes]


def _of_iso(texts: np.ndarray, offset: str) -> np.ndarray:
    """Dates of ISO 8601 texts on the clock of the usual offset from UTC, also those that are written with another."""
    plain = [text.removesuffix(offset) if offset else text for text in texts.tolist()]
    digits = max((len(text.partition(".")[2]) for text in plain), default=0)
    dtype = "M8[s]" if not digits else "M8[ms]" if digits <= 3 else "M8[us]" if digits <= 6 else "M8[ns]"
    if all(map(_has_no_offset, plain)):
        try:
            return np.array(plain, dtype)
        except ValueError:
            pass
    return np.array([_moment(text, dtype, _minutes(offset)) for text in plain], dtype)


def _has_no_offset(text: str) -> bool:
    """Whether text is ISO 8601 in the usual offset; NumPy takes 20200505 for a year."""
    match = _ISO.fullmatch(text)
    return bool(match and not match[4])


def _moment(text: str, dtype: str, clock: int) -> np.datetime64:
    """The date of text on a clock that is some minutes ahead of UTC; text without an offset is of that clock."""
    match = _ISO.fullmatch(text)
    if match is None:
        return np.datetime64("NaT")
    offset = match[4] or ""
    try:
        moment = np.array(text.removesuffix(offset), dtype)[()]
    except ValueError:
        return np.datetime64("NaT")
    return moment + np.timedelta64(clock - _minutes(offset), "m") if offset else moment


def _minutes(offset: str) -> int:
    """Minutes by which an offset such as +02:00 is ahead of UTC."""
    if offset in ("", "Z"):
        return 0
    return int(f"{offset[0]}1") * (60 * int(offset[1:3]) + int(offset[-2:]))


def _of_formatted(texts: np.ndarray, writing: str) -> np.ndarray:
    form = writing.removeprefix("text ")
    parsed = []
    for text in texts.tolist():
        try:
            parsed.append(np.datetime64(dt.datetime.strptime(text, form), "us"))
        except ValueError:
            parsed.append(np.datetime64("NaT"))
    return np.array(parsed, "M8[us]")
