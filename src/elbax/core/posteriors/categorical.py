"""The categorical posterior."""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpyro.distributions as dist
from jaxtyping import Array, Float

from elbax.checks import check_integer
from elbax.core.distributions import OneHot
from elbax.core.posteriors.base import AbstractPosterior
from elbax.errors import InputError


class Categorical(AbstractPosterior):
    """q(z|x): a class for each group of latents, one-hot, with Gumbel-softmax gradients (arXiv 1611.01144).

    Attributes:
        classes: number of classes of each group; latent_dim is a multiple of it.
        temperature: of the Gumbel-softmax gradients.

    Example:
        >>> Categorical(classes=2).distribution(jnp.array([[3.0], [0.0]])).center
        Array([1., 0.], dtype=float32)
    """

    name: ClassVar[str] = "categorical"
    can_pretrain: ClassVar[bool] = False
    bounded: ClassVar[bool] = True
    classes: int = eqx.field(static=True, default=10)
    temperature: float = eqx.field(static=True, default=1.0)

    def __check_init__(self):
        check_integer("classes", self.classes, 2, "categorical(classes=10)")
        if not isinstance(self.temperature, int | float) or not 0 < self.temperature < float("inf"):
            raise InputError(f"temperature must be a number above 0; got {self.temperature!r}")

    def encoder_shape(self, latent_dim: int) -> tuple[int, int]:
        if latent_dim % self.classes:
            raise InputError(
                f"latent_dim must be a multiple of the {self.classes} classes of a group, such as {self.classes}; got "
                f"{latent_dim}"
            )
        return latent_dim, 1

    def distribution(self, outputs: Float[Array, "latent 1"]) -> dist.Distribution:
        return OneHot(outputs.reshape(-1, self.classes), self.temperature)

    def uniform(self, latent_dim: int) -> dist.Distribution:
        return OneHot(jnp.zeros((latent_dim // self.classes, self.classes)))
