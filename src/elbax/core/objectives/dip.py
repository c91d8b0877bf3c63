"""Codes whose covariance is that of the prior."""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from elbax.core.config import number
from elbax.core.distributions import moments
from elbax.core.objectives.penalized import AbstractPenalty
from elbax.core.objectives.single_sample import ForwardPass
from elbax.errors import InputError

_EXAMPLE = "dip(off_diagonal=10, diagonal=100, kind=1)"


class DIP(AbstractPenalty):
    """Squared distance of the codes' covariance from the identity: DIP-VAE I and II (arXiv 1711.00848).

    Attributes:
        off_diagonal: weight of the squared covariances.
        diagonal: weight of the squared distances of variances from one.
        kind: 1 takes the covariance of the posterior means, 2 that of the codes, which adds the posteriors' variances.

    Example:
        >>> DIP().name
        'dip'
    """

    name: ClassVar[str] = "dip"
    needs_factors: ClassVar[bool] = True
    off_diagonal: Float[Array, ""] = number("off_diagonal", _EXAMPLE, 0.0, default=10.0)
    diagonal: Float[Array, ""] = number("diagonal", _EXAMPLE, 0.0, default=10.0)
    kind: int = eqx.field(static=True, default=1)

    def __check_init__(self):
        if self.kind not in (1, 2):
            raise InputError(f"kind must be 1 or 2, as in {_EXAMPLE}; got {self.kind!r}")

    def __call__(self, forward: ForwardPass) -> Float[Array, ""]:
        mean, variance = forward.map_posteriors(moments)  # (batch, latent) each
        centered = mean - mean.mean(axis=0)
        covariance = centered.T @ centered / len(centered)
        if self.kind == 2:
            covariance = covariance + jnp.diag(variance.mean(axis=0))
        off = covariance - jnp.diag(jnp.diag(covariance))
        distance = jnp.square(jnp.diag(covariance) - 1.0).sum()
        return self.off_diagonal * jnp.square(off).sum() + self.diagonal * distance
