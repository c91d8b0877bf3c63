"""Fidelity of generated rows: precision, recall and Fréchet distance."""

from dataclasses import dataclass

import numpy as np
from sklearn.metrics import pairwise_distances_chunked

from elbax.core.vae import VAEModule
from elbax.errors import InputError, unknown_name
from elbax.evaluate.inference import encode, generate, table_inputs
from elbax.types import Batch

FEATURES = ("data", "encoder")
_NEIGHBORS = 3


@dataclass(frozen=True)
class Fidelity:
    """Generated rows compared with real rows.

    Values depend on the features and the number of rows. Compare them with ``real`` and with other fits measured the
    same way, not with published values of other features.

    Attributes:
        features: "columns" or "pixels" (in the network's units), or "encoder means" (posterior means of this model).
        noise: whether generated rows include the likelihood's noise or are decoder means.
        precision: share of generated rows among the real ones (arXiv 1904.06991).
        recall: share of real rows among the generated ones.
        frechet: Fréchet distance of normals with the two means and covariances (arXiv 1706.08500), in features².
        real: precision, recall and distance of one half of the data against the other: the values of a perfect model.
        n: rows of either kind; the halves have half as many.
    """

    features: str
    noise: bool
    precision: float
    recall: float
    frechet: float
    real: tuple[float, float, float]
    n: int


def fidelity(module: VAEModule, rows: Batch, features: str = "data", seed: int = 0) -> Fidelity:
    """Compare rows with as many generated ones, one for each row's context.

    Rows of a table are drawn with the likelihood's noise. Images are decoder means, as in published comparisons, since
    pixel noise would dominate distances. Unobserved cells are filled alike in both.

    Args:
        module: the model.
        rows: real rows.
        features: "data" or "encoder".
        seed: seed of the draws.

    Raises:
        InputError: ``features`` is unknown, or there are fewer than eight rows.
    """
    if features not in FEATURES:
        raise unknown_name("features", features, FEATURES)
    image = np.ndim(rows.x) == 4
    generated = generate(module, len(rows.x), seed, noise=not image, context=rows.context)
    if rows.observed is not None:
        generated = np.where(rows.observed, generated, rows.x)
    real, made = (_features(module, batch, features) for batch in (rows, rows._replace(x=generated)))
    order = np.random.default_rng(seed).permutation(len(real))
    first, second = real[order[::2]], real[order[1::2]]
    return Fidelity(
        "encoder means" if features == "encoder" else "pixels" if image else "columns",
        not image,
        *precision_recall(real, made),
        frechet_distance(real, made),
        (*precision_recall(first, second), frechet_distance(first, second)),
        len(real),
    )


def precision_recall(real: np.ndarray, made: np.ndarray, neighbors: int = _NEIGHBORS) -> tuple[float, float]:
    """Share of generated rows among the real ones, and of real rows among the generated (arXiv 1904.06991).

    A row lies among others if it is closer to one of them than that row's k-th neighbor.

    Args:
        real: features of real rows, (n, d).
        made: features of generated rows, (m, d).
        neighbors: k.

    Raises:
        InputError: there are at most k rows of either kind.

    Example:
        >>> a = np.arange(20.0)[:, None]
        >>> precision_recall(a, a[:10])
        (1.0, 0.65)
    """
    fewest = min(len(real), len(made))
    if fewest <= neighbors:
        raise InputError(f"precision and recall need more than {neighbors} rows of each kind; got {fewest}")
    return _among(made, real, neighbors), _among(real, made, neighbors)


def frechet_distance(a: np.ndarray, b: np.ndarray) -> float:
    """|μ_a - μ_b|² + tr(A + B - 2 (AB)^½) of features (n, d) with means μ and covariances A, B (arXiv 1706.08500).

    It is biased upward unless there are many more than d rows.

    Example:
        >>> x = np.random.default_rng(0).normal(size=(100, 2))
        >>> round(frechet_distance(x, x + [3.0, 0.0]), 6)
        9.0
    """
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    # Singular values of X_a X_bᵀ, of centered rows, are the roots of the eigenvalues of AB, times (n_a n_b)^½;
    # factors of X_a and X_b take no d × d matrix where there are fewer rows than features.
    first, second = (np.linalg.qr((x - x.mean(axis=0)) / np.sqrt(len(x)), mode="r") for x in (a, b))
    cross = np.linalg.norm(first @ second.T, "nuc")
    traces = a.var(axis=0).sum() + b.var(axis=0).sum()
    return float(np.square(a.mean(axis=0) - b.mean(axis=0)).sum() + traces - 2 * cross)


def _features(module: VAEModule, rows: Batch, features: str) -> np.ndarray:
    if features == "encoder":
        return encode(module, rows)
    if module.inputs is not None:
        return table_inputs(module, rows._replace(observed=None))
    scaled = (np.asarray(rows.x, np.float32) - np.asarray(module.center.tree)) / np.asarray(module.unit.tree)
    return scaled.reshape(len(rows.x), -1)


def _among(queries: np.ndarray, reference: np.ndarray, k: int) -> float:
    """Share of the queries that are closer to a reference row than its k-th neighbor."""
    chunks = pairwise_distances_chunked(
        reference, reduce_func=lambda d, _: np.partition(d, k, axis=1)[:, k], working_memory=64
    )
    radius = np.concatenate(list(chunks))  # neighbor 0 is the row itself
    inside = pairwise_distances_chunked(
        queries, reference, reduce_func=lambda d, _: (d <= radius).any(axis=1), working_memory=64
    )
    return float(np.concatenate(list(inside)).mean())
