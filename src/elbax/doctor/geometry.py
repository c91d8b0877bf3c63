"""Geometry of latent coordinates: preserved neighborhoods, and data that form a loop."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.stats import rankdata
from sklearn.metrics import pairwise_distances
from sklearn.neighbors import NearestNeighbors

_NEIGHBORS = 5
_FAR = 0.1
_CUT_PAIRS = 2.5  # a cut through a curve separates at least three pairs of neighbors, whatever the number of rows
# Each end of a map has this share of the rows. The ends meet if their distance is at most three of the longest steps
# between neighbors and a quarter of the data's extent, so that three clusters are not a ring.
_END, _LONGEST, _STEPS, _EXTENT = 0.02, 0.99, 3, 0.25


@dataclass(frozen=True)
class Loop:
    """Data whose one-dimensional map begins where it ends."""

    gap: float  # distance between the ends of the map
    step: float  # the largest distance at which they count as neighbors


@dataclass(frozen=True)
class Faithfulness:
    """How well a map preserves the neighborhoods of the data."""

    overlap: float  # share of the variance that neighbors in the map do not predict; large if distant parts overlap
    torn: float  # share of neighboring rows that are at least a tenth of the extent apart in the map
    one_cut: float  # smallest value of ``torn`` for a curve that is cut once


def faithfulness(x: np.ndarray, z: np.ndarray) -> Faithfulness:
    """Compare standardized rows x (n, d) with their coordinates z (n, latent)."""
    k = min(_NEIGHBORS, len(x) - 1)
    in_map = NearestNeighbors(n_neighbors=k).fit(z).kneighbors(return_distance=False)
    missed = np.square(x[in_map].mean(axis=1) - x).sum()
    in_data = NearestNeighbors(n_neighbors=k).fit(x).kneighbors(return_distance=False)
    # Ranks alone would give narrow coordinates, which may jump, the width of the others.
    std = z.std(axis=0)
    ranks = rankdata(z, axis=0) / len(z) * (std / max(std.max(), np.finfo(float).tiny))
    jumps = np.abs(ranks[in_data] - ranks[:, None]).max(axis=-1)
    return Faithfulness(
        overlap=float(missed / np.square(x - x.mean(axis=0)).sum()),
        torn=float((jumps > max(_FAR, 3 * k / len(x))).mean()),
        one_cut=_CUT_PAIRS / (k * len(x)),
    )


def find_loop(x: np.ndarray, z: np.ndarray) -> Loop | None:
    """Find out whether rows x (n, d) form a ring, which a faithful map z (n, 1) must cut, possibly in a gap."""
    distances, order = pairwise_distances(x), np.argsort(z[:, 0])
    n_end = max(1, int(_END * len(x)))
    gap = float(distances[np.ix_(order[:n_end], order[-n_end:])].min())
    step = min(
        _STEPS * float(np.quantile(minimum_spanning_tree(distances).data, _LONGEST)),
        _EXTENT * float(distances.max()),
    )
    return Loop(gap, step) if gap <= step else None
