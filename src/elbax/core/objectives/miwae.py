"""The mean of several importance-weighted bounds."""

from typing import ClassVar

import equinox as eqx
from jaxtyping import Array, Float

from elbax.checks import check_integer
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

    def __check_init__(self):
        check_integer("m", self.m, 1, "miwae(m=8, k=8)")

    @property
    def samples(self) -> int:
        return self.m * self.k

    def bound(self, log_weight: Float[Array, " mk"]) -> Float[Array, ""]:
        return log_mean(log_weight.reshape(self.m, self.k)).mean()
