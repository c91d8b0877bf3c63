"""The importance-weighted bound."""

from typing import ClassVar

import equinox as eqx
from jaxtyping import Array, Float

from elbax.core.objectives.multi_sample import AbstractMultiSample, log_mean


class IWAE(AbstractMultiSample):
    """The negative importance-weighted bound, -log (1/k) Σ p(x, z_i) / q(z_i|x), in nats per row.

    It rises with k from the ELBO to log p(x) (arXiv 1509.00519).

    Attributes:
        k, gradient: see `AbstractMultiSample`.

    Example:
        >>> import jax.numpy as jnp
        >>> IWAE(k=2).bound(jnp.log(jnp.array([0.1, 0.3]))) == jnp.log(0.2)
        Array(True, dtype=bool)
    """

    name: ClassVar[str] = "iwae"
    k: int = eqx.field(static=True, default=5)
    gradient: str = eqx.field(static=True, default="standard")

    def bound(self, log_weight: Float[Array, " k"]) -> Float[Array, ""]:
        return log_mean(log_weight)
