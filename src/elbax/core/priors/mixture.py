"""A mixture of normals."""

import warnings
from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
from jaxtyping import Array, Float
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from elbax.checks import check_integer
from elbax.core import distributions
from elbax.core.config import learned
from elbax.core.parts import ModelSpec
from elbax.core.priors.base import AbstractPrior
from elbax.types import float32


class Mixture(AbstractPrior):
    """p(z) = Σₖ wₖ N(meanₖ, diag(scaleₖ²)), all learned.

    Attributes:
        components: their number.
        logits: log weights (components,), up to a constant.
        means: (components, latent).
        log_scales: (components, latent).

    Example:
        >>> from elbax.core.config import to_config
        >>> to_config(Mixture(components=3))
        {'name': 'mixture', 'components': 3}
    """

    name: ClassVar[str] = "mixture"
    components: int = eqx.field(static=True, default=10)
    logits: Float[Array, " components"] | None = learned()
    means: Float[Array, "components latent"] | None = learned()
    log_scales: Float[Array, "components latent"] | None = learned()

    def __check_init__(self):
        check_integer("components", self.components, 1, "mixture(components=10)")

    def prepare(self, spec: ModelSpec) -> "Mixture":
        """Equal weights; means drawn from a standard normal, whose spread each component has too."""
        means = spec.rng.normal(size=(self.components, spec.latent_dim))
        return Mixture(
            self.components,
            float32(np.zeros(self.components)),
            float32(means),
            float32(np.zeros(means.shape)),
        )

    def distribution(self, module) -> dist.Distribution:
        """The mixture; scales are at least exp(-15)."""

        def component(parameters):
            mean, log_scale = parameters
            return dist.Normal(mean, jnp.exp(jnp.clip(log_scale, -15.0, 15.0)))

        return distributions.Mixture(component, (self.means, self.log_scales), self.logits, module.latent_dim)

    def started(self, z: np.ndarray, seed: int) -> "Mixture":
        """A copy fitted to latent points (n, latent) by expectation-maximization, with n components at most."""
        k = min(self.components, len(z))
        model = GaussianMixture(k, covariance_type="diag", random_state=seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # training goes on from there
            found = model.fit(z.astype(np.float64))
        log_scales = 0.5 * np.log(found.covariances_)
        return Mixture(k, float32(np.log(found.weights_)), float32(found.means_), float32(log_scales))
