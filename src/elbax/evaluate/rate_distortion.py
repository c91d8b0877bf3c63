"""What a model pays in nats for how much of a row: its rate-distortion curve."""

from typing import NamedTuple, Self

import numpy as np
from scipy.special import logsumexp

from elbax.evaluate.annealing import AnnealedEstimate


class RateDistortion(NamedTuple):
    """The rate-distortion curve of decoder and prior, whatever the encoder (arXiv 2008.06653).

    For a weight b of the distortion the best code of a row is q_b(z) ∝ p(z) p(x|z)^b. Annealing from the prior passes
    through all of these for b up to 1, where the code is the exact posterior and distortion + rate = -log p(x). Rates
    come out a little too high rather than too low, for they are minus an estimate that lies below its target.

    Attributes:
        weight: b of each point of the curve, (m,), from 0 to 1.
        rate: mean KL(q_b || p), nats a row, (m,).
        distortion: mean of -log p(x|z) under q_b, nats a row, (m,).
    """

    weight: np.ndarray
    rate: np.ndarray
    distortion: np.ndarray

    @classmethod
    def of(cls, annealed: AnnealedEstimate, points: int = 21) -> Self:
        """Read the curve off chains that `anneal` has run with ``start="prior"``.

        Args:
            annealed: what it returned.
            points: how many points of the path to keep, spread evenly.
        """
        kept = np.unique(np.linspace(0, len(annealed.temperatures) - 1, points).round().astype(int))
        b = annealed.temperatures[kept].astype(np.float64)
        log_weights = annealed.log_weights[:, kept].astype(np.float64)  # (n, m, chains)
        total = logsumexp(log_weights, axis=2)
        share = np.exp(log_weights - total[..., None])
        distortion = -(share * annealed.log_prob[:, kept]).sum(axis=2)  # (n, m)
        rate = -b * distortion - (total - np.log(log_weights.shape[2]))
        return cls(b, rate.mean(axis=0), distortion.mean(axis=0))
