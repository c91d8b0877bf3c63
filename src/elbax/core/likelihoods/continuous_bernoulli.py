"""The continuous Bernoulli likelihood, for features in [0, 1]."""

from typing import ClassVar

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from elbax.core import distributions
from elbax.core.likelihoods.base import AbstractLikelihood, Support
from elbax.types import Summary


class ContinuousBernoulli(AbstractLikelihood):
    """The cross-entropy of gray values with a normalizer that makes it a density (arXiv 1907.06845).

    The decoder returns the logit of λ, not of the mean. It has no scale: a normal fits data with little spread better.

    Example:
        >>> import jax.numpy as jnp
        >>> likelihood = ContinuousBernoulli()
        >>> outputs = jnp.zeros(2)  # λ = 1/2: the uniform density
        >>> abs(float(likelihood.log_prob(outputs, jnp.array([0.1, 0.9])))) < 1e-6
        True
    """

    name: ClassVar[str] = "continuous_bernoulli"
    affine_in_x: ClassVar[bool] = True

    @property
    def support(self) -> Support:
        return Support(0, 1)

    def distribution(self, outputs: Float[Array, "*n outputs"]) -> distributions.ContinuousBernoulli:
        return distributions.ContinuousBernoulli(outputs)

    def mode(self, outputs: Float[Array, "*n outputs"]) -> Float[Array, "*n d"]:
        """The end of the range that is nearer to the mean."""
        return jnp.where(outputs > 0, 1.0, jnp.where(outputs < 0, 0.0, 0.5))

    def tails(self, outputs: Float[Array, "*n outputs"], x: Float[Array, "*n d"]) -> tuple[Array, Array]:
        mirrored = distributions.ContinuousBernoulli(-outputs)
        return self.distribution(outputs).cdf(x), mirrored.cdf(1 - x)

    def highest_log_prob(self, n_features: int) -> np.ndarray:
        """The log of the largest logit: near 0 and 1 the density grows with it."""
        return np.full(n_features, np.log(np.finfo(np.float32).max))

    def initial_outputs(self, summary: Summary) -> np.ndarray:
        """Logits of the data's mean, from a grid that ends at means of .02 and .98."""
        logits = np.linspace(-50, 50, 1001, dtype=np.float32)
        means = np.asarray(distributions.ContinuousBernoulli(logits).mean)
        return np.interp(summary.mean, means, logits).astype(np.float32)
