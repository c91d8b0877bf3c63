"""The rounded normal likelihood, for measurements in steps and integers of any sign."""

import math
from typing import ClassVar, Self

import equinox as eqx
import numpy as np
import paramax
from jaxtyping import Array, Bool, Float, PRNGKeyArray

from elbax.core import distributions
from elbax.core.distributions.rounded_normal import log_rounded_mass
from elbax.core.likelihoods.location_scale import LocationScale
from elbax.core.likelihoods.location_scale_family import AbstractLocationScaleFamily
from elbax.types import Summary, float32


class RoundedNormal(AbstractLocationScaleFamily):
    """Each feature is a normal rounded to the feature's lattice, such as integers or tenths; a probability mass.

    The lattice is that of the training values. Values off it count as the nearest one on it.

    Args:
        scale: the standard deviation of the normal, "fixed" at ``value`` or learned. See `Normal`.
        value: the fixed standard deviation, in the data's own units.
        link: from decoder output to the normal's mean. See `Normal`.
        initial_scale: initial value of a learned standard deviation, in units of each feature. See `Normal`.
        floor: its smallest value, in units of each feature. It only keeps numbers finite: masses are at most one.

    Attributes:
        lattice: origin and step of each feature, (2, d); not trained. Before `prepare` it is that of integers.

    Example:
        >>> import jax.numpy as jnp
        >>> likelihood = RoundedNormal("fixed", value=1.0)
        >>> round(float(likelihood.log_prob(jnp.zeros(1), jnp.zeros(1))), 3)  # Φ(1/2) - Φ(-1/2)
        -0.96
    """

    name: ClassVar[str] = "rounded_normal"
    lattice: paramax.NonTrainable | None

    def __init__(
        self,
        scale: str = "feature",
        value: float = 1.0,
        link: str = "identity",
        initial_scale: float | None = None,
        floor: float = math.exp(-6),
    ):
        self.location_scale = LocationScale(scale, value, link, initial_scale, floor)
        self.lattice = None

    def highest_log_prob(self, n_features: int) -> np.ndarray:
        return np.zeros(n_features)

    def has_masses(self, column: int) -> bool:
        return True

    @property
    def _lattice(self) -> tuple[Array, Array]:
        origin, step = (0.0, 1.0) if self.lattice is None else paramax.unwrap(self.lattice)
        return origin, step

    def distribution(self, outputs: Float[Array, "*n outputs"]) -> distributions.RoundedNormal:
        return distributions.RoundedNormal(*self.location_scale(self.by_feature(outputs)), *self._lattice)

    def log_prob_per_feature(self, outputs: Array, x: Array) -> Array:
        own = self.distribution(outputs)
        residual, scale, _ = self.location_scale.in_units(self.by_feature(outputs), own.snap(x))
        return log_rounded_mass(residual / scale, own.step / own.scale)

    def mode(self, outputs: Float[Array, "*n outputs"]) -> Float[Array, "*n d"]:
        return self.distribution(outputs).mode

    def log_mass(
        self,
        outputs: Float[Array, "*n outputs"],
        low: Float[Array, " d"],
        high: Float[Array, " d"],
        allowed: Bool[Array, "d K"] | None = None,
    ) -> Float[Array, "*n d"]:
        return self.distribution(outputs).log_mass(low, high)

    def sample_within(
        self,
        key: PRNGKeyArray,
        outputs: Float[Array, "*n outputs"],
        low: Float[Array, " d"],
        high: Float[Array, " d"],
        allowed: Bool[Array, "d K"] | None = None,
    ) -> Float[Array, "*n d"]:
        return self.distribution(outputs).sample_within(key, low, high)

    def prepare(self, summary: Summary) -> Self:
        lattice = paramax.NonTrainable(float32(np.stack([summary.minimum, _steps(summary)])))
        prepared = super().prepare(summary)
        return eqx.tree_at(lambda part: part.lattice, prepared, lattice, is_leaf=lambda node: node is None)


def _steps(summary: Summary) -> np.ndarray:
    """The step of each feature's lattice: that of its grid, or the smallest step between two values."""
    grids = (None,) * summary.spacing.size if summary.grids is None else summary.grids
    pairs = zip(grids, summary.spacing, strict=True)
    steps = np.array([spacing if grid is None or grid.step == 0 else grid.step for grid, spacing in pairs])
    return np.where(steps > 0, steps, 1.0)
