"""The Bernoulli likelihood, for binary features."""

from typing import ClassVar

import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
from jaxtyping import Array, Float

from elbax.core.likelihoods.base import Support
from elbax.core.likelihoods.levels import AbstractLevels
from elbax.core.likelihoods.links import logit
from elbax.core.numerics import softplus
from elbax.types import Summary


class Bernoulli(AbstractLevels):
    """Each feature is 0 or 1; the decoder returns the log-odds of 1.

    Example:
        >>> import jax.numpy as jnp
        >>> likelihood = Bernoulli()
        >>> round(float(likelihood.log_prob(jnp.zeros(3), jnp.array([0.0, 1.0, 1.0]))), 4)  # 3 log(1/2)
        -2.0794
    """

    name: ClassVar[str] = "bernoulli"
    affine_in_x: ClassVar[bool] = True

    @property
    def support(self) -> Support:
        return Support(0, 1, integer=True)

    def level_logits(self, outputs: Float[Array, "*n outputs"]) -> Float[Array, "*n d 2"]:
        return jnp.stack([jnp.zeros_like(outputs), outputs], axis=-1)

    def distribution(self, outputs: Float[Array, "*n outputs"]) -> dist.Distribution:
        return dist.BernoulliLogits(outputs)

    def log_prob_per_feature(self, outputs: Array, x: Array) -> Array:
        """X η - softplus(η), nats: twice as fast as NumPyro's in a training step."""
        return x * outputs - softplus(outputs)

    def initial_outputs(self, summary: Summary) -> np.ndarray:
        return logit(summary.mean).astype(np.float32)
