"""The interface of objectives."""

from abc import abstractmethod
from typing import ClassVar, NamedTuple, Self

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float, PRNGKeyArray, PyTree

from elbax.core.vae import VAEModule
from elbax.types import Batch, Terms


class ObjectiveValue(NamedTuple):
    """The loss to minimize and the terms of the ELBO, one value per row, in nats."""

    loss: Float[Array, " batch"]
    terms: Terms


class AbstractObjective(eqx.Module):
    """A loss for a batch of rows; its terms are the ELBO's, so that histories of all objectives can be compared."""

    name: ClassVar[str]
    needs_density: ClassVar[bool] = True  # the posterior must have a density
    bounds_rows: ClassVar[bool] = True  # its terms are those of a bound on log p(x)

    @abstractmethod
    def __call__(
        self,
        module: VAEModule,
        batch: Batch,
        key: PRNGKeyArray,
        progress: Float[Array, ""],
        auxiliary: PyTree = None,
    ) -> ObjectiveValue:
        """Compute the loss of a batch.

        ``progress`` is the fraction of planned steps done, negative in pretraining. Rows with target codes have another
        loss: -log p(x|z) of the decoder at the code, and -log q(z|x) of the encoder for the code. The argument
        ``auxiliary`` holds the parameters that `auxiliary` made, as trained so far.
        """

    @abstractmethod
    def held_out(self, module: VAEModule, batch: Batch, keys: PRNGKeyArray) -> tuple[Float[Array, " batch"], Terms]:
        """A lower bound on log p(x), by which the best weights are chosen, and the ELBO's terms; without dropout."""

    def validation_loss(self, bound: Array, terms: Terms) -> Array:
        """The loss of held-out rows in a history, from their mean bound and terms, in NumPy."""
        return -bound

    def auxiliary(self, module: VAEModule, rng: np.random.Generator) -> PyTree:
        """Auxiliary parameters, trained with the module by the same loss: a pytree of arrays, or None."""
        return None

    @property
    def is_bound(self) -> bool:
        """Whether the trained loss is the bound of `held_out`, so that a better bound is a better fit."""
        return False

    @property
    def warmup_end(self) -> ArrayLike:
        """The fraction of the fit after which the objective no longer changes; patience counts from there."""
        return 0.0

    def after_warmup(self) -> Self:
        """The objective as it is after its warm-up, to train on with."""
        return self


def with_pretraining(
    batch: Batch, loss: Float[Array, " batch"], pretraining_loss: Float[Array, " batch"]
) -> Float[Array, " batch"]:
    """The pretraining loss for rows with target codes, the loss for all others."""
    if batch.target_codes is None:
        return loss
    return jnp.where(jnp.isnan(batch.target_codes).any(axis=1), loss, pretraining_loss)
