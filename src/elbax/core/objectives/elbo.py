"""The evidence lower bound with a weighted KL."""

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
    """The negative evidence lower bound, -E log p(x|z) + beta · KL(q(z|x) || p(z)), in nats per row.

    Attributes:
        beta: weight of the KL (arXiv 1804.03599); 1 is the bound itself, 0 an autoencoder.
        free_bits: KL below which a latent dimension is free of cost, nats, mean over the batch (arXiv 1606.04934); if
            q or p is joint, that of all dimensions together.
        warmup: fraction of the fit over which beta rises from zero; 0 for none. With "cyclic", the fraction of each of
            four cycles (arXiv 1903.10145).
        shape: one of `WARMUP_SHAPES`.
        dropout: whether networks with a dropout rate use it in training.

    Example:
        >>> ELBO().name
        'elbo'
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
        # Free bits act on the batch mean, so that a dimension is on or off for all rows.
        kl = jnp.where(forward.kl.mean(axis=0) > self.free_bits, forward.kl, self.free_bits)
        return forward.reconstruction + (self.kl_weight(forward.progress) * kl).sum(axis=1)

    @property
    def is_bound(self) -> bool:
        return float(self.beta) == 1.0

    @property
    def warmup_end(self) -> ArrayLike:
        """The end of the warm-up; of cycles, that of the last."""
        if self.shape != "cyclic":
            return self.warmup
        return jnp.where(self.warmup > 0.0, (_CYCLES - 1 + self.warmup) / _CYCLES, 0.0)

    def after_warmup(self) -> Self:
        return replace(self, warmup=0.0)

    def validation_loss(self, bound: Array, terms: Terms) -> Array:
        """The negative bound with the KL's final weight, without free bits."""
        return terms.reconstruction + float(self.beta) * terms.kl
