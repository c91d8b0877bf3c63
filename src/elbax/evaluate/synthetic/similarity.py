"""Likeness of columns and of pairs of columns: 1 where two tables have the same distribution."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import ks_2samp

from elbax.evaluate.synthetic.coded_tables import CATEGORY, CodedTables


@dataclass(frozen=True)
class ColumnShape:
    """A column of synthetic rows beside the real one.

    Attributes:
        name: the column.
        kind: "number", "date" or "category".
        shape: 1 less the Kolmogorov–Smirnov distance of numbers, or the total variation distance of categories.
        gaps: share of gaps among the training rows.
        synthetic_gaps: share of gaps among the synthetic rows.
    """

    name: str
    kind: str
    shape: float
    gaps: float
    synthetic_gaps: float


def column_shapes(tables: CodedTables, rows: np.ndarray | None = None) -> tuple[ColumnShape, ...]:
    """Compare each column of rows (k, d), by default the synthetic ones, with that of the training rows."""
    rows = tables.synthetic if rows is None else rows
    return tuple(
        ColumnShape(
            name,
            kind,
            _shape(tables.train[:, j], rows[:, j], kind),
            float(np.isnan(tables.train[:, j]).mean()),
            float(np.isnan(rows[:, j]).mean()),
        )
        for j, (name, kind) in enumerate(zip(tables.names, tables.kinds, strict=True))
    )


def pair_trends(tables: CodedTables) -> tuple[np.ndarray, np.ndarray]:
    """Likeness of all pairs of columns, (d, d): synthetic rows, and held-out rows, beside the training rows.

    Of two numbers it is 1 - |difference of correlations| / 2, of other pairs 1 less the total variation distance of
    the tables of counts, numbers in ten bins; as in SDMetrics' quality report before version 0.20, whose scale
    published tables have. The diagonal is NaN, as are pairs with a constant column.
    """
    train, test, synthetic = tables.binned()
    d = len(tables.names)
    scores = np.full((2, d, d), np.nan)
    numeric = ~tables.categorical
    correlations = [_correlations(table) for table in (tables.train, tables.synthetic, tables.test)]
    for i in range(d):
        for j in range(i):
            for k, rows in enumerate((synthetic, test)):
                if numeric[i] and numeric[j]:
                    score = 1 - abs(correlations[0][i, j] - correlations[k + 1][i, j]) / 2
                else:
                    score = 1 - _joint_distance(train[:, [i, j]], rows[:, [i, j]])
                scores[k, i, j] = scores[k, j, i] = score
    return scores[0], scores[1]


def associations(binned: np.ndarray) -> np.ndarray:
    """Cramér's V of all pairs of binned columns (n, d), without its bias (Bergsma 2013), (d, d); 1 on the diagonal."""
    d = binned.shape[1]
    result = np.eye(d)
    for i in range(d):
        for j in range(i):
            result[i, j] = result[j, i] = _cramers_v(binned[:, i], binned[:, j])
    return result


def mean_trend(trends: np.ndarray) -> float:
    """The mean over pairs of columns; NaN where there is none."""
    pairs = trends[np.tril_indices(len(trends), -1)]
    return float(np.nanmean(pairs)) if np.isfinite(pairs).any() else float("nan")


def _shape(real: np.ndarray, made: np.ndarray, kind: str) -> float:
    real, made = real[~np.isnan(real)], made[~np.isnan(made)]
    if not len(real) or not len(made):
        return float(len(real) == len(made))
    if kind != CATEGORY:
        return float(1 - ks_2samp(real, made, method="asymp").statistic)
    size = int(max(real.max(), made.max())) + 1
    shares = [np.bincount(values.astype(int), minlength=size) / len(values) for values in (real, made)]
    return float(1 - np.abs(shares[0] - shares[1]).sum() / 2)


def _joint_distance(real: np.ndarray, made: np.ndarray) -> float:
    """Total variation distance of two joint distributions of two binned columns, -1 for gaps."""
    width = int(max(real[:, 1].max(), made[:, 1].max())) + 2
    cells = [(rows[:, 0] + 1) * width + rows[:, 1] + 1 for rows in (real, made)]
    size = int(max(part.max() for part in cells)) + 1
    shares = [np.bincount(part, minlength=size) / len(part) for part in cells]
    return float(np.abs(shares[0] - shares[1]).sum() / 2)


def _correlations(table: np.ndarray) -> np.ndarray:
    """Pearson's correlations of columns (n, d) over rows that have both; NaN for constant columns."""
    known = ~np.isnan(table)
    x = np.where(known, table - np.nan_to_num(np.nanmean(np.where(known.any(0), table, 0), axis=0)), 0)
    n = np.maximum(known.T.astype(float) @ known, 1)
    mean = (x.T @ known) / n  # of column i over the rows that have j
    square = (np.square(x).T @ known) / n - np.square(mean)
    with np.errstate(divide="ignore", invalid="ignore"):
        return ((x.T @ x) / n - mean * mean.T) / np.sqrt(square * square.T)


def _cramers_v(a: np.ndarray, b: np.ndarray) -> float:
    _, first = np.unique(a, return_inverse=True)
    _, second = np.unique(b, return_inverse=True)
    rows, columns, n = int(first.max()) + 1, int(second.max()) + 1, len(a)
    counts = np.bincount(first * columns + second, minlength=rows * columns).reshape(rows, columns)
    expected = np.outer(counts.sum(1), counts.sum(0)) / n
    phi = float((np.square(counts - expected) / expected).sum() / n)
    phi = max(0.0, phi - (rows - 1) * (columns - 1) / (n - 1))
    rows, columns = rows - (rows - 1) ** 2 / (n - 1), columns - (columns - 1) ** 2 / (n - 1)
    least = min(rows, columns) - 1
    return min(1.0, float(np.sqrt(phi / least))) if least > 0 else 0.0
