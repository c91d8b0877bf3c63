"""Improper likelihoods: common losses that are not densities, and losses of the user's own."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar, Self

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
from jaxtyping import Array, Float

from elbax.checks import check_choice
from elbax.core.likelihoods.base import AbstractLikelihood, Support
from elbax.core.likelihoods.links import LINKS
from elbax.core.likelihoods.location_scale import LocationScale
from elbax.core.likelihoods.normal import Normal
from elbax.core.numerics import softplus
from elbax.errors import InputError
from elbax.types import Summary

_KERAS_EPSILON = 1e-7  # Keras clips probabilities this far from 0 and 1


class _AbstractLoss(AbstractLikelihood):
    """A loss of the decoded mean of each feature."""

    proper: ClassVar[bool] = False
    link: eqx.AbstractVar[str]

    def __check_init__(self):
        check_choice("link", self.link, LINKS)

    @property
    def output_range(self) -> tuple[float, float]:
        return LINKS[self.link].range

    def mean(self, outputs: Float[Array, "*n outputs"]) -> Float[Array, "*n d"]:
        return LINKS[self.link].forward(outputs)

    def initial_outputs(self, summary: Summary) -> np.ndarray:
        return LINKS[self.link].inverse(summary.mean).astype(np.float32)


class _AbstractNonNegativeLoss(_AbstractLoss):
    """A loss that is never negative."""

    def highest_log_prob(self, n_features: int) -> np.ndarray:
        return np.zeros(n_features)


class CrossEntropy(_AbstractNonNegativeLoss):
    """Minus the binary cross-entropy, Σ x log m + (1 - x) log(1 - m), for x anywhere in [0, 1].

    On gray values it is a continuous Bernoulli without its normalizer, which depends on m: not a density. Samples are
    Bernoulli draws with probability m.

    Args:
        link: from decoder output to m. With links other than "sigmoid" the loss clips m to [1e-7, 1 - 1e-7], as Keras
            does, so there is no gradient outside.

    Example:
        >>> round(float(CrossEntropy().log_prob(jnp.zeros(1), jnp.array([0.3]))), 4)  # log(1/2)
        -0.6931
    """

    name: ClassVar[str] = "binary_cross_entropy"
    affine_in_x: ClassVar[bool] = True
    link: str = eqx.field(static=True, default="sigmoid")

    @property
    def support(self) -> Support:
        return Support(0, 1)

    def unnormalized(self, x: np.ndarray) -> np.ndarray:
        return (x > 0) & (x < 1)

    def _probability(self, outputs: Array) -> Array:
        return jnp.clip(self.mean(outputs), _KERAS_EPSILON, 1 - _KERAS_EPSILON)

    def distribution(self, outputs: Float[Array, "*n outputs"]) -> dist.Distribution:
        """Bernoulli with probability m, for samples; `log_prob` is another function of gray values."""
        if self.link == "sigmoid":
            return dist.BernoulliLogits(outputs)
        return dist.BernoulliProbs(self._probability(outputs))

    def log_prob_per_feature(self, outputs: Array, x: Array) -> Array:
        if self.link == "sigmoid":
            return x * outputs - softplus(outputs)
        m = self._probability(outputs)
        return x * jnp.log(m) + (1 - x) * jnp.log1p(-m)


class SumOfSquares(_AbstractNonNegativeLoss):
    """Minus the sum of squared errors, -Σ (x - m)².

    It is a normal with variance 1/2, whatever the units of the data, without its constant. If all principal variances
    of the data are below 1/2, the best model ignores the latents. Samples are drawn from that normal.

    Args:
        link: from decoder output to m.

    Example:
        >>> float(SumOfSquares().log_prob(jnp.zeros(2), jnp.array([1.0, 2.0])))
        -5.0
    """

    name: ClassVar[str] = "sum_of_squares"
    affine_in_x: ClassVar[bool] = True
    is_normal: ClassVar[bool] = True
    link: str = eqx.field(static=True, default="identity")

    @property
    def support(self) -> Support:
        return Support()

    def distribution(self, outputs: Float[Array, "*n outputs"]) -> dist.Distribution:
        return dist.Normal(self.mean(outputs), math.sqrt(0.5))

    @property
    def location_scale(self) -> LocationScale:
        return LocationScale("fixed", math.sqrt(0.5), self.link)

    def with_location_scale(self, part: LocationScale) -> Normal:
        return Normal(link=self.link).with_location_scale(part)

    def log_prob_per_feature(self, outputs: Array, x: Array) -> Array:
        return -jnp.square(x - self.mean(outputs))


class Custom(_AbstractLoss):
    """A loss of your own in place of -log p(x|z).

    There is no noise, so samples are the means. The model cannot be saved, since the loss is a Python function.

    Args:
        loss: from x and the decoded mean, both of the event's shape, to a loss in nats: one number, or one for each
            feature. It must be made of JAX operations.
        link: from decoder output to mean.

    Example:
        >>> absolute = Custom(lambda x, mean: jnp.abs(x - mean))
        >>> float(absolute.log_prob(jnp.zeros(2), jnp.array([1.0, -2.0])))
        -3.0
    """

    name: ClassVar[str] = "custom"
    separable: ClassVar[bool] = False
    loss: Callable[[Array, Array], Array] = eqx.field(static=True)
    link: str = eqx.field(static=True, default="identity")
    event_shape: tuple[int, ...] | None = eqx.field(static=True, default=None, metadata={"learned": True}, kw_only=True)

    @property
    def support(self) -> Support:
        return Support()

    def distribution(self, outputs: Float[Array, "*n outputs"]) -> dist.Distribution:
        return dist.Delta(self.mean(outputs))

    def for_event(self, shape: tuple[int, ...]) -> Self:
        return replace(self, event_shape=shape)

    def log_prob_per_feature(self, outputs: Array, x: Array) -> Array:
        """Minus the loss of each feature; an InputError if it is one number for the whole row."""
        loss = self._loss(outputs, x)
        if loss.size != x.size:
            raise InputError(
                "a custom loss must return one number for each feature where values are missing or columns are "
                "compared; this one returns one number for a row"
            )
        return -loss.reshape(x.shape)

    def log_prob(self, outputs: Array, x: Array, observed: Array | None = None) -> Array:
        return -self._loss(outputs, x).sum() if observed is None else super().log_prob(outputs, x, observed)

    def _loss(self, outputs: Array, x: Array) -> Array:
        shape = x.shape if self.event_shape is None else self.event_shape
        return jnp.ravel(self.loss(x.reshape(shape), self.mean(outputs).reshape(shape)))
