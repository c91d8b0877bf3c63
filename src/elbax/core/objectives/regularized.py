"""Weight decay on codes and decoder."""

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from elbax.core.config import number
from elbax.core.objectives.penalized import AbstractPenalty
from elbax.core.objectives.single_sample import ForwardPass

_EXAMPLE = "regularized(codes=1, decoder=1e-3)"


class Regularized(AbstractPenalty):
    """Half the squared norms of the codes and of the decoder's weights: the RAE-L2 of arXiv 1903.12436.

    Use it with posterior="point", which has no KL.

    Attributes:
        codes: weight of |z|² / 2.
        decoder: weight of |decoder's weights|² / 2.

    Example:
        >>> Regularized().name
        'regularized'
    """

    name: ClassVar[str] = "regularized"
    codes: Float[Array, ""] = number("codes", _EXAMPLE, 0.0, default=1.0)
    decoder: Float[Array, ""] = number("decoder", _EXAMPLE, 0.0, default=1e-3)

    def __call__(self, forward: ForwardPass) -> Float[Array, " batch"]:
        weights = jax.tree.leaves(eqx.filter(forward.module.decoder, eqx.is_inexact_array))
        decoder = sum(jnp.square(leaf).sum() for leaf in weights)
        return 0.5 * (self.codes * jnp.square(forward.z).sum(axis=1) + self.decoder * decoder)
