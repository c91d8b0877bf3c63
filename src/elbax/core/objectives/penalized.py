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
    """Something that should be small for the codes of a batch, such as their distance from the prior.

    Whoever names a penalty as objective gets the ELBO, with its weights beside it, plus this.
    """

    name: ClassVar[str]
    needs_density: ClassVar[bool] = False
    # Whether latents must be independent, given a row.
    needs_factors: ClassVar[bool] = False

    @abstractmethod
    def __call__(self, forward: ForwardPass) -> Float[Array, ""] | Float[Array, " batch"]:
        """The penalty of each row, nats, or of the batch as a whole, which is added to every row."""

    def auxiliary(self, module: VAEModule, rng: np.random.Generator) -> PyTree:
        """What is trained beside the module, by the same loss: a pytree of arrays, or None."""
        return None


class Penalized(AbstractSingleSample):
    """The negative ELBO, with its weights, plus a penalty, in nats per example.

    Attributes:
        penalty: of the batch's codes.
        elbo: the rest of the loss; with beta = 0 the penalty takes the KL's place.
    """

    name: ClassVar[str] = "penalized"
    penalty: AbstractPenalty
    elbo: ELBO

    def loss(self, forward: ForwardPass) -> Float[Array, " batch"]:
        return self.elbo.loss(forward) + jnp.broadcast_to(self.penalty(forward), forward.reconstruction.shape)

    def auxiliary(self, module: VAEModule, rng: np.random.Generator) -> PyTree:
        return self.penalty.auxiliary(module, rng)

    def validation_loss(self, bound: Array, terms: Terms) -> Array:
        """That of the ELBO: a penalty belongs to a batch of training."""
        return self.elbo.validation_loss(bound, terms)

    @property
    def warmup_end(self) -> ArrayLike:
        """Where the ELBO's warm-up ends."""
        return self.elbo.warmup_end

    def after_warmup(self) -> Self:
        return Penalized(self.penalty, self.elbo.after_warmup())
