"""Likelihoods for counts: Poisson and negative binomial, also with additional zeros."""

from collections.abc import Sequence
from typing import ClassVar, Self

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import paramax
from jaxtyping import Array, Float

from elbax.core.config import learned
from elbax.core.distributions.counts import NegativeBinomialCounts, PoissonCounts, ZeroInflated
from elbax.core.likelihoods.base import AbstractLikelihood, Support
from elbax.core.numerics import soft_cap, softplus
from elbax.types import Summary, float32

_COUNTS = Support(lower=0, integer=True)

# Beyond exp(16), or the data's own size if that is larger, the rate grows linearly, not exponentially, so that a step
# that is too large does not overflow.
_LINEAR_FROM = 16.0
_ABOVE_LARGEST = 2.0  # how far above the log of the largest count
_LEAST_DISPERSION = 1e-3  # lower dispersions are practically a Poisson
_INITIAL_DISPERSION = 0.1
_INITIAL_ZEROS = 0.05  # share of zeros that are additional
_CONSTANT_DISPERSIONS = np.geomspace(2e-3, 30, 16)  # tried for a constant model


class _AbstractCounts(AbstractLikelihood):
    """Counts whose mean is the exponential of a decoder output, for data of any size.

    Attributes:
        linear_from: the output of each feature from which on its mean grows linearly; not trained.
    """

    affine_in_x: ClassVar[bool] = True
    linear_from: eqx.AbstractVar[paramax.NonTrainable | None]

    @property
    def support(self) -> Support:
        return _COUNTS

    @property
    def _linear_from(self) -> Array:
        return jnp.asarray(_LINEAR_FROM) if self.linear_from is None else paramax.unwrap(self.linear_from)

    def log_mean(self, outputs: Float[Array, "*n outputs"]) -> Float[Array, "*n d"]:
        """The log of the mean of each feature."""
        return soft_cap(outputs, self._linear_from)

    def tails(self, outputs: Float[Array, "*n outputs"], x: Float[Array, "*n d"]) -> tuple[Array, Array]:
        return self.distribution(outputs).tails(x)

    def takes_exposure(self, n: int) -> np.ndarray:
        return np.ones(n, bool)

    def at_exposure(self, outputs: Float[Array, "*n outputs"], log_exposure: Float[Array, "*n"]) -> Array:
        return outputs + log_exposure[..., None]

    def prepare(self, summary: Summary) -> Self:
        largest = np.log(np.maximum(summary.maximum, 1.0))
        bound = paramax.NonTrainable(float32(np.maximum(_LINEAR_FROM, largest + _ABOVE_LARGEST)))
        return eqx.tree_at(lambda part: part.linear_from, self, bound, is_leaf=lambda node: node is None)

    def initial_outputs(self, summary: Summary) -> np.ndarray:
        """The outputs whose means are those of the data, or 0.001 if that is larger."""
        mean, linear_from = np.maximum(summary.mean, 1e-3), np.asarray(self._linear_from, np.float64)
        excess = np.maximum(mean / np.exp(linear_from) - 1, 0)
        return (np.minimum(np.log(mean), linear_from) + excess).astype(np.float32)


class Poisson(_AbstractCounts):
    """Each feature is a count whose variance equals its mean; the decoder returns the log of the rate.

    Example:
        >>> round(float(Poisson().log_prob(jnp.zeros(1), jnp.zeros(1))), 4)  # rate 1
        -1.0
    """

    name: ClassVar[str] = "poisson"
    linear_from: paramax.NonTrainable | None = learned()

    def distribution(self, outputs: Float[Array, "*n outputs"]) -> dist.Distribution:
        return PoissonCounts(self.log_mean(outputs))

    def mode(self, outputs: Float[Array, "*n outputs"]) -> Float[Array, "*n d"]:
        return jnp.floor(self.mean(outputs))


class NegativeBinomial(_AbstractCounts):
    """Each feature is a count with variance μ + αμ²; the decoder returns log μ.

    The dispersion α = 0.001 + softplus(raw) is learned for each feature, as for genes in arXiv 1709.02082.

    Example:
        >>> likelihood = NegativeBinomial()
        >>> bool(likelihood.distribution(jnp.ones(1)).variance > likelihood.mean(jnp.ones(1)))
        True
    """

    name: ClassVar[str] = "negative_binomial"
    linear_from: paramax.NonTrainable | None = learned()
    raw_dispersion: Float[Array, "..."] | None = learned()

    def distribution(self, outputs: Float[Array, "*n outputs"]) -> dist.Distribution:
        return NegativeBinomialCounts(self.log_mean(outputs), self._dispersion)

    @property
    def _dispersion(self) -> Array:
        raw = jnp.asarray(_raw(_INITIAL_DISPERSION) if self.raw_dispersion is None else self.raw_dispersion)
        return _LEAST_DISPERSION + softplus(raw)

    def mode(self, outputs: Float[Array, "*n outputs"]) -> Float[Array, "*n d"]:
        """The count ⌊(1 - α) μ⌋, or zero."""
        return jnp.floor(jnp.maximum(1 - self._dispersion, 0.0) * jnp.exp(self.log_mean(outputs)))

    def prepare(self, summary: Summary) -> Self:
        return super().prepare(summary).with_dispersion(_INITIAL_DISPERSION, summary.mean.shape)

    def with_dispersion(self, dispersion: float, shape: tuple[int, ...]) -> Self:
        """A copy with this dispersion, above 0.001, for each feature."""
        raw = float32(np.full(shape, _raw(dispersion)))
        return eqx.tree_at(lambda part: part.raw_dispersion, self, raw, is_leaf=lambda node: node is None)

    def constant_candidates(self) -> Sequence[AbstractLikelihood]:
        """Copies with several dispersions."""
        shape = () if self.raw_dispersion is None else self.raw_dispersion.shape
        return [self.with_dispersion(value, shape) for value in _CONSTANT_DISPERSIONS]


class ZeroInflatedNegativeBinomial(NegativeBinomial):
    """Counts that are zero with a probability of their own, and else negative binomial (arXiv 1709.02082).

    The decoder returns log μ and the log-odds of an additional zero, which start low.

    Example:
        >>> likelihood = ZeroInflatedNegativeBinomial()
        >>> round(float(likelihood.mean(jnp.array([0.0, 0.0]))[0]), 2)  # half of the counts with mean 1
        0.5
    """

    name: ClassVar[str] = "zero_inflated_negative_binomial"
    affine_in_x: ClassVar[bool] = False

    @property
    def outputs_per_feature(self) -> int:
        return 2

    def distribution(self, outputs: Float[Array, "*n outputs"]) -> dist.Distribution:
        by_feature = self.by_feature(outputs)
        return ZeroInflated(super().distribution(by_feature[..., 0]), by_feature[..., 1])

    def at_exposure(self, outputs: Float[Array, "*n outputs"], log_exposure: Float[Array, "*n"]) -> Array:
        own = jnp.array([1.0, 0.0])  # additional zeros do not depend on it
        return (self.by_feature(outputs) + log_exposure[..., None, None] * own).reshape(outputs.shape)

    def mode(self, outputs: Float[Array, "*n outputs"]) -> Float[Array, "*n d"]:
        """Zero, or the mode of the counts if that is more probable."""
        mode = super().mode(self.by_feature(outputs)[..., 0])
        distribution = self.distribution(outputs)
        return jnp.where(distribution.log_prob(mode) > distribution.log_prob(0 * mode), mode, 0.0)

    def initial_outputs(self, summary: Summary) -> np.ndarray:
        """The outputs whose means are those of the data, with few additional zeros."""
        zeros = np.full(summary.mean.shape, _INITIAL_ZEROS)
        log_mean = super().initial_outputs(summary._replace(mean=summary.mean / (1 - _INITIAL_ZEROS)))
        return np.stack([log_mean, np.log(zeros) - np.log1p(-zeros)], axis=-1).astype(np.float32).ravel()


def _raw(dispersion: float) -> float:
    return float(np.log(np.expm1(dispersion - _LEAST_DISPERSION)))
