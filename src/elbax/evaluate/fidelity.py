"""How near the model's rows are to the data's: precision, recall and a Fréchet distance, on named features."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigvalsh
from sklearn.metrics import pairwise_distances_chunked

from elbax.core.vae import VAEModule
from elbax.errors import InputError, unknown_name
from elbax.evaluate.inference import encode, generate
from elbax.types import Batch

FEATURES = ("data", "encoder")
_NEIGHBOURS = 3


@dataclass(frozen=True)
class Fidelity:
    """The model's rows beside the data's.

    All of it depends on the features and the number of rows: compare with ``real`` and with other fits measured alike,
    not with values published for other features.

    Attributes:
        features: what the rows were compared by: "columns" or "pixels" (in the network's units), or "encoder means"
            (posterior means of this model).
        noise: whether the model's rows had the likelihood's noise, or were decoder means.
        precision: share of the model's rows that lie among the data's (arXiv 1904.06991).
        recall: share of the data's rows that lie among the model's.
        frechet: Fréchet distance of normals with the two means and covariances (arXiv 1706.08500), in features².
        real: the three for two halves of the data: what a perfect model would score.
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
    """Compare rows with as many drawn from the model, one for each entry of their context.

    Rows of a table are drawn with the likelihood's noise, which is part of the model. Images are decoder means, as
    in published comparisons: noise of independent pixels would be all that pixel distances see. Cells that were not
    observed are filled alike in both.

    Args:
        module: the model.
        rows: the data's rows.
        features: "data" or "encoder".
        seed: of the draws.
    """
    if features not in FEATURES:
        raise unknown_name("features", features, FEATURES)
    image = np.ndim(rows.x) == 4
    drawn = generate(module, len(rows.x), seed, noise=not image, context=rows.context)
    if rows.observed is not None:
        drawn = np.where(rows.observed, drawn, rows.x)
    real, made = (_features(module, each, features) for each in (rows, rows._replace(x=drawn)))
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


def precision_recall(real: np.ndarray, made: np.ndarray, neighbors: int = _NEIGHBOURS) -> tuple[float, float]:
    """Shares of the made rows among the real ones and of the real among the made (arXiv 1904.06991).

    A row lies among others where it is nearer to one of them than that one's k-th neighbor.

    Args:
        real: features of real rows, (n, d).
        made: features of made rows, (m, d).
        neighbors: k.

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

    Few rows make it too large: covariances of d features need many more than d rows.

    Example:
        >>> x = np.random.default_rng(0).normal(size=(100, 2))
        >>> round(frechet_distance(x, x + [3.0, 0.0]), 6)
        9.0
    """
    a, b = (np.asarray(each, np.float64) for each in (a, b))
    root = np.linalg.svd((a - a.mean(axis=0)) / np.sqrt(len(a)), full_matrices=False)
    spread = root.Vh.T * root.S @ root.Vh  # the square root of A
    other = spread @ np.cov(b.T, bias=True).reshape(b.shape[1], -1) @ spread
    cross = np.sqrt(np.maximum(eigvalsh(other), 0)).sum()
    traces = a.var(axis=0).sum() + b.var(axis=0).sum()
    return float(np.square(a.mean(axis=0) - b.mean(axis=0)).sum() + traces - 2 * cross)


def _features(module: VAEModule, rows: Batch, features: str) -> np.ndarray:
    if features == "encoder":
        return encode(module, rows)
    scaled = (np.asarray(rows.x, np.float32) - np.asarray(module.center.tree)) / np.asarray(module.unit.tree)
    return scaled.reshape(len(rows.x), -1)


def _among(queries: np.ndarray, crowd: np.ndarray, k: int) -> float:
    """Share of the queries within the k-th neighbor's distance of a member of the crowd."""
    chunks = pairwise_distances_chunked(
        crowd, reduce_func=lambda d, _: np.partition(d, k, axis=1)[:, k], working_memory=64
    )
    radius = np.concatenate(list(chunks))  # the nearest is the row itself
    inside = pairwise_distances_chunked(
        queries, crowd, reduce_func=lambda d, _: (d <= radius).any(axis=1), working_memory=64
    )
    return float(np.concatenate(list(inside)).mean())
