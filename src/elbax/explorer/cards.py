"""How rows are shown: as pictures, series, or the texts of a table's cells."""

from collections.abc import Iterable, Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from elbax.data import Schema
from elbax.data.frames import as_frame
from elbax.data.image_view import ImageView, windows
from elbax.data.table_layout import name_text

MOST_CELLS = 200  # of a row that are shown


def form_of(schema: Schema) -> str:
    """The form of a model's rows: "image", "series" or "table"."""
    if schema.axes.is_image:
        return "image"
    return "series" if schema.axes.is_window else "table"


def make_cards(schema: Schema, rows: Any) -> dict[str, Any]:
    """Rows in the user's axes and library as one record: their form, and pictures, series or cells.

    Pictures are bytes (n, height, width, 1 or 3), series floats (n, steps, series), cells lists of texts, "" in gaps.

    Example:
        >>> make_cards(Schema.of(np.array([[0.5, 3], [2.5, 0]])), np.array([[0.25, 12345.678]]))
        {'form': 'table', 'cells': [['0.25', '12,346']]}
    """
    form = form_of(schema)
    if form == "image":
        return {"form": form, "pictures": np.round(255 * ImageView.of(schema)(rows)).astype(np.uint8)}
    if form == "series":
        return {"form": form, "series": windows(schema, rows).astype(np.float32)}
    return {"form": form, "cells": cell_texts(rows, schema.columns)}


def cell_texts(rows: Any, names: Sequence[str] | None = None) -> list[list[str]]:
    """The cells of a table as text, row by row; columns of frames in the order of some names."""
    frame = as_frame(rows, "rows")
    if isinstance(frame, nw.DataFrame):
        places = {name_text(name): i for i, name in enumerate(frame.columns)}
        order = [places[name] for name in names] if names and places.keys() >= set(names) else list(places.values())
        columns: Iterable[Any] = (frame[:, i].to_list() for i in order[:MOST_CELLS])
    else:
        array = np.asarray(rows.toarray() if hasattr(rows, "toarray") else rows)
        columns = (column.tolist() for column in array.reshape(len(array), -1).T[:MOST_CELLS])
    return [list(row) for row in zip(*([cell_text(value) for value in column] for column in columns), strict=True)]


def cell_text(value: Any) -> str:
    """One value as text: numbers in four digits, dates without a time of zero, "" for a gap.

    Example:
        >>> [cell_text(value) for value in (1234.5678, 0.000012, 3.0, None, np.datetime64("2024-05-01T00:00:00"))]
        ['1,235', '1.2e-05', '3', '', '2024-05-01']
    """
    value = value.item() if isinstance(value, np.generic) and value.dtype.kind not in "mM" else value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number_text(value)
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, np.generic) and np.isnat(value)):
        return ""
    if isinstance(value, np.datetime64):
        value = str(value).replace("T", " ")
    elif isinstance(value, np.timedelta64):
        value = pd.Timedelta(value)
    text = str(value).removesuffix(" 00:00:00")
    return text if len(text) <= MOST_CELLS else f"{text[:MOST_CELLS]}…"


def _number_text(value: float) -> str:
    if value != value:
        return ""
    size = abs(value)
    if float(value).is_integer() and size < 1e15:
        return f"{int(value):,}".replace("-", "−")
    text = f"{value:,.0f}" if 1e3 <= size < 1e9 else f"{value:.4g}"
    return f"−{text[1:]}" if text.startswith("-") else text
