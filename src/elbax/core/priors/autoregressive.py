"""The autoregressive prior."""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
from jaxtyping import Array, Float
from scipy.stats import norm

from elbax.checks import check_integer, check_widths
from elbax.core.config import learned
from elbax.core.distributions import AutoregressiveMixture
from elbax.core.flows import masked
from elbax.core.parts import ModelSpec
from elbax.core.priors.base import AbstractPrior
from elbax.types import float32


class Autoregressive(AbstractPrior):
    """Each dimension is a mixture of normals that a masked network makes from those before it (arXiv 1306.0186).

    A density takes one pass through the network, a draw one for each dimension.

    Attributes:
        components: number of normals of each dimension.
        hidden: widths of the network's layers.
        network: maps standardized latents to logits, means and log scales, before masking.
        center, log_scale: of the latents, (latent,).

    Example:
        >>> Autoregressive(components=5).hidden
        (48,)
    """

    name: ClassVar[str] = "autoregressive"
    components: int = eqx.field(static=True, default=10)
    hidden: tuple[int, ...] = eqx.field(static=True, default=(48,))
    network: eqx.Module | None = learned()
    center: Float[Array, " latent"] | None = learned()
    log_scale: Float[Array, " latent"] | None = learned()

    def __check_init__(self):
        check_integer("components", self.components, 1, "autoregressive(components=10)")
        check_widths("hidden", self.hidden, "autoregressive(hidden=(48,))")

    def prepare(self, spec: ModelSpec) -> "Autoregressive":
        """A copy that is close to a standard normal: equal weights, and means at quantiles that add to its variance."""
        d, k = spec.latent_dim, self.components
        network = spec.network((d,), (d, k, 3), self.hidden)
        quantiles = norm.ppf((np.arange(k) + 0.5) / k)
        bias = np.zeros((d, k, 3))
        bias[:, :, 1] = 0.7 * quantiles
        bias[:, :, 2] = 0.5 * np.log(1 - np.square(0.7 * quantiles).mean())
        small = 0.01 * np.asarray(spec.rng.normal(size=network.head.weight.shape))
        network = eqx.tree_at(
            lambda net: (net.head.weight, net.head.bias), network, (float32(small), float32(bias.ravel()))
        )
        zeros = float32(np.zeros(d))
        return Autoregressive(k, self.hidden, network, zeros, zeros)

    def distribution(self, module) -> dist.Distribution:
        assert self.center is not None and self.log_scale is not None  # made by `prepare`
        center, log_scale = self.center, self.log_scale
        scale, network = jnp.exp(log_scale), masked(self.network, tuple(range(module.latent_dim)))

        def of(z: Float[Array, " latent"]) -> Float[Array, "latent k 3"]:
            logits, means, log_scales = jnp.moveaxis(network((z - center) / scale), -1, 0)
            means = center[:, None] + scale[:, None] * means
            return jnp.stack([logits, means, log_scales + log_scale[:, None]], axis=-1)

        return AutoregressiveMixture(of, module.latent_dim)

    def start_from(self, z: np.ndarray, seed: int) -> "Autoregressive":
        """A copy that is close to the normals with the points' moments."""
        moments = (float32(z.mean(axis=0)), float32(np.log(z.std(axis=0) + 1e-6)))
        return eqx.tree_at(lambda prior: (prior.center, prior.log_scale), self, moments)
