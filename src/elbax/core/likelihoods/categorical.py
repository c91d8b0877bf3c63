"""The categorical likelihood, for features with a few unordered values."""

from typing import ClassVar

import equinox as eqx
import numpyro.distributions as dist
from jaxtyping import Array, Float

from elbax.checks import check_integer
from elbax.core.likelihoods.base import Support
from elbax.core.likelihoods.levels import AbstractLevels


class Categorical(AbstractLevels):
    """Each feature is one of the unordered codes 0, 1, …, levels - 1; the decoder returns a logit for each.

    Args:
        levels: number of codes.

    Raises:
        InputError: fewer than two levels.

    Example:
        >>> import jax.numpy as jnp
        >>> Categorical(levels=3).mean(jnp.array([0.0, 2.0, 1.0]))
        Array([1.], dtype=float32)
    """

    name: ClassVar[str] = "categorical"
    levels: int = eqx.field(static=True)

    def __check_init__(self):
        check_integer("levels", self.levels, 2, "categorical(levels=3)")

    @property
    def outputs_per_feature(self) -> int:
        return self.levels

    @property
    def support(self) -> Support:
        return Support(0, self.levels - 1, integer=True)

    def level_logits(self, outputs: Float[Array, "*n outputs"]) -> Float[Array, "*n d K"]:
        return self.by_feature(outputs)

    def distribution(self, outputs: Float[Array, "*n outputs"]) -> dist.Distribution:
        return dist.CategoricalLogits(self.by_feature(outputs))

    def mean(self, outputs: Float[Array, "*n outputs"]) -> Float[Array, "*n d"]:
        """The most probable code, since codes are unordered."""
        return self.mode(outputs)

    def log_prob_per_feature(self, outputs: Array, x: Array) -> Array:
        return self.distribution(outputs).log_prob(x.astype(int))  # codes may be floats
