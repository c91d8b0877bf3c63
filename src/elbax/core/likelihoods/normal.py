"""The normal likelihood, for continuous features."""

from typing import ClassVar

import numpy as np
import numpyro.distributions as dist
from jaxtyping import Array, Float

from elbax.core.likelihoods.location_scale import LocationScale
from elbax.core.likelihoods.location_scale_family import AbstractLocationScaleFamily
from elbax.types import Summary


class Normal(AbstractLocationScaleFamily):
    """Each feature is normal around the decoded mean; densities are those of the data's own units.

    Args:
        scale: the standard deviation: "fixed" at ``value``; or learned: "shared", one for all features, in their
            units; "feature", one for each; "network", a second decoder output.
        value: the fixed standard deviation, in the data's own units.
        link: "identity", "sigmoid", "tanh", "relu" or "softplus": from decoder output to mean.
        initial_scale: initial value of a learned standard deviation, in units of each feature.
        floor: its smallest value, in units of each feature (arXiv 2006.13202); None for exp(-6) or the error of
            rounding, whichever is larger.

    Example:
        >>> import jax.numpy as jnp
        >>> likelihood = Normal(scale="fixed", value=1.0)
        >>> round(float(likelihood.log_prob(jnp.zeros(1), jnp.zeros(1))), 4)  # -log(2π)/2
        -0.9189
    """

    name: ClassVar[str] = "normal"
    is_normal: ClassVar[bool] = True

    def __init__(
        self,
        scale: str = "feature",
        value: float = 1.0,
        link: str = "identity",
        initial_scale: float = 0.1,
        floor: float | None = None,
    ):
        self.location_scale = LocationScale(scale, value, link, initial_scale, floor)

    @property
    def affine_in_x(self) -> bool:
        return self.location_scale.scale != "network"

    def distribution(self, outputs: Float[Array, "*n outputs"]) -> dist.Distribution:
        return dist.Normal(*self.location_scale(self.by_feature(outputs)))

    def log_prob_per_feature(self, outputs: Array, x: Array) -> Array:
        residual, scale, log_unit = self.location_scale.in_units(self.by_feature(outputs), x)
        return dist.Normal(0.0, scale).log_prob(residual) - log_unit

    def constant_log_prob(self, summary: Summary, x: np.ndarray, observed: np.ndarray | None = None) -> float:
        """Mean log-density under a constant mean and, if the scale is learned, the best scale, nats per row."""
        if not self.location_scale.is_learned:
            return super().constant_log_prob(summary, x, observed)
        residual = x - summary.mean
        variance = np.square(self.location_scale.prepare(summary).max_likelihood_scale(residual, observed))
        log_prob = -0.5 * (np.log(2 * np.pi * variance) + np.square(residual) / variance)
        return float((log_prob if observed is None else np.where(observed, log_prob, 0.0)).sum(axis=1).mean())
