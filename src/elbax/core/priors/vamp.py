"""The VampPrior."""

from typing import ClassVar

import equinox as eqx
import jax
import numpy as np
import numpyro.distributions as dist
from jaxtyping import Array, Float

from elbax.checks import check_integer
from elbax.core.config import learned
from elbax.core.distributions import Mixture
from elbax.core.parts import ModelSpec
from elbax.core.priors.base import AbstractPrior
from elbax.types import Batch, float32


class Vamp(AbstractPrior):
    """VampPrior: p(z) = (1/K) Σₖ q(z|uₖ), where the pseudo-inputs uₖ are learned (arXiv 1705.07120).

    Attributes:
        components: number of components K.
        inputs: pseudo-inputs in the units networks see, (components, *event).

    Example:
        >>> Vamp().components
        500
    """

    name: ClassVar[str] = "vamp"
    supports_context: ClassVar[bool] = False
    pseudo_inputs: ClassVar[bool] = True
    components: int = eqx.field(static=True, default=500)
    inputs: Float[Array, "components ..."] | None = learned()

    def __check_init__(self):
        check_integer("components", self.components, 1, "vamp(components=500)")

    def prepare(self, spec: ModelSpec) -> "Vamp":
        """A copy with pseudo-inputs from normals with the data's moments, clipped to the data's range."""
        s = spec.summary
        inputs = s.mean + s.std * spec.rng.normal(size=(self.components, *s.mean.shape))
        return Vamp(self.components, float32((np.clip(inputs, s.minimum, s.maximum) - s.center) / s.unit))

    def distribution(self, module) -> dist.Distribution:
        encoded = jax.vmap(module.encode)(Batch(module.center.tree + module.unit.tree * self.inputs))
        distribution = module.posterior.distribution
        return Mixture(distribution, encoded, np.zeros(self.components, np.float32), module.latent_dim)
