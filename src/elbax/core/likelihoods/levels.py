"""The base class of likelihoods for features with a few levels, the codes 0, 1, 2 and so on."""

from abc import abstractmethod
from typing import ClassVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, PRNGKeyArray

from elbax.core import intervals
from elbax.core.likelihoods.base import AbstractLikelihood


class AbstractLevels(AbstractLikelihood):
    """A likelihood whose features have as many levels each."""

    takes_levels: ClassVar[bool] = True

    @abstractmethod
    def level_logits(self, outputs: Float[Array, "*n outputs"]) -> Float[Array, "*n d K"]:
        """Logits of the levels of each feature."""

    def mode(self, outputs: Float[Array, "*n outputs"]) -> Float[Array, "*n d"]:
        return jnp.argmax(self.level_logits(outputs), axis=-1).astype(outputs.dtype)

    def log_mass(
        self,
        outputs: Float[Array, "*n outputs"],
        low: Float[Array, " d"],
        high: Float[Array, " d"],
        allowed: Bool[Array, "d K"] | None = None,
    ) -> Float[Array, "*n d"]:
        logits = jax.nn.log_softmax(self.level_logits(outputs))
        return jax.nn.logsumexp(intervals.level_logits(logits, low, high, allowed), axis=-1)

    def sample_within(
        self,
        key: PRNGKeyArray,
        outputs: Float[Array, "*n outputs"],
        low: Float[Array, " d"],
        high: Float[Array, " d"],
        allowed: Bool[Array, "d K"] | None = None,
    ) -> Float[Array, "*n d"]:
        logits = intervals.level_logits(self.level_logits(outputs), low, high, allowed)
        return jax.random.categorical(key, logits).astype(outputs.dtype)
