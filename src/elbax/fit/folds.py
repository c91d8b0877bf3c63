"""Folds of rows, for choices that few rows must make on rows not seen."""

from math import ceil

import numpy as np

N_FOLDS, MOST_FOLDED = 5, 1000


def split_folds(n: int, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Positions of training and held-out rows: five folds below 1,000 rows, or as many as rows; else the first alone.

    Example:
        >>> [len(held_out) for _, held_out in split_folds(20, 0)], len(split_folds(1000, 0))
        ([4, 4, 4, 4, 4], 1)
    """
    fold = np.random.default_rng(seed).permutation(n) % N_FOLDS
    count = min(N_FOLDS, n) if n < MOST_FOLDED else 1
    return [(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(count)]


def fold_size(n_rows: int) -> int:
    """The number of rows in a fold, to which held-out rows are padded, so that all folds share a program."""
    return ceil(n_rows / N_FOLDS)
