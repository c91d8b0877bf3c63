"""The rate-distortion curve of a model."""

from typing import NamedTuple, Self

import numpy as np
from scipy.special import logsumexp

from elbax.evaluate.annealing import AnnealedEstimate


class RateDistortion(NamedTuple):
    """Rate-distortion curve of decoder and prior, independent of the encoder (arXiv 2008.06653).

    At weight b of the distortion, a row's optimal code is q_b(z) ∝ p(z) p(x|z)^b. Annealing from the prior visits these
    for b from 0 to 1. At b = 1 the code is the exact posterior, and distortion + rate = -log p(x). Rates are biased
    upward, since they are minus a lower bound.

    Attributes:
        weight: b of each point of the curve, (m,), from 0 to 1.
        rate: mean KL(q_b || p), nats per row, (m,).
        distortion: mean of -log p(x|z) under q_b, nats per row, (m,).
    """

    weight: np.ndarray
    rate: np.ndarray
    distortion: np.ndarray

    @classmethod
    def of(cls, annealed: AnnealedEstimate, points: int = 21) -> Self:
        """Compute the curve at ``points`` weights, evenly spread over the steps of `anneal` with ``start="prior"``."""
        kept = np.unique(np.linspace(0, len(annealed.inverse_temperatures) - 1, points).round().astype(int))
        b = annealed.inverse_temperatures[kept].astype(np.float64)
        log_weights = annealed.log_weights[:, kept].astype(np.float64)  # (n, m, chains)
        total = logsumexp(log_weights, axis=2)
        share = np.exp(log_weights - total[..., None])
        distortion = -(share * annealed.log_prob[:, kept]).sum(axis=2)  # (n, m)
        rate = -b * distortion - (total - np.log(log_weights.shape[2]))
        return cls(b, rate.mean(axis=0), distortion.mean(axis=0))
