"""The normal likelihood, for continuous features, with independent or correlated noise."""

from typing import ClassVar, Self

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
from jaxtyping import Array, Bool, Float, PRNGKeyArray

from elbax.checks import check_integer
from elbax.core import intervals
from elbax.core.likelihoods.location_scale import LocationScale
from elbax.core.likelihoods.location_scale_family import AbstractLocationScaleFamily
from elbax.core.likelihoods.noise_factors import (
    draw,
    joint_log_prob,
    sequential_log_prob,
    standard_deviations,
)
from elbax.core.parts import LinearMap
from elbax.errors import InputError
from elbax.types import Summary, float32

MOST_FACTORS = 64
_SMALL_LOADING = 0.02  # of factors that the rows do not determine, in units of the scale; at 0 there is no gradient


class Normal(AbstractLocationScaleFamily):
    """Features are normal around the decoded mean; densities are those of the data's own units.

    Features are independent given z, unless their noise shares ``factors``: then x|z ~ N(m(z), V Vᵀ + diag σ²), with
    learned loadings V (d, factors), as in factor analysis around the decoded mean. The factors are integrated exactly.

    Args:
        scale: the standard deviation: "fixed" at ``value``; or learned: "shared", one for all features, in their
            units; "channel", one for each channel of an image or series of a window; "feature", one for each;
            "network", a second decoder output.
        value: the fixed standard deviation, in the data's own units.
        link: "identity", "sigmoid", "tanh", "relu" or "softplus": from decoder output to mean.
        initial_scale: initial value of a learned standard deviation, in units of each feature; None for the
            residuals of the map that the decoder starts from, such as the best constant.
        floor: its smallest value, in units of each feature (arXiv 2006.13202); None for exp(-6) or the error of
            rounding, whichever is larger.
        factors: the number of noise factors, 0 to 64 and below the number of features; "auto" lets `fit` choose it by
            factor analysis of held-out rows. With factors, `log_prob_per_feature` gives each feature's log-density
            given z and the features before it, and `distribution` each feature's own.

    Attributes:
        loadings: of the noise factors, in units of each feature's scale: V / σ, (d, factors); else None.

    Raises:
        InputError: a setting is unknown or out of range, or there are factors with a link other than "identity".

    Example:
        >>> import jax.numpy as jnp
        >>> likelihood = Normal(scale="fixed", value=1.0)
        >>> round(float(likelihood.log_prob(jnp.zeros(1), jnp.zeros(1))), 4)  # -log(2π)/2
        -0.9189
    """

    name: ClassVar[str] = "normal"
    is_normal: ClassVar[bool] = True
    factors: int | str = eqx.field(static=True)
    loadings: Float[Array, "d factors"] | None

    def __init__(
        self,
        scale: str = "feature",
        value: float = 1.0,
        link: str = "identity",
        initial_scale: float | None = None,
        floor: float | None = None,
        factors: int | str = 0,
    ):
        self.location_scale = LocationScale(scale, value, link, initial_scale, floor)
        self.factors, self.loadings = _check_factors(factors), None
        if factors and link != "identity":
            raise InputError(f"noise factors need link='identity', since noise knows no range; got link={link!r}")

    @property
    def affine_in_x(self) -> bool:
        return self.location_scale.scale != "network"

    @property
    def separable(self) -> bool:
        return not self.factors

    @property
    def n_factors(self) -> int | str:
        return self.factors

    @property
    def _has_factors(self) -> bool:
        if self.factors and self.loadings is None:
            raise InputError("noise factors get their loadings from `prepare`, which takes a summary of the data")
        return bool(self.factors)

    @property
    def linear_noise(self) -> str | None:
        part = self.location_scale
        kinds = {"feature": "feature", "network": "feature", "shared": "shared"}
        return kinds.get(part.scale) if part.link == "identity" else None

    def start_linear(
        self, mean: np.ndarray, loadings: np.ndarray, scale: np.ndarray, unit: np.ndarray
    ) -> tuple[Self, LinearMap]:
        part = self.location_scale
        if part.center is None or part.unit is None:
            raise InputError("a likelihood starts linear after `prepare`, which takes a summary of the data")
        center, own = (np.asarray(array.tree, np.float64) for array in (part.center, part.unit))
        shape = (len(mean), self.outputs_per_feature)
        weight, bias, units = np.zeros((loadings.shape[1], *shape)), np.zeros(shape), np.ones(shape)
        weight[:, :, 0], bias[:, 0], units[:, 0] = (loadings / own[:, None]).T, (mean - center) / own, unit / own
        bias[:, 1:] = part.raw_outputs(scale)[:, None]
        outputs = LinearMap(weight.reshape(len(weight), -1), bias.ravel(), units.ravel())
        started = part if part.initial_scale is not None else part.with_std(scale)
        return self.with_location_scale(started), outputs

    def distribution(self, outputs: Float[Array, "*n outputs"]) -> dist.Normal:
        location, scale = self.location_scale(self.by_feature(outputs))
        return dist.Normal(location, scale * standard_deviations(self.loadings) if self._has_factors else scale)

    def log_prob_per_feature(self, outputs: Array, x: Array) -> Array:
        residual, scale, log_unit = self.location_scale.in_units(self.by_feature(outputs), x)
        if not self._has_factors:
            return dist.Normal(0.0, scale).log_prob(residual) - log_unit
        return sequential_log_prob(residual / scale, self.loadings) - jnp.log(scale) - log_unit

    def log_prob(self, outputs: Array, x: Array, observed: Array | None = None) -> Array:
        if not self._has_factors:
            return super().log_prob(outputs, x, observed)
        residual, scale, log_unit = self.location_scale.in_units(self.by_feature(outputs), x)
        log_scale = jnp.broadcast_to(jnp.log(scale), residual.shape) + log_unit
        if observed is not None:
            log_scale = jnp.where(observed.astype(bool), log_scale, 0.0)
        return joint_log_prob(residual / scale, self.loadings, observed) - log_scale.sum(axis=-1)

    def sample(self, key: PRNGKeyArray, outputs: Array) -> Array:
        if not self._has_factors:
            return super().sample(key, outputs)
        location, scale = self.location_scale(self.by_feature(outputs))
        return (location + scale * draw(key, self.loadings, location.shape[:-1])).astype(outputs.dtype)

    def tails(self, outputs: Array, x: Array) -> tuple[Array, Array]:
        own = self.distribution(outputs)
        return intervals.normal_tails((x - own.loc) / own.scale)

    def log_mass(
        self,
        outputs: Array,
        low: Float[Array, " d"],
        high: Float[Array, " d"],
        allowed: Bool[Array, "d K"] | None = None,
    ) -> Array:
        own = self.distribution(outputs)
        return intervals.log_normal_mass((low - own.loc) / own.scale, (high - own.loc) / own.scale)

    def prepare(self, summary: Summary) -> Self:
        prepared = super().prepare(summary)
        if not self.factors:
            return prepared
        d = summary.mean.size
        if isinstance(self.factors, str):
            raise InputError("factors='auto' is chosen by VAE.fit from the rows; give a number here, as in factors=4")
        if self.factors >= d:
            raise InputError(f"factors must be fewer than the {d} features; got {self.factors}")
        return prepared._with_loadings(_small_loadings(d, self.factors))

    def with_factors(self, number: int) -> Self:
        part = self.location_scale
        return type(self)(part.scale, part.value, part.link, part.initial_scale, part.floor, number)

    def with_noise(self, scale: np.ndarray, loadings: np.ndarray) -> Self:
        likelihood = super().with_noise(scale, loadings)
        if not self.factors:
            return likelihood
        part = likelihood.location_scale
        std = scale if part.scale == "network" else np.broadcast_to(part.std, scale.shape)
        relative = _small_loadings(len(std), self.factors)
        used = np.flatnonzero(loadings.any(axis=0))
        relative[:, : len(used)] = loadings[:, used] / std[:, None]
        return likelihood._with_loadings(relative)

    def _with_loadings(self, loadings: np.ndarray) -> Self:
        is_leaf = lambda node: node is None  # noqa: E731
        return eqx.tree_at(lambda part: part.loadings, self, float32(loadings), is_leaf=is_leaf)

    def constant_log_probs(
        self,
        summary: Summary,
        x: np.ndarray,
        observed: np.ndarray | None = None,
        train: np.ndarray | None = None,
        exposures: tuple[np.ndarray, np.ndarray | None] | None = None,
    ) -> np.ndarray:
        """Log-density of each row under a constant mean and, if the scale is learned, the best scale, nats, (n,)."""
        if not self.location_scale.is_learned:
            independent = self.with_factors(0).with_location_scale(self.location_scale)
            return super(Normal, independent).constant_log_probs(summary, x, observed, train)
        residual = np.asarray(x, np.float64) - summary.mean
        part = self.location_scale.prepare(summary)
        if train is None:
            variance = np.square(part.max_likelihood_scale(residual, observed))
        else:  # a row that was not fitted also meets the error of the mean
            variance = np.square(part.max_likelihood_scale(np.asarray(train, np.float64) - summary.mean))
            variance *= (len(train) + 1) / max(len(train) - 1, 1)
        log_prob = -0.5 * (np.log(2 * np.pi * variance) + np.square(residual) / variance)
        return (log_prob if observed is None else np.where(observed, log_prob, 0.0)).sum(axis=1)


def _small_loadings(d: int, n_factors: int) -> np.ndarray:
    return _SMALL_LOADING * np.random.default_rng(0).normal(size=(d, n_factors))


def _check_factors(factors: int | str) -> int | str:
    if factors == "auto":
        return factors
    number = check_integer("factors", factors, 0, also="'auto'")
    if number > MOST_FACTORS:
        raise InputError(f"factors must be at most {MOST_FACTORS}; got {number}; for more, raise latent_dim")
    return number
