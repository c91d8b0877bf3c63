"""Do synthetic rows give away training rows? Copies, distances to the closest row, and an attack on membership."""

from typing import NamedTuple

import numpy as np

from elbax.evaluate.estimate import Estimate
from elbax.evaluate.synthetic.classifiers import auc
from elbax.evaluate.synthetic.coded_tables import CodedTables

_BLOCK = 2**22  # distances at a time


class Privacy(NamedTuple):
    """What synthetic rows give away, beside held-out rows, which give nothing away.

    A distance is the mean over columns of 0 or 1 for categories, and of the difference over the range for numbers
    (Gower 1971).

    Attributes:
        copies: share of synthetic rows that equal a training row.
        held_out_copies: share of held-out rows that do.
        distance: median distance of synthetic rows to the closest training row.
        held_out_distance: that of held-out rows.
        closer: share of synthetic rows that are closer to a training row than to any of as many held-out rows; 0.5
            if training rows are no closer than new ones.
        membership: AUC of an attack that calls a row a training row if it is close to a synthetic row; 0.5 is a guess.
    """

    copies: Estimate
    held_out_copies: Estimate
    distance: Estimate
    held_out_distance: Estimate
    closer: Estimate
    membership: Estimate


def measure_privacy(tables: CodedTables, most_rows: int, seed: int) -> Privacy:
    """Measure at most so many rows of each kind against all training rows."""
    rng = np.random.default_rng(seed)
    known = _row_keys(tables.train)
    copies, held_out_copies = (_share(np.isin(_row_keys(rows), known)) for rows in (tables.synthetic, tables.test))
    scaled = [_scaled(rows, tables) for rows in (tables.train, tables.test, tables.synthetic)]
    train, test, synthetic = (rows[rng.permutation(len(rows))] for rows in scaled)
    made, new, n = synthetic[:most_rows], test[:most_rows], min(len(train), len(test), most_rows)
    to_train, to_test, to_as_many = (_closest(made, rows, tables) for rows in (train, test[:n], train[:n]))
    ties = 0.5 * (to_as_many == to_test)
    members, strangers = (_closest(rows, synthetic, tables) for rows in (train[:n], test[:n]))
    return Privacy(
        copies,
        held_out_copies,
        _median(to_train, rng),
        _median(_closest(new, train, tables), rng),
        Estimate.of((to_as_many < to_test) + ties),
        auc(-members, -strangers),
    )


def _row_keys(rows: np.ndarray) -> np.ndarray:
    """The bytes of each row as one value; all gaps alike."""
    rows = np.ascontiguousarray(np.where(np.isnan(rows), np.nan, rows + 0.0))
    return rows.view(f"V{rows.dtype.itemsize * rows.shape[1]}").ravel()


def _share(marks: np.ndarray) -> Estimate:
    return Estimate.of(marks.astype(float))


def _median(values: np.ndarray, rng: np.random.Generator) -> Estimate:
    medians = [np.median(values[rng.integers(len(values), size=len(values))]) for _ in range(100)]
    return Estimate(float(np.median(values)), float(np.std(medians, ddof=1)), len(values))


def _scaled(rows: np.ndarray, tables: CodedTables) -> np.ndarray:
    """Numbers over the range of the training rows, as float32."""
    with np.errstate(invalid="ignore"):
        known = np.where(np.isfinite(tables.train).any(axis=0), tables.train, 0)
    low, high = np.nanmin(known, axis=0), np.nanmax(known, axis=0)
    scale = np.where(tables.categorical | (high <= low), 1, high - low)
    return (np.where(tables.categorical, rows, rows - low) / scale).astype(np.float32)


def _closest(queries: np.ndarray, rows: np.ndarray, tables: CodedTables) -> np.ndarray:
    """Distance of each query to the closest of the rows; two gaps are alike, and a gap differs from a value by 1."""
    step = max(1, _BLOCK // len(rows))
    found = [_distances(queries[i : i + step], rows, tables).min(axis=1) for i in range(0, len(queries), step)]
    return np.concatenate(found) / rows.shape[1]


def _distances(queries: np.ndarray, rows: np.ndarray, tables: CodedTables) -> np.ndarray:
    total = np.zeros((len(queries), len(rows)), np.float32)
    for j, categorical in enumerate(tables.categorical):
        a, b = queries[:, j], rows[:, j]
        gaps = np.isnan(a).any() or np.isnan(b).any()
        if categorical:
            total += np.nan_to_num(a, nan=-1)[:, None] != np.nan_to_num(b, nan=-1)
            continue
        distance = np.abs(np.subtract.outer(a, b))
        if gaps:
            missing = np.isnan(distance)
            distance[missing] = 1
            distance[np.ix_(np.isnan(a), np.isnan(b))] = 0
        total += distance
    return total
