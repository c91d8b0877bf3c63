"""Maximum mean discrepancy between codes and the prior."""

from collections.abc import Callable
from types import MappingProxyType
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from elbax.checks import check_choice
from elbax.core.config import number
from elbax.core.objectives.penalized import AbstractPenalty
from elbax.core.objectives.single_sample import ForwardPass

_WIDTHS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


def _inverse_multiquadric(distance: Array, dim: int) -> Array:
    """The sum over widths around 2d, the mean squared distance of two draws from N(0, I)."""
    widths = [2.0 * dim * width for width in _WIDTHS]
    return sum(width / (width + distance) for width in widths)


def _gaussian(distance: Array, dim: int) -> Array:
    return jnp.exp(-0.5 * distance / dim)


KERNELS = MappingProxyType({"imq": _inverse_multiquadric, "gaussian": _gaussian})  # of squared distances and dim


class MMD(AbstractPenalty):
    """Maximum mean discrepancy between codes and draws from the prior: Wasserstein and Info-VAE.

    With beta = 0 this is the WAE-MMD (arXiv 1711.01558); with beta = 1 - alpha and weight = alpha + lambda - 1, the
    InfoVAE (arXiv 1706.02262). The estimate has no bias, so it may be negative.

    Attributes:
        weight: of the squared discrepancy.
        kernel: one of `KERNELS`.

    Example:
        >>> MMD().name
        'mmd'
    """

    name: ClassVar[str] = "mmd"
    weight: Float[Array, ""] = number("weight", "mmd(weight=10, kernel=imq)", 0.0, default=10.0)
    kernel: str = eqx.field(static=True, default="imq")

    def __check_init__(self):
        check_choice("kernel", self.kernel, KERNELS)

    def __call__(self, forward: ForwardPass) -> Float[Array, ""]:
        prior = forward.module.prior_distribution().sample(forward.key, (len(forward.z),))
        dim = forward.z.shape[1]
        return self.weight * squared_discrepancy(forward.z, prior, lambda d: KERNELS[self.kernel](d, dim))


def squared_discrepancy(
    a: Float[Array, "n d"], b: Float[Array, "n d"], kernel: Callable[[Array], Array]
) -> Float[Array, ""]:
    """The unbiased squared MMD of two samples of equal size; the kernel takes squared distances."""

    def similarity(x, y):
        return kernel(jax.vmap(lambda p: jnp.square(y - p).sum(axis=1))(x))  # (n, n)

    n = len(a)
    different = 1.0 - jnp.eye(n)
    within = ((similarity(a, a) + similarity(b, b)) * different).sum() / max(1, n * (n - 1))
    return within - 2.0 * similarity(a, b).mean()
