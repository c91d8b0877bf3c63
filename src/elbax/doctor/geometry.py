"""How faithfully latent coordinates keep the neighborhoods of the data."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.stats import rankdata
from sklearn.metrics import pairwise_distances
from sklearn.neighbors import NearestNeighbors

_NEIGHBORS = 5
_FAR = 0.1
# A cut through a curve parts three pairs of neighbors or more, however many rows there are.
_PARTED = 2.5
# The ends of a map hold this share of the rows each. They meet when they are no further apart than three of the
# longest steps between neighbors, and than a quarter of the data's extent: three clusters are no ring.
_END, _LONGEST, _STEPS, _EXTENT = 0.02, 0.99, 3, 0.25


@dataclass(frozen=True)
class Loop:
    """Data whose one-dimensional map begins where it ends.

    Attributes:
        gap: distance between the ends of the map.
        step: the largest distance at which they count as neighbors.
    """

    gap: float
    step: float


@dataclass(frozen=True)
class Faithfulness:
    """Two ways a map can betray the data.

    Attributes:
        overlap: share of the data's variance that a row's neighbors in the map fail to predict: strands of the data
            that lie on top of each other make it large.
        torn: share of pairs of neighboring rows that the map sends far apart, a tenth of its extent or more.
        one_cut: the least value of `torn` for a curve that was cut once.
    """

    overlap: float
    torn: float
    one_cut: float


def faithfulness(x: np.ndarray, z: np.ndarray) -> Faithfulness:
    """Compare rows x (n, d), on one scale, with their coordinates z (n, latent)."""
    k = min(_NEIGHBORS, len(x) - 1)
    in_map = NearestNeighbors(n_neighbors=k).fit(z).kneighbors(return_distance=False)
    missed = np.square(x[in_map].mean(axis=1) - x).sum()
    in_data = NearestNeighbors(n_neighbors=k).fit(x).kneighbors(return_distance=False)
    # A narrow coordinate may jump; ranks alone would make it as wide as the others.
    spread = z.std(axis=0)
    ranks = rankdata(z, axis=0) / len(z) * (spread / max(spread.max(), np.finfo(float).tiny))
    jumps = np.abs(ranks[in_data] - ranks[:, None]).max(axis=-1)
    return Faithfulness(
        overlap=float(missed / np.square(x - x.mean(axis=0)).sum()),
        torn=float((jumps > max(_FAR, 3 * k / len(x))).mean()),
        one_cut=_PARTED / (k * len(x)),
    )


def find_loop(x: np.ndarray, z: np.ndarray) -> Loop | None:
    """Whether rows x (n, d) close on themselves like a ring, seen from a faithful map along them, z (n, 1).

    Any map in one dimension must cut a ring, but it may do so in a gap between rows, where no neighbors are parted.
    """
    distances, order = pairwise_distances(x), np.argsort(z[:, 0])
    n_end = max(1, int(_END * len(x)))
    gap = float(distances[np.ix_(order[:n_end], order[-n_end:])].min())
    step = min(
        _STEPS * float(np.quantile(minimum_spanning_tree(distances).data, _LONGEST)),
        _EXTENT * float(distances.max()),
    )
    return Loop(gap, step) if gap <= step else None
