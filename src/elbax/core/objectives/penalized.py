"""The ELBO plus a penalty on the codes of a batch."""

from abc import abstractmethod
from typing import ClassVar, Self

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float, PyTree

from elbax.core.objectives.elbo import ELBO
from elbax.core.objectives.single_sample import AbstractSingleSample, ForwardPass
from elbax.core.vae import VAEModule
from elbax.types import Terms


class AbstractPenalty(eqx.Module):
    """A quantity of a batch's codes to be kept small; as objective it is added to the ELBO, which keeps its weights."""

    name: ClassVar[str]
    needs_density: ClassVar[bool] = False
    needs_factors: ClassVar[bool] = False  # the posterior must be factorized

    @abstractmethod
    def __call__(self, forward: ForwardPass) -> Float[Array, ""] | Float[Array, " batch"]:
        """The penalty of each row, or of the whole batch, which is added to every row; nats."""

    def auxiliary(self, module: VAEModule, rng: np.random.Generator) -> PyTree:
        """Auxiliary parameters, as in `AbstractObjective`."""
        return None


class Penalized(AbstractSingleSample):
    """The negative ELBO, with its weights, plus a penalty, in nats per row; with beta = 0 it takes the KL's place."""

    name: ClassVar[str] = "penalized"
    penalty: AbstractPenalty
    elbo: ELBO

    def loss(self, forward: ForwardPass) -> Float[Array, " batch"]:
        return self.elbo.loss(forward) + jnp.broadcast_to(self.penalty(forward), forward.reconstruction.shape)

    def auxiliary(self, module: VAEModule, rng: np.random.Generator) -> PyTree:
        return self.penalty.auxiliary(module, rng)

    def validation_loss(self, bound: Array, terms: Terms) -> Array:
        """The ELBO's: penalties belong to training batches."""
        return self.elbo.validation_loss(bound, terms)

    @property
    def warmup_end(self) -> ArrayLike:
        return self.elbo.warmup_end

    def after_warmup(self) -> Self:
        return Penalized(self.penalty, self.elbo.after_warmup())
