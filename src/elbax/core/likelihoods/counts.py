"""Likelihoods for counts: Poisson and negative binomial."""

from collections.abc import Sequence
from typing import ClassVar, Self

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
from jaxtyping import Array, Float

from elbax.core.distributions.counts import NegativeBinomialCounts, PoissonCounts
from elbax.core.likelihoods.base import AbstractLikelihood, Support
from elbax.core.numerics import soft_cap, softplus
from elbax.types import Summary, float32

_COUNTS = Support(lower=0, integer=True)

# Beyond exp(16) the rate grows linearly, not exponentially: float32 holds integers only up to 2**24 = exp(16.6).
_LINEAR_FROM = 16.0
_LEAST_DISPERSION = 1e-3  # lower dispersions are practically a Poisson
_INITIAL_DISPERSION = 0.1
_CONSTANT_DISPERSIONS = np.geomspace(2e-3, 30, 16)  # tried for a constant model


def _initial_output(mean: np.ndarray) -> np.ndarray:
    """The output with this mean, or 0.001 if that is larger."""
    mean = np.maximum(mean, 1e-3)
    excess = np.maximum(mean / np.exp(_LINEAR_FROM) - 1, 0)
    return (np.minimum(np.log(mean), _LINEAR_FROM) + excess).astype(np.float32)


class Poisson(AbstractLikelihood):
    """Each feature is a count whose variance equals its mean; the decoder returns the log of the rate.

    Example:
        >>> round(float(Poisson().log_prob(jnp.zeros(1), jnp.zeros(1))), 4)  # rate 1
        -1.0
    """

    name: ClassVar[str] = "poisson"
    affine_in_x: ClassVar[bool] = True

    @property
    def support(self) -> Support:
        return _COUNTS

    def distribution(self, outputs: Float[Array, "*n outputs"]) -> dist.Distribution:
        return PoissonCounts(soft_cap(outputs, _LINEAR_FROM))

    def initial_outputs(self, summary: Summary) -> np.ndarray:
        return _initial_output(summary.mean)


class NegativeBinomial(AbstractLikelihood):
    """Each feature is a count with variance μ + αμ²; the decoder returns log μ.

    The dispersion α = 0.001 + softplus(raw) is learned for each feature, as for genes in arXiv 1709.02082.

    Example:
        >>> likelihood = NegativeBinomial()
        >>> bool(likelihood.distribution(jnp.ones(1)).variance > likelihood.mean(jnp.ones(1)))
        True
    """

    name: ClassVar[str] = "negative_binomial"
    affine_in_x: ClassVar[bool] = True
    raw_dispersion: Float[Array, "..."] | None

    def __init__(self):
        self.raw_dispersion = None

    @property
    def support(self) -> Support:
        return _COUNTS

    def distribution(self, outputs: Float[Array, "*n outputs"]) -> dist.Distribution:
        raw = jnp.asarray(_raw(_INITIAL_DISPERSION) if self.raw_dispersion is None else self.raw_dispersion)
        log_mean = soft_cap(outputs, _LINEAR_FROM)
        return NegativeBinomialCounts(log_mean, _LEAST_DISPERSION + softplus(raw))

    def prepare(self, summary: Summary) -> Self:
        return self.with_dispersion(_INITIAL_DISPERSION, summary.mean.shape)

    def with_dispersion(self, dispersion: float, shape: tuple[int, ...]) -> Self:
        """A copy with this dispersion, above 0.001, for each feature."""
        raw = float32(np.full(shape, _raw(dispersion)))
        return eqx.tree_at(lambda part: part.raw_dispersion, self, raw, is_leaf=lambda node: node is None)

    def initial_outputs(self, summary: Summary) -> np.ndarray:
        return _initial_output(summary.mean)

    def constant_candidates(self) -> Sequence[AbstractLikelihood]:
        """Copies with several dispersions."""
        shape = () if self.raw_dispersion is None else self.raw_dispersion.shape
        return [self.with_dispersion(value, shape) for value in _CONSTANT_DISPERSIONS]


def _raw(dispersion: float) -> float:
    return float(np.log(np.expm1(dispersion - _LEAST_DISPERSION)))
