"""The total correlation of codes, estimated by the posteriors of a batch."""

from typing import ClassVar

import jax.numpy as jnp
from jaxtyping import Array, Float

from elbax.core.config import number
from elbax.core.objectives.multi_sample import log_mean
from elbax.core.objectives.penalized import AbstractPenalty
from elbax.core.objectives.single_sample import ForwardPass


class TotalCorrelation(AbstractPenalty):
    """Total correlation of the codes, KL(q(z) || Π q(z_d)), with q(z) the mean posterior of the batch, in nats.

    The ELBO plus this is the beta-TC-VAE with beta = 1 + weight (arXiv 1802.04942), up to a constant that depends on
    the number of rows.

    Attributes:
        weight: of the total correlation.

    Example:
        >>> TotalCorrelation().name
        'total_correlation'
    """

    name: ClassVar[str] = "total_correlation"
    needs_density: ClassVar[bool] = True
    needs_factors: ClassVar[bool] = True
    weight: Float[Array, ""] = number("weight", "total_correlation(weight=5)", 0.0, default=5.0)

    def __call__(self, forward: ForwardPass) -> Float[Array, " batch"]:
        log_q = forward.map_posteriors(lambda q: q.log_prob(forward.z))  # (posterior, sample, latent)
        log_q = jnp.moveaxis(log_q, 0, -1)  # (sample, latent, posterior)
        return self.weight * (log_mean(log_q.sum(axis=1)) - log_mean(log_q).sum(axis=1))
