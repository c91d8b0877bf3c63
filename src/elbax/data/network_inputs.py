"""Codes as network inputs: numbers standardized, labels one-hot."""

from collections.abc import Sequence

import numpy as np

from elbax.data.columns import AbstractColumn
from elbax.types import Summary


def network_inputs(codes: np.ndarray, columns: Sequence[AbstractColumn], summary: Summary) -> np.ndarray:
    """Network inputs of rows of codes (n, d), (n, inputs): those of its columns, in the order of their features.

    Images (n, h, w, c) keep their shape.
    """
    center, unit = summary.center, summary.unit
    if all(column.is_number for column in columns):
        dtype = np.result_type(codes.dtype, np.float32)
        return (codes - center.astype(dtype)) / unit.astype(dtype)
    widths = np.empty(codes.shape[1], int)
    for column in columns:
        widths[column.features] = column.input_width
    starts = np.cumsum(widths) - widths
    inputs = np.empty((len(codes), widths.sum()))
    for column in columns:
        own = column.features
        places = (starts[own][:, None] + np.arange(column.input_width)).ravel()
        inputs[:, places] = column.inputs(codes[:, own], center[own], unit[own])
    return inputs
