"""The prior of some dimensions."""

from dataclasses import replace
from typing import ClassVar

import equinox as eqx
import numpy as np
import numpyro.distributions as dist

from elbax.core import distributions
from elbax.core.parts import ModelSpec
from elbax.core.priors.base import AbstractPrior
from elbax.errors import InputError


class Partial(AbstractPrior):
    """A prior of the active dimensions; the others are standard normal, as where the encoder leaves them unused.

    A prior that is fitted to draws of unused dimensions can only lose density there.

    Attributes:
        prior: of the active dimensions.
        active: their positions, ascending.

    Example:
        >>> from elbax.core.priors import Mixture
        >>> Partial(Mixture(components=3), active=(0, 4)).active
        (0, 4)
    """

    name: ClassVar[str] = "partial"
    prior: AbstractPrior
    active: tuple[int, ...] = eqx.field(static=True)

    def __check_init__(self):
        if not isinstance(self.prior, AbstractPrior) or self.prior.sizes or self.prior.bounded:
            raise InputError(
                "partial needs a prior that is a part, has one layer and no bounds, as in "
                "Partial(Mixture(components=3), active=(0, 4))"
            )
        if not self.active or list(self.active) != sorted({int(j) for j in self.active if j >= 0}):
            raise InputError(f"active must be the positions of some dimensions, ascending; got {self.active!r}")

    def prepare(self, spec: ModelSpec) -> "Partial":
        if self.active[-1] >= spec.latent_dim:
            raise InputError(f"active={self.active} has a position beyond the {spec.latent_dim} latents")
        return replace(self, prior=self.prior.prepare(spec._replace(latent_dim=len(self.active))))

    def distribution(self, module) -> dist.Distribution:
        base = self.prior.distribution(replace(module, latent_dim=len(self.active)))
        return distributions.Partial(base, self.active, module.latent_dim)

    def start_from(self, z: np.ndarray, seed: int) -> "Partial":
        """A copy whose prior starts from the points' active dimensions."""
        return replace(self, prior=self.prior.start_from(z[:, list(self.active)], seed))
