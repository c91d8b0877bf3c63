"""Rows that occur more than once."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from elbax.data.column_statistics import chunks
from elbax.data.streamed_rows import StreamedRows
from elbax.data.subsample import evenly_spaced

_STREAMED = 100_000  # rows at most of a file that is streamed
_PIECE_VALUES = 2**20
_SHARE = 0.02  # below this share of repeated rows held-out figures hardly change
_CHANCE, _LEAST = 4.0, 3  # pairs of equal rows beyond this multiple of those expected, and this number
_ENTROPY_ROWS = 2000
_FILLED = 0.5  # of the multiples of a step between two extremes: a column with so many of them is rounded
_ENTROPY_LEFT = 1 / 3  # of that of independent columns, as in black and white images of digits


@dataclass(frozen=True)
class Repeats:
    """How many rows repeat an earlier one.

    Attributes:
        share: share of the rows that equal an earlier one, of at most 100,000 rows of a file that is streamed.
        notable: whether they are more than chance explains. Rows of few columns with few values each repeat anyway.
    """

    share: float = 0.0
    notable: bool = False


def find_repeats(x: Any) -> Repeats:
    """Count the rows of ``x``, (n, *event), that equal an earlier one.

    Example:
        >>> x = np.random.default_rng(0).normal(size=(90, 3))
        >>> find_repeats(np.concatenate([x, x[:90]]))
        Repeats(share=0.5, notable=True)
    """
    on_disk = isinstance(x, StreamedRows)
    rows = evenly_spaced(len(x), _STREAMED) if on_disk else np.arange(len(x))
    _, first, counts = np.unique(_hash_rows(x, rows), return_index=True, return_counts=True)
    share = float(1 - len(counts) / len(rows))
    if share < _SHARE:
        return Repeats(share)
    pairs = (counts * (counts - 1.0) / 2).sum()
    distinct = rows[np.sort(first)]
    samples = (x[sample[evenly_spaced(len(sample), _ENTROPY_ROWS)]] for sample in (rows, distinct))
    chance = _agreement(*samples) * len(rows) ** 2 / 2
    return Repeats(share, bool(pairs > _CHANCE * chance + _LEAST))


def row_groups(x: np.ndarray) -> np.ndarray:
    """A number for each row, the same for equal rows: (n,), from 0."""
    return np.unique(_hash_rows(x), return_inverse=True)[1]


def _hash_rows(x: Any, rows: np.ndarray | None = None) -> np.ndarray:
    """Hash some rows, or all, in pieces, so that rows on disk stay there."""
    if rows is None or len(rows) == len(x):
        return np.concatenate([_hash(chunk) for _, chunk in chunks(x)])
    step = max(1, _PIECE_VALUES // int(np.prod(x.shape[1:])))
    pieces = (x[rows[start : start + step]] for start in range(0, len(rows), step))
    return np.concatenate([_hash(piece.reshape(len(piece), -1)) for piece in pieces])


def _hash(rows: np.ndarray) -> np.ndarray:
    """Hash rows (n, d) to 64 bits."""
    rows = rows + 0.0 if rows.dtype.kind == "f" else rows  # turns -0 into 0
    raw = np.ascontiguousarray(rows).view(np.uint8).reshape(len(rows), -1)
    raw = np.pad(raw, ((0, 0), (0, -raw.shape[1] % 8)))
    words = raw.view(np.uint64)
    # Bits are mixed first: products of floats of small integers, which end in zeros, would differ in few bits.
    words = (words ^ (words >> np.uint64(32))) * np.uint64(0x9E3779B97F4A7C15)
    words ^= words >> np.uint64(29)
    odd = np.random.default_rng(0).integers(0, 2**63, words.shape[1], dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    return (words * odd).sum(axis=1, dtype=np.uint64)


def _agreement(rows: np.ndarray, distinct: np.ndarray) -> float:
    """Probability that two rows agree by chance, if columns depend on each other.

    Copies of rows say nothing about chance, so a column's values are those of distinct rows; but those of a rounded
    column repeat without copies, and alone they would make up the distinct rows.
    """
    log_agreement = 0.0
    for all_values, own in zip(rows.reshape(len(rows), -1).T, distinct.reshape(len(distinct), -1).T, strict=True):
        column = all_values if _is_rounded(all_values) else own
        _, counts = np.unique(column, return_counts=True)
        agreeing = (counts * (counts - 1.0)).sum() / max(1.0, len(column) * (len(column) - 1.0))
        if agreeing == 0:
            return 0.0
        log_agreement += np.log(agreeing)
    return float(np.exp(_ENTROPY_LEFT * log_agreement))


def _is_rounded(column: np.ndarray) -> bool:
    """Whether values are most multiples of their smallest step."""
    values = np.unique(column).astype(np.float64)
    if len(values) == 1:
        return True
    steps = np.diff(values)
    return bool(len(values) >= _FILLED * ((values[-1] - values[0]) / steps.min() + 1))
