"""Rényi's variational bound."""

from typing import ClassVar

import equinox as eqx
from jaxtyping import Array, Float

from elbax.checks import check_number
from elbax.core.objectives.multi_sample import AbstractMultiSample, log_mean


class Renyi(AbstractMultiSample):
    """The negative of Rényi's bound, 1/(1 - alpha) · log (1/k) Σ w_i^(1 - alpha), in nats per row.

    It falls with alpha (arXiv 1602.02311): at 0 it is IWAE's bound, at 1 the ELBO with k samples; beyond 1 the samples
    with the least weights dominate.

    Attributes:
        alpha: at least 0, since other values give no lower bound.
        k, gradient: see `AbstractMultiSample`.

    Example:
        >>> Renyi().name
        'renyi'
    """

    name: ClassVar[str] = "renyi"
    alpha: float = eqx.field(static=True, default=0.5)
    k: int = eqx.field(static=True, default=5)
    gradient: str = eqx.field(static=True, default="standard")

    def __check_init__(self):
        check_number("alpha", self.alpha, "renyi(alpha=0.5, k=5)", 0.0)

    def bound(self, log_weight: Float[Array, " k"]) -> Float[Array, ""]:
        mean = log_weight.mean()
        if self.alpha == 1.0:
            return mean
        power = 1.0 - self.alpha
        return mean + log_mean(power * (log_weight - mean)) / power  # small powers of large numbers lose digits
