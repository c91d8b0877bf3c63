"""Whether rows lie on a smooth curve or surface, without noise."""

import numpy as np

_MOST_ROWS = 1500
_FEWEST_ROWS = 50
_NEIGHBORS = 8
_DIMENSIONS = 1, 2
_SMALL = 0.1  # distance from the plane of the neighbors, as a share of the distance from their center


def on_manifold(x: np.ndarray, observed: np.ndarray) -> np.ndarray:
    """Mark the columns (n, d) that a curve or surface determines: each row lies in the plane of its neighbors.

    A row is off that plane by about the square of its distance to the neighbors on a smooth curve or surface, and by
    about this distance where there is noise in more dimensions.

    Example:
        >>> t = np.linspace(0, 6, 200)
        >>> on_manifold(np.column_stack([np.sin(t), np.cos(t)]), np.ones((200, 2), bool))
        array([ True,  True])
    """
    rows = np.flatnonzero(observed.all(axis=1))
    none = np.zeros(x.shape[1], bool)
    if len(rows) < _FEWEST_ROWS:
        return none
    rows = np.random.default_rng(0).permutation(rows)[:_MOST_ROWS]
    x = x[rows] - x[rows].mean(axis=0)
    std = x.std(axis=0)
    x = x / np.where(std > 0, std, 1.0)
    squares = np.square(x).sum(axis=1)
    distances = squares[:, None] + squares - 2 * x @ x.T
    np.fill_diagonal(distances, np.inf)
    near = x[np.argpartition(distances, _NEIGHBORS, axis=1)[:, :_NEIGHBORS]]  # (n, neighbors, d)
    center = near.mean(axis=1)
    _, _, axes = np.linalg.svd(near - center[:, None], full_matrices=False)
    for dimension in _DIMENSIONS:
        if dimension >= x.shape[1]:
            break
        plane, departure = axes[:, :dimension], x - center
        along = np.einsum("nrd,nd->nr", plane, departure)
        off = departure - np.einsum("nrd,nr->nd", plane, along)
        size = np.sqrt(np.square(near - center[:, None]).sum(axis=2).mean(axis=1))
        if np.median(np.sqrt(np.square(off).sum(axis=1)) / np.maximum(size, 1e-12)) < _SMALL:
            return np.sqrt(np.median(np.square(off), axis=0)) < _SMALL * np.median(size)
    return none
