"""A combination of the evidence lower bound and the importance-weighted bound."""

from typing import ClassVar

import equinox as eqx
from jaxtyping import Array, Float

from elbax.core.config import number
from elbax.core.objectives.multi_sample import AbstractMultiSample, log_mean


class CIWAE(AbstractMultiSample):
    """The negative of beta · ELBO + (1 - beta) · IWAE bound of the same k samples, in nats (arXiv 1802.04537).

    Attributes:
        beta: weight of the ELBO, from 0 to 1.
        k: samples of each row.
        gradient: "standard", "stl" or "dreg".
    """

    name: ClassVar[str] = "ciwae"
    beta: Float[Array, ""] = number("beta", "ciwae(beta=0.05, k=64)", 0.0, 1.0, default=0.05)
    k: int = eqx.field(static=True, default=64)
    gradient: str = eqx.field(static=True, default="standard")

    def bound(self, log_weight: Float[Array, " k"]) -> Float[Array, ""]:
        return self.beta * log_weight.mean() + (1.0 - self.beta) * log_mean(log_weight)
