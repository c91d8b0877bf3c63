"""What every objective promises to the training engine."""

from abc import abstractmethod
from typing import ClassVar, NamedTuple, Self

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float, PRNGKeyArray, PyTree

from elbax.core.vae import VAEModule
from elbax.types import Batch, Terms


class ObjectiveValue(NamedTuple):
    """What an objective returns: the loss to minimize and its named terms, one value per example, in nats."""

    loss: Float[Array, " batch"]
    terms: Terms


class AbstractObjective(eqx.Module):
    """A loss for a batch of rows.

    Whatever the loss, its terms are those of the evidence lower bound, so that histories of fits with different
    objectives compare.
    """

    name: ClassVar[str]
    # Whether the posterior needs a density.
    needs_density: ClassVar[bool] = True

    @abstractmethod
    def __call__(
        self,
        module: VAEModule,
        batch: Batch,
        key: PRNGKeyArray,
        progress: Float[Array, ""],
        auxiliary: PyTree = None,
    ) -> ObjectiveValue:
        """Score a batch.

        While ``progress`` (the fraction of the planned steps that is done) is negative, rows with a given latent
        point teach both networks apart: the decoder is scored at that point, and the encoder by how likely it makes it.
        ``auxiliary`` is what `auxiliary` made, as far as it has been trained.
        """

    @abstractmethod
    def held_out(
        self, module: VAEModule, batch: Batch, keys: PRNGKeyArray
    ) -> tuple[Float[Array, " batch"], Terms]:
        """A lower bound on log p(x), by which the best weights are chosen, and the ELBO's terms; without dropout."""

    def validation_loss(self, bound: Array, terms: Terms) -> Array:
        """What a history shows as the loss of held-out rows whose mean bound and terms these are, in NumPy."""
        return -bound

    def auxiliary(self, module: VAEModule, rng: np.random.Generator) -> PyTree:
        """What is trained beside the module, by the same loss: a pytree of arrays, or None."""
        return None

    @property
    def warmup_end(self) -> ArrayLike:
        """The fraction of the fit after which the objective stays as it is; patience counts from there on."""
        return 0.0

    def after_warmup(self) -> Self:
        """The objective as it is then, for those who train on."""
        return self


def with_pretraining(
    batch: Batch, loss: Float[Array, " batch"], teaching: Float[Array, " batch"]
) -> Float[Array, " batch"]:
    """The loss, or for rows with a given latent point what teaches both networks that point."""
    if batch.target_codes is None:
        return loss
    return jnp.where(jnp.isnan(batch.target_codes).any(axis=1), loss, teaching)


def without_target_codes(batch: Batch, progress: Float[Array, ""]) -> Batch:
    """The batch with its given latent points blotted out once the pretraining is over."""
    if batch.target_codes is None:
        return batch
    return batch._replace(target_codes=jnp.where(progress < 0, batch.target_codes, jnp.nan))
