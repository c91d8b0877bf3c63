"""Latent points to start from: an embedding of some rows that keeps distances along the data."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import minimum_spanning_tree, shortest_path
from scipy.stats import norm, rankdata
from sklearn.decomposition import PCA, KernelPCA
from sklearn.linear_model import Ridge
from sklearn.metrics import pairwise_distances
from sklearn.neighbors import NearestNeighbors

from elbax.data.subsample import random_subsample
from elbax.types import Summary

N_LANDMARKS = 1000
# Neighbors in the graph along which distances are measured. None at all leaves the spanning tree, which cuts a
# loop open; few follow a curve with noise less readily across a gap, many are steadier.
_CURVE, _SURFACE = (0, 5, 10, 20), (5, 10)
_JUDGES = 5
# A few latents can be laid out along the data; with more, principal components say as much.
_GEODESIC_LATENTS = 3


@dataclass(frozen=True, eq=False)
class TargetCodes:
    """A latent point for a few of n rows, as an array (n, latent) with NaN elsewhere that takes no room.

    Attributes:
        n: number of rows.
        places: positions of the rows that have a point, ascending.
        points: their points, (len(places), latent).
    """

    n: int
    places: np.ndarray
    points: np.ndarray

    def __len__(self) -> int:
        return self.n

    @property
    def shape(self) -> tuple[int, int]:
        """Shape of the array."""
        return self.n, self.points.shape[1]

    @property
    def dtype(self) -> np.dtype:
        """Its dtype."""
        return self.points.dtype

    def __getitem__(self, rows: np.ndarray) -> np.ndarray:
        """The points of some rows."""
        found = np.full((len(rows), self.points.shape[1]), np.nan, self.dtype)
        nearest = np.minimum(np.searchsorted(self.places, rows), len(self.places) - 1)
        known = self.places[nearest] == rows
        found[known] = self.points[nearest[known]]
        return found

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """The whole array, in memory."""
        return self[np.arange(self.n)].astype(dtype or self.dtype, copy=False)


def choose_init(latent_dim: int) -> str:
    """The kind of map that suits so many latent dimensions."""
    return "geodesic" if latent_dim <= _GEODESIC_LATENTS else "pca"


def make_target_codes(
    x: np.ndarray,
    summary: Summary,
    latent_dim: int,
    init: str,
    rng: np.random.Generator,
    context: np.ndarray | None = None,
) -> TargetCodes | None:
    """Embed up to 1000 of the rows, each latent coordinate turned into normal scores.

    Args:
        x: rows (n, *event).
        summary: what brings features to one scale.
        latent_dim: number of latent dimensions.
        init: one of ``INITS``.
        rng: chooses the rows.
        context: encoded context (n, *shape). What it predicts of a row (by ridge regression) is taken off first:
            latents are for the rest.

    Returns:
        The points of the rows that were chosen; None where there are too few distinct rows or features.
    """
    chosen = random_subsample(rng, len(x), N_LANDMARKS)
    landmarks = ((x[chosen] - summary.center) / summary.unit).reshape(len(chosen), -1)
    if context is not None:
        known = context[chosen].reshape(len(chosen), -1)
        landmarks = landmarks - Ridge(known.shape[1]).fit(known, landmarks).predict(known)
    distinct, where = np.unique(landmarks, axis=0, return_inverse=True)
    if min(len(distinct) - 2, landmarks.shape[1]) < latent_dim:
        return None
    coordinates = INITS[init](distinct, latent_dim)[where.ravel()]
    points = norm.ppf((rankdata(coordinates, axis=0) - 0.5) / len(chosen))
    return TargetCodes(len(x), chosen, points.astype(np.float32))


def _geodesic(x: np.ndarray, latent_dim: int) -> np.ndarray:
    """Isomap (Tenenbaum, de Silva and Langford 2000) on the neighborhood graph that suits the rows best.

    The spanning tree is part of every graph, so none falls apart. The graphs compete by how well a row's neighbors
    in the map predict the row.
    """
    distances = pairwise_distances(x)
    tree = minimum_spanning_tree(distances)
    order = np.argsort(distances, axis=1)
    best, least = None, np.inf
    for k in sorted({min(k, len(x) - 1) for k in (_CURVE if latent_dim == 1 else _SURFACE)}):
        rows = np.repeat(np.arange(len(x)), k)
        columns = order[:, 1 : k + 1].ravel()
        graph = csr_matrix((distances[rows, columns], (rows, columns)), distances.shape).maximum(tree)
        along = shortest_path(graph, directed=False)
        mds = KernelPCA(latent_dim, kernel="precomputed", random_state=0)
        coordinates = mds.fit_transform(-0.5 * along**2)
        error = _prediction_error(coordinates, x)
        if error < least:
            best, least = coordinates, error
    return best


def _prediction_error(coordinates: np.ndarray, x: np.ndarray) -> float:
    k = min(_JUDGES, len(x) - 1)
    neighbors = NearestNeighbors(n_neighbors=k).fit(coordinates).kneighbors(return_distance=False)
    return float(np.square(x[neighbors].mean(axis=1) - x).sum())


def _pca(x: np.ndarray, latent_dim: int) -> np.ndarray:
    return PCA(latent_dim, random_state=0).fit_transform(x)


INITS = MappingProxyType({"geodesic": _geodesic, "pca": _pca})
