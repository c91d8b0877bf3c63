"""The evidence lower bound, and its weighted relatives."""

from dataclasses import replace
from types import MappingProxyType
from typing import ClassVar, Self

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from elbax.core.objectives.single_sample import AbstractSingleSample, ForwardPass
from elbax.types import Terms, float32

WARMUP_SHAPES = MappingProxyType(
    {
        "linear": lambda r: r,
        "cosine": lambda r: 0.5 - 0.5 * jnp.cos(jnp.pi * r),
        "cyclic": lambda r: r,
    }
)
_CYCLES = 4


class ELBO(AbstractSingleSample):
    """The negative evidence lower bound, -E log p(x|z) + beta · KL(q(z|x) || p(z)), in nats per example.

    Attributes:
        beta: weight of the KL (arXiv 1804.03599); 1 is the bound itself, 0 an autoencoder.
        free_bits: nats a latent dimension may carry, on average over the batch, without paying (arXiv 1606.04934);
            for distributions whose dimensions are not independent, nats that all may carry together.
        warmup: fraction of the fit over which beta rises from zero (for "cyclic": of each of four cycles,
            arXiv 1903.10145); 0 switches it off.
        shape: one of `WARMUP_SHAPES`.
        dropout: whether units are dropped while training, in networks that have a rate for it.
    """

    name: ClassVar[str] = "elbo"
    beta: Float[Array, ""] = eqx.field(converter=float32, default=1.0)
    free_bits: Float[Array, ""] = eqx.field(converter=float32, default=0.0)
    warmup: Float[Array, ""] = eqx.field(converter=float32, default=0.0)
    shape: str = eqx.field(static=True, default="linear")
    dropout: bool = eqx.field(static=True, default=True)

    def kl_weight(self, progress: Float[Array, ""]) -> Float[Array, ""]:
        """Weight of the KL after this fraction of the planned steps."""
        phase = (progress * _CYCLES) % 1.0 if self.shape == "cyclic" else progress
        ratio = jnp.clip(phase / jnp.maximum(self.warmup, 1e-9), 0.0, 1.0)
        return self.beta * jnp.where(self.warmup > 0.0, WARMUP_SHAPES[self.shape](ratio), 1.0)

    def loss(self, forward: ForwardPass) -> Float[Array, " batch"]:
        """Reconstruction and what the KL costs."""
        # Free bits act on the batch mean of each dimension, so that a dimension is on or off for all rows alike; where
        # the KL has one term for all of them, they act on that.
        paid = jnp.where(forward.kl.mean(axis=0) > self.free_bits, forward.kl, self.free_bits)
        return forward.reconstruction + (self.kl_weight(forward.progress) * paid).sum(axis=1)

    @property
    def warmup_end(self) -> ArrayLike:
        """Where the warm-up ends: of cycles, in the last."""
        if self.shape != "cyclic":
            return self.warmup
        return jnp.where(self.warmup > 0.0, (_CYCLES - 1 + self.warmup) / _CYCLES, 0.0)

    def after_warmup(self) -> Self:
        return replace(self, warmup=0.0)

    def validation_loss(self, bound: Array, terms: Terms) -> Array:
        """With the KL's full weight, and no free bits."""
        return terms.reconstruction + float(self.beta) * terms.kl
