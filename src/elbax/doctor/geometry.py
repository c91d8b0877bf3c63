"""How faithfully latent coordinates keep the neighbourhoods of the data."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata
from sklearn.neighbors import NearestNeighbors

__all__ = ["Faithfulness", "faithfulness"]

_NEIGHBOURS = 5
_FAR = 0.1
# A cut through a curve parts three pairs of neighbours or more, however many rows there are.
_PARTED = 2.5


@dataclass(frozen=True)
class Faithfulness:
    """Two ways a map can betray the data.

    Attributes:
        overlap: share of the data's variance that a row's neighbours in the map fail to predict: strands of the data
            that lie on top of each other make it large.
        torn: share of pairs of neighbouring rows that the map sends far apart, a tenth of its extent or more.
    """

    overlap: float
    torn: float
    one_cut: float


def faithfulness(x: np.ndarray, z: np.ndarray) -> Faithfulness:
    """Compare rows x (n, d), on one scale, with their coordinates z (n, latent)."""
    k = min(_NEIGHBOURS, len(x) - 1)
    in_map = NearestNeighbors(n_neighbors=k).fit(z).kneighbors(return_distance=False)
    missed = np.square(x[in_map].mean(axis=1) - x).sum()
    in_data = NearestNeighbors(n_neighbors=k).fit(x).kneighbors(return_distance=False)
    # A coordinate that says little may jump; ranks alone would give it the extent of the others.
    spread = z.std(axis=0)
    ranks = rankdata(z, axis=0) / len(z) * (spread / max(spread.max(), np.finfo(float).tiny))
    jumps = np.abs(ranks[in_data] - ranks[:, None]).max(axis=-1)
    return Faithfulness(
        overlap=float(missed / np.square(x - x.mean(axis=0)).sum()),
        torn=float((jumps > max(_FAR, 3 * k / len(x))).mean()),
        one_cut=_PARTED / (k * len(x)),
    )
