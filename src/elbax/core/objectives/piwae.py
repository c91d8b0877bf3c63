"""An importance-weighted bound for the decoder, and a mean of several for the encoder."""

from typing import ClassVar

import equinox as eqx
from jaxtyping import Array, Float

from elbax.checks import check_integer
from elbax.core.objectives.multi_sample import AbstractMultiSample, log_mean


class PIWAE(AbstractMultiSample):
    """The negative IWAE bound of m · k samples, in nats per row, for all but the encoder (arXiv 1802.04537).

    Encoder and posterior learn from MIWAE's bound of the same samples, since the encoder's gradient of a bound of many
    samples is mostly noise. The loss and held-out rows' bound are IWAE's. With a VampPrior, whose components are
    posteriors, the encoder learns from IWAE's bound too.

    Attributes:
        m: the encoder's bounds of each row.
        k: samples in each of them.
        gradient: "standard", "stl" or "dreg".
    """

    name: ClassVar[str] = "piwae"
    split: ClassVar[bool] = True
    m: int = eqx.field(static=True, default=8)
    k: int = eqx.field(static=True, default=8)
    gradient: str = eqx.field(static=True, default="standard")

    def __check_init__(self):
        check_integer("m", self.m, 1, "piwae(m=8, k=8)")

    @property
    def samples(self) -> int:
        return self.m * self.k

    def bound(self, log_weight: Float[Array, " mk"]) -> Float[Array, ""]:
        return log_mean(log_weight)

    def encoders_bound(self, log_weight: Float[Array, " mk"]) -> Float[Array, ""]:
        return log_mean(log_weight.reshape(self.m, self.k)).mean()
