"""Pretraining: target codes for encoder and decoder, from an embedding of some rows."""

from dataclasses import dataclass
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
# Numbers of neighbors in the graph of geodesic distances. None leaves the spanning tree, which opens a closed curve;
# few avoid shortcuts across gaps, many are robust to noise.
_CURVE, _SURFACE = (0, 5, 10, 20), (5, 10)
_PREDICTORS = 5
GEODESIC_LATENTS = 3  # with more, a linear map is as good


@dataclass(frozen=True, eq=False)
class TargetCodes:
    """Target codes of some rows, as a sparse array (n_rows, latent) with NaN elsewhere."""

    n_rows: int
    rows: np.ndarray  # positions of the rows with a code, ascending
    points: np.ndarray  # their codes, (len(rows), latent)

    def __len__(self) -> int:
        return self.n_rows

    @property
    def shape(self) -> tuple[int, int]:
        return self.n_rows, self.points.shape[1]

    @property
    def dtype(self) -> np.dtype:
        return self.points.dtype

    def __getitem__(self, rows: np.ndarray) -> np.ndarray:
        codes = np.full((len(rows), self.points.shape[1]), np.nan, self.dtype)
        nearest = np.minimum(np.searchsorted(self.rows, rows), len(self.rows) - 1)
        known = self.rows[nearest] == rows
        codes[known] = self.points[nearest[known]]
        return codes

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return self[np.arange(self.n_rows)].astype(dtype or self.dtype, copy=False)


def make_target_codes(
    x: np.ndarray,
    summary: Summary,
    latent_dim: int,
    rng: np.random.Generator,
    context: np.ndarray | None = None,
) -> TargetCodes | None:
    """Embed up to 1000 of the rows, and turn each latent coordinate into normal scores.

    The prediction of each row by its encoded context (ridge regression) is subtracted first. None if there are too few
    distinct rows or features.
    """
    drawn = random_subsample(rng, len(x), N_LANDMARKS)
    landmarks = ((x[drawn] - summary.center) / summary.unit).reshape(len(drawn), -1)
    if context is not None:
        known = context[drawn].reshape(len(drawn), -1)
        landmarks = landmarks - Ridge(known.shape[1]).fit(known, landmarks).predict(known)
    distinct, where = np.unique(landmarks, axis=0, return_inverse=True)
    if min(len(distinct) - 2, landmarks.shape[1]) < latent_dim:
        return None
    embed = _geodesic if latent_dim <= GEODESIC_LATENTS else _principal
    coordinates = embed(distinct, latent_dim)[where.ravel()]
    points = norm.ppf((rankdata(coordinates, axis=0) - 0.5) / len(drawn))
    return TargetCodes(len(x), drawn, points.astype(np.float32))


def _geodesic(x: np.ndarray, latent_dim: int) -> np.ndarray:
    """Isomap (Tenenbaum, de Silva and Langford 2000) on the neighborhood graph with the least prediction error.

    Every graph contains the spanning tree, so all are connected. The error is that of predicting a row by its
    neighbors in the embedding.
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
    return float(np.square(neighbor_residuals(coordinates, x)[0]).sum())


def neighbor_residuals(coordinates: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, int]:
    """Residuals (n, d) of predicting rows by the mean of their neighbors in coordinates, and the number of these."""
    k = min(_PREDICTORS, len(x) - 1)
    neighbors = NearestNeighbors(n_neighbors=k).fit(coordinates).kneighbors(return_distance=False)
    return x[neighbors].mean(axis=1) - x, k


def _principal(x: np.ndarray, latent_dim: int) -> np.ndarray:
    return PCA(latent_dim, random_state=0).fit_transform(x)
