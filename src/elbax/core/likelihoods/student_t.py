"""The Student-t likelihood, for continuous features with outliers."""

from typing import ClassVar, Self

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
from jax.scipy.special import betainc
from jaxtyping import Array, Float

from elbax.checks import check_choice
from elbax.core.likelihoods.location_scale import LocationScale
from elbax.core.likelihoods.location_scale_family import AbstractLocationScaleFamily
from elbax.core.numerics import soft_cap, softplus
from elbax.types import Summary, float32

_INITIAL_RAW_DF = 3.0  # 2 + softplus(3) = 5.05 degrees of freedom: tails heavy enough for outliers
_MOST_DF = 1e3  # beyond, it is practically a normal, and float32 loses the difference of log-gammas


class StudentT(AbstractLocationScaleFamily):
    """Each feature is Student-t around the decoded mean; densities are those of the data's own units.

    Degrees of freedom are learned as 2 + softplus(raw): the variance exists. Beyond 1000 they grow like a logarithm.

    Args:
        df: "feature", degrees of freedom for each feature; or "network", one more decoder output.
        scale: "fixed" at ``value``; or learned: "shared", "channel", "feature" or "network". See `Normal`.
        value: the fixed scale, in the data's own units.
        link: from decoder output to mean. See `Normal`.
        initial_scale: initial value of a learned scale, in units of each feature. See `Normal`.
        floor: its smallest value, in units of each feature. See `Normal`.

    Example:
        >>> from elbax.core.likelihoods import Normal
        >>> outputs, outlier = jnp.zeros(1), jnp.array([10.0])
        >>> bool(StudentT().log_prob(outputs, outlier) > Normal().log_prob(outputs, outlier))
        True
    """

    name: ClassVar[str] = "student_t"
    scale_per_std: ClassVar[float] = 0.77  # with the initial degrees of freedom
    df: str = eqx.field(static=True)
    raw_df: Float[Array, "..."] | None

    def __init__(
        self,
        df: str = "feature",
        scale: str = "feature",
        value: float = 1.0,
        link: str = "identity",
        initial_scale: float | None = None,
        floor: float | None = None,
    ):
        self.df = check_choice("df", df, ("feature", "network"))
        self.location_scale = LocationScale(scale, value, link, initial_scale, floor)
        self.raw_df = None

    @property
    def outputs_per_feature(self) -> int:
        return super().outputs_per_feature + (self.df == "network")

    def distribution(self, outputs: Float[Array, "*n outputs"]) -> dist.Distribution:
        return dist.StudentT(self._df(outputs), *self.location_scale(self.by_feature(outputs)))

    def log_prob_per_feature(self, outputs: Array, x: Array) -> Array:
        residual, scale, log_unit = self.location_scale.in_units(self.by_feature(outputs), x)
        return dist.StudentT(self._df(outputs), 0.0, scale).log_prob(residual) - log_unit

    def tails(self, outputs: Array, x: Array) -> tuple[Array, Array]:
        df, (location, scale) = self._df(outputs), self.location_scale(self.by_feature(outputs))
        t = (x - location) / scale
        # The farther tail; betainc takes arrays of one shape.
        share = df / (df + jnp.square(t))
        farther = 0.5 * betainc(*jnp.broadcast_arrays(df / 2, 0.5, share))
        return jnp.where(t < 0, farther, 1 - farther), jnp.where(t < 0, 1 - farther, farther)

    def _df(self, outputs: Array) -> Array:
        learned = _INITIAL_RAW_DF if self.raw_df is None else self.raw_df
        raw = self.by_feature(outputs)[..., -1] if self.df == "network" else jnp.asarray(learned)
        return 2 + soft_cap(softplus(raw), _MOST_DF)

    def prepare(self, summary: Summary) -> Self:
        prepared = super().prepare(summary)
        if self.df == "network":
            return prepared
        raw_df = float32(np.full(summary.mean.shape, _INITIAL_RAW_DF))
        return eqx.tree_at(lambda part: part.raw_df, prepared, raw_df, is_leaf=lambda node: node is None)

    def initial_outputs(self, summary: Summary) -> np.ndarray:
        outputs = self.location_scale.initial_outputs(summary, self.scale_per_std)
        if self.df == "feature":
            return outputs.ravel()
        return np.concatenate([outputs, np.full_like(outputs[:, :1], _INITIAL_RAW_DF)], axis=1).ravel()
