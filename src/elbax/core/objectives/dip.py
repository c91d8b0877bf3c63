"""Codes whose covariance is that of the prior."""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from elbax.checks import check_number
from elbax.core.distributions import moments
from elbax.core.objectives.penalized import AbstractPenalty
from elbax.core.objectives.single_sample import ForwardPass
from elbax.errors import InputError
from elbax.types import float32


class DIP(AbstractPenalty):
    """Squared distance of the codes' covariance from the identity: DIP-VAE I and II (arXiv 1711.00848).

    Attributes:
        off_diagonal: weight of the squared covariances.
        diagonal: weight of the squared distances of variances from one.
        kind: 1 takes the covariance of the posterior means, 2 that of the codes, which adds the posteriors' variances.
    """

    name: ClassVar[str] = "dip"
    needs_factors: ClassVar[bool] = True
    off_diagonal: Float[Array, ""] = eqx.field(converter=float32)
    diagonal: Float[Array, ""] = eqx.field(converter=float32)
    kind: int = eqx.field(static=True)

    def __init__(self, off_diagonal: float = 10.0, diagonal: float = 10.0, kind: int = 1):
        example = "dip(off_diagonal=10, diagonal=100, kind=1)"
        check_number("off_diagonal", off_diagonal, example, 0.0)
        check_number("diagonal", diagonal, example, 0.0)
        if kind not in (1, 2):
            raise InputError(f"kind must be 1 or 2, as in {example}; got {kind!r}")
        self.off_diagonal, self.diagonal, self.kind = off_diagonal, diagonal, kind

    def __call__(self, forward: ForwardPass) -> Float[Array, ""]:
        mean, variance = forward.map_posteriors(moments)  # (batch, latent) each
        centered = mean - mean.mean(axis=0)
        covariance = centered.T @ centered / len(centered)
        if self.kind == 2:
            covariance = covariance + jnp.diag(variance.mean(axis=0))
        off = covariance - jnp.diag(jnp.diag(covariance))
        distance = jnp.square(jnp.diag(covariance) - 1.0).sum()
        return self.off_diagonal * jnp.square(off).sum() + self.diagonal * distance
