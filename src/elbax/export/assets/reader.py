"""Reads rows for a model exported by elbax: text, dates and gaps become numbers as schema.json says, and back.

Needs Python's own library and NumPy, no elbax. The same as reader.js.

    reader = Reader.open("schema.json")
    x = reader.x.encode([{"age": 41, "city": "Bonn", "since": "2021-05-01"}])   # (rows, columns), float32, NaN in gaps
    rows = reader.x.decode(x)
"""

import json
import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

_TRUTH = {"True": "1", "False": "0", "1": "True", "0": "False", "true": "True", "false": "False"}
_LEVELS = ("boolean", "category", "ordered")
_NUMBERS = ("real", "positive", "bounded", "spiked", "integer", "count", "exposure")
_SPAN = re.compile(r"(-?\d+) days?(?: \+?(\d\d):(\d\d):(\d\d(?:\.\d+)?))?")
_OFFSET = re.compile(r"(Z|[+-]\d\d:?\d\d)$")


class Reader:
    """The rows (``x``) and the context (or None) of one exported model; each has ``encode`` and ``decode``."""

    def __init__(self, schema):
        self.schema = schema
        self.x = Rows(schema["x"])
        self.context = None if schema["context"] is None else Rows(schema["context"])

    @classmethod
    def open(cls, path):
        """Read a schema.json."""
        with open(path, encoding="utf-8") as file:
            return cls(json.load(file))


class Rows:
    """Rows of one shape: records, if columns have names, or arrays."""

    def __init__(self, record):
        self.shape, self.names, self.columns = tuple(record["shape"]), record["names"], record["columns"]
        self.missing = ("", "?", *record.get("missing", ()))

    def encode(self, rows):
        """Numbers (rows, *shape) of records (dictionaries or lists of cells), or of arrays."""
        if self.columns is None:
            if self.names and len(rows) and isinstance(rows[0], dict):
                rows = [[row[name] for name in self.names] for row in rows]
            return np.asarray(rows, np.float32).reshape(-1, *self.shape)
        names = self.names or [name for column in self.columns for name in column["columns"]]
        records = [row if isinstance(row, dict) else dict(zip(names, _cells(row), strict=True)) for row in rows]
        codes = np.full((len(records), *self.shape), np.nan)
        for column in self.columns:
            if column["feature"] is not None:
                for i, record in enumerate(records):
                    cells = [self._cell(record.get(name)) for name in column["columns"]]
                    codes[i, column["feature"]] = _encode(column, cells, i)
        return codes.astype(np.float32)

    def decode(self, codes):
        """Records (dictionaries) of numbers (rows, columns), or arrays as they are; None in gaps."""
        if self.columns is None:
            return np.asarray(codes)
        records = []
        for row in np.asarray(codes, np.float64):
            record = {}
            for column in self.columns:
                if column["kind"] != "gap":
                    code = float("nan") if column["feature"] is None else row[column["feature"]]
                    record |= dict(zip(column["columns"], _decode(column, code), strict=True))
            for column in self.columns:
                if column["kind"] == "gap" and row[column["feature"]] >= 0.5:
                    record |= dict.fromkeys(column["columns"])
            records.append({name: record[name] for name in self.names} if self.names else record)
        return records

    def _cell(self, value):
        """A cell, None where it is a gap."""
        if value is None or value != value:
            return None
        if isinstance(value, np.generic) and not isinstance(value, np.datetime64 | np.timedelta64):
            value = value.item()
        if isinstance(value, str):
            return None if value.strip() in self.missing else value
        if isinstance(value, int | float) and not isinstance(value, bool):
            return None if any(_number(marker) == value for marker in self.missing) else value
        return value


def _encode(column, cells, row):
    kind, value = column["kind"], cells[0]
    if kind == "gap":
        return float(value is None)
    if kind == "onehot":
        return _position(column, cells, row)
    if value is None:
        return float("nan")
    if kind in _LEVELS:
        return _level(column, value, row)
    if kind in _NUMBERS:
        number = _number(value) if isinstance(value, str) else float(value)
        if number is None:
            raise ValueError(_wrong(column, value, row, "a number"))
        return number - column.get("origin", 0.0)
    if kind == "duration":
        return _span(column, value, row)
    return _moment(column, value, row)


def _decode(column, code):
    kind = column["kind"]
    if kind == "constant":
        return [column["value"]]
    if column["feature"] is None or np.isnan(code):
        return [column.get("blank")] * len(column["columns"])
    if kind == "onehot":
        return [_as_form(form, place == round(code)) for place, form in enumerate(column["forms"])]
    if kind in _LEVELS:
        values = [*column["values"], *(["other"] if column["other"] else [])]
        return [values[min(max(round(code), 0), len(values) - 1)]]
    if kind in _NUMBERS:
        return [_as_number(column, code)]
    return [_write_span(column, code) if kind == "duration" else _write_moment(column, code)]


def _level(column, value, row):
    texts, text = [_text(level) for level in column["values"]], _text(value)
    for candidate in (text, _TRUTH.get(text)):
        if candidate in texts:
            return texts.index(candidate)
    if column["other"]:
        return len(texts)
    raise ValueError(_wrong(column, value, row, f"one of {', '.join(texts[:12])}"))


def _position(column, cells, row):
    ones = [i for i, cell in enumerate(cells) if cell is not None and float(cell) == 1]
    gaps = [i for i, cell in enumerate(cells) if cell is None]
    if len(ones) > 1 or (not ones and not gaps):
        raise ValueError(f"set exactly one of the columns {', '.join(column['columns'])} in row {row}")
    if ones:
        return ones[0]
    return gaps[0] if len(gaps) == 1 else float("nan")


def _as_form(form, is_set):
    return is_set if form == "boolean" else int(is_set)


def _as_number(column, code):
    value = code + column.get("origin", 0.0)
    low, high = column.get("low"), column.get("high")
    if column["kind"] == "positive" and value <= 0:
        value = column["minimum"]
    elif column["kind"] != "positive":
        value = value if low is None else max(value, low)
        value = value if high is None else min(value, high)
    decimals, writing = column.get("decimals"), column.get("writing", "")
    if decimals is not None:
        value = round(value, decimals) + 0.0
    if writing.isdecimal():
        return f"{value:.{writing}f}"
    value = int(value) if decimals == 0 or (writing and float(value).is_integer()) else value
    return str(value) if writing else value


def _moment(column, value, row):
    """Units since the origin; the part of a unit that has passed is a fraction."""
    moment = _read_moment(column, value)
    if moment is None:
        raise ValueError(_wrong(column, value, row, "a date"))
    if column["zone"]:
        own = moment.astype("M8[us]").astype(datetime).replace(tzinfo=UTC)
        moment = np.datetime64(own.astimezone(ZoneInfo(column["zone"])).replace(tzinfo=None), "us")
    dtype = moment.dtype if np.datetime_data(moment.dtype)[0] == "ns" else np.dtype("M8[us]")
    floor = moment.astype(f"M8[{column['unit']}]")
    begin, end, now = (int(t.astype(dtype).astype(np.int64)) for t in (floor, floor + 1, moment))
    return int(floor.astype(np.int64)) - column["origin"] + (now - begin) / max(end - begin, 1)


def _read_moment(column, value):
    writing = column["writing"]
    if isinstance(value, np.datetime64):
        return value
    if isinstance(value, datetime):
        value = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
        return np.datetime64(value, "us")
    if isinstance(value, date):
        return np.datetime64(value, "D")
    try:
        if not isinstance(value, str):
            return _of_number(value, writing)
        if writing.startswith("text "):
            return np.datetime64(datetime.strptime(value, writing.removeprefix("text ")), "us")
        return _of_iso(value, writing.split("|")[3] if writing.startswith("iso|") else "")
    except ValueError:
        return None


def _of_number(value, writing):
    if writing.startswith("unix "):
        return np.datetime64(round(value), writing.split()[1])
    if writing not in ("%Y%m%d", "%Y%m"):
        return None
    return np.datetime64(datetime.strptime(str(int(value)), writing), "D")


def _of_iso(text, usual):
    """A time with another offset than the column's usual one is in UTC."""
    text = text.removesuffix(usual)
    offset = _OFFSET.search(text) if ":" in text else None
    if offset is None:
        return np.datetime64(text)
    moment, sign = np.datetime64(text[: offset.start()]), offset[1]
    if sign == "Z":
        return moment
    minutes = 60 * int(sign[1:3]) + int(sign[-2:])
    return moment - np.timedelta64(minutes if sign[0] == "+" else -minutes, "m")


def _write_moment(column, code):
    unit, writing = column["unit"], column["writing"]
    moment = np.datetime64(round(code) + column["origin"], unit)
    if column["zone"]:
        own = moment.astype("M8[s]").astype(datetime).replace(tzinfo=ZoneInfo(column["zone"]))
        moment = np.datetime64(own.astimezone(UTC).replace(tzinfo=None), "s")
    day = moment.astype("M8[D]") if unit in ("Y", "M") and not column["zone"] else moment
    if writing.startswith("unix "):
        return int(moment.astype(f"M8[{writing.split()[1]}]").astype(np.int64))
    if writing in ("%Y%m%d", "%Y%m"):
        return int(str(day.astype("M8[D]")).replace("-", "")[: 8 if writing == "%Y%m%d" else 6])
    if writing.startswith("iso|"):
        return _write_iso(day, writing)
    if writing:
        return day.astype("M8[us]").astype(datetime).strftime(writing.removeprefix("text "))
    return str(day)


def _write_iso(moment, writing):
    _, separator, unit, offset = writing.split("|")
    digits = int(unit[1:]) if unit.startswith("f") else 0
    exact = {"D": "D", "m": "m", "s": "s"}.get(unit, "ms" if digits <= 3 else "us" if digits <= 6 else "ns")
    text = str(moment.astype(f"M8[{exact}]"))
    cut = {"ms": 3, "us": 6, "ns": 9}.get(exact, 0) - digits if digits else 0
    return (text[:-cut] if cut else text).replace("T", separator) + offset


def _span(column, value, row):
    """Units of a length of time: a number of them, text such as "2 days 03:30:00", or a timedelta."""
    unit = np.timedelta64(1, column["unit"])
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, timedelta | np.timedelta64):
        return float(np.timedelta64(value) / unit)
    match = _SPAN.fullmatch(value.strip())
    if match is None:
        raise ValueError(_wrong(column, value, row, "a length of time, such as 2 days 03:30:00"))
    days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
    total = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    return total / float(unit / np.timedelta64(1, "s"))


def _write_span(column, code):
    seconds = round(code) * float(np.timedelta64(1, column["unit"]) / np.timedelta64(1, "s"))
    days, rest = divmod(seconds, 86400)
    hours, rest = divmod(rest, 3600)
    minutes, rest = divmod(rest, 60)
    part = f"{rest:09.6f}" if rest % 1 else f"{rest:02.0f}"
    return f"{days:.0f} days {hours:02.0f}:{minutes:02.0f}:{part}"


def _cells(row):
    return row if isinstance(row, list | tuple | np.ndarray) else [row]


def _text(value):
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _number(text):
    try:
        number = float(text)
    except (TypeError, ValueError):
        return None
    return number if np.isfinite(number) and "_" not in text else None


def _wrong(column, value, row, wanted):
    return f"column {column['name']!r} is {value!r} in row {row}; pass {wanted}"
