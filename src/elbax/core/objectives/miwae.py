"""Combinations of importance-weighted bounds (arXiv 1802.04537)."""

from typing import ClassVar

import equinox as eqx
from jaxtyping import Array, Float

from elbax.core.config import number
from elbax.core.objectives.multi_sample import AbstractMultiSample, log_mean


class MIWAE(AbstractMultiSample):
    """The negative mean of m importance-weighted bounds of k samples each, in nats per row (arXiv 1802.04537).

    With k = 1 it is the ELBO with m samples, with m = 1 IWAE's bound.

    Attributes:
        m: bounds of each row.
        k: samples in each bound.
        gradient: "standard", "stl" or "dreg".

    Example:
        >>> MIWAE(m=8, k=8).samples
        64
    """

    name: ClassVar[str] = "miwae"
    m: int = eqx.field(static=True, default=8)
    k: int = eqx.field(static=True, default=8)
    gradient: str = eqx.field(static=True, default="standard")

    def bound(self, log_weight: Float[Array, " mk"]) -> Float[Array, ""]:
        return log_mean(log_weight.reshape(self.m, self.k)).mean()


class PIWAE(AbstractMultiSample):
    """The negative IWAE bound of m · k samples, in nats per row; MIWAE's for the encoder (arXiv 1802.04537).

    Encoder and posterior learn from MIWAE's bound of the same samples, since the encoder's gradient of a bound of many
    samples is mostly noise. The loss and held-out rows' bound are IWAE's. With a VampPrior, whose components are
    posteriors, the encoder learns from IWAE's bound too.

    Attributes:
        m: the encoder's bounds of each row.
        k: samples in each of them.
        gradient: "standard", "stl" or "dreg".

    Example:
        >>> PIWAE().name
        'piwae'
    """

    name: ClassVar[str] = "piwae"
    split: ClassVar[bool] = True
    m: int = eqx.field(static=True, default=8)
    k: int = eqx.field(static=True, default=8)
    gradient: str = eqx.field(static=True, default="standard")

    def bound(self, log_weight: Float[Array, " mk"]) -> Float[Array, ""]:
        return log_mean(log_weight)

    def encoders_bound(self, log_weight: Float[Array, " mk"]) -> Float[Array, ""]:
        return log_mean(log_weight.reshape(self.m, self.k)).mean()


class CIWAE(AbstractMultiSample):
    """The negative of beta · ELBO + (1 - beta) · IWAE bound of the same k samples, in nats (arXiv 1802.04537).

    Attributes:
        beta: weight of the ELBO, from 0 to 1.
        k, gradient: see `AbstractMultiSample`.

    Example:
        >>> CIWAE().name
        'ciwae'
    """

    name: ClassVar[str] = "ciwae"
    beta: Float[Array, ""] = number("beta", "ciwae(beta=0.05, k=64)", 0.0, 1.0, default=0.05)
    k: int = eqx.field(static=True, default=64)
    gradient: str = eqx.field(static=True, default="standard")

    def bound(self, log_weight: Float[Array, " k"]) -> Float[Array, ""]:
        return self.beta * log_weight.mean() + (1.0 - self.beta) * log_mean(log_weight)
