"""A combination of the evidence lower bound and the importance-weighted bound."""

from typing import ClassVar

import equinox as eqx
from jaxtyping import Array, Float

from elbax.checks import check_integer, check_number
from elbax.core.objectives.multi_sample import AbstractMultiSample, log_mean
from elbax.types import float32


class CIWAE(AbstractMultiSample):
    """The negative of beta · ELBO + (1 - beta) · IWAE bound of the same k samples, in nats (arXiv 1802.04537).

    Attributes:
        beta: weight of the ELBO, from 0 to 1.
        k: samples of each row.
        gradient: "standard", "stl" or "dreg".
    """

    name: ClassVar[str] = "ciwae"
    beta: Float[Array, ""] = eqx.field(converter=float32, default=0.05)
    k: int = eqx.field(static=True, default=64)
    gradient: str = eqx.field(static=True, default="standard")

    def __init__(self, beta: float = 0.05, k: int = 64, gradient: str = "standard"):
        check_number("beta", beta, "ciwae(beta=0.05, k=64)", 0.0, 1.0)
        check_integer("k", k, 1, "ciwae(beta=0.05, k=64)")
        self.beta, self.k, self.gradient = beta, k, gradient

    @property
    def samples(self) -> int:
        return self.k

    def bound(self, log_weight: Float[Array, " k"]) -> Float[Array, ""]:
        return self.beta * log_weight.mean() + (1.0 - self.beta) * log_mean(log_weight)
