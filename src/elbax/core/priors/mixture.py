"""The mixture-of-normals prior."""

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
        components: number of components.
        logits: log weights (components,), up to a constant.
        means, log_scales: (components, latent).

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
        """A copy with equal weights, means from N(0, I), and scales of one."""
        shape = (self.components, spec.latent_dim)
        arrays = np.zeros(self.components), spec.rng.normal(size=shape), np.zeros(shape)
        return Mixture(self.components, *map(float32, arrays))

    def distribution(self, module) -> dist.Distribution:
        """The mixture; scales are at least exp(-15)."""

        def component(parameters):
            mean, log_scale = parameters
            return dist.Normal(mean, jnp.exp(jnp.clip(log_scale, -15.0, 15.0)))

        return distributions.Mixture(component, (self.means, self.log_scales), self.logits, module.latent_dim)

    def start_from(self, z: np.ndarray, seed: int) -> "Mixture":
        """A copy fitted to the points by expectation-maximization, with at most n components."""
        k = min(self.components, len(z))
        model = GaussianMixture(k, covariance_type="diag", random_state=seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # training continues from the result
            model.fit(z.astype(np.float64))
        arrays = np.log(model.weights_), model.means_, 0.5 * np.log(model.covariances_)
        return Mixture(k, *map(float32, arrays))
