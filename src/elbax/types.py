"""Records that every layer shares."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Array, ArrayLike, Float


class Batch(NamedTuple):
    """Rows to train on or to score; a field that is None leaves no trace in a compiled program.

    Attributes:
        x: the rows, (batch, *event), always finite. Unobserved cells hold any value that has a density.
        observed: the mask of cells that are data, (batch, *event), boolean or 0 and 1; None if all are. Log-densities
            are those of observed cells.
        context: encoded context, (batch, *shape); None for a model without context.
        target_codes: latent points for pretraining, (batch, latent). NaN means a draw from the posterior, as does
            None for all rows.
        weight: weights of the rows in means, (batch,), of mean one over all rows of a fit; None if they are equal.
    """

    x: Array
    observed: Array | None = None
    context: Float[Array, "batch ..."] | None = None
    target_codes: Float[Array, "batch latent"] | None = None
    weight: Float[Array, " batch"] | None = None


def float32(x: ArrayLike) -> Array:
    """Put numbers on the device; unlike ``jnp.asarray`` and ``jnp.full``, this compiles no program."""
    return jax.device_put(np.asarray(x, np.float32))


class Summary(NamedTuple):
    """Statistics of the training data; every array has the event's shape."""

    mean: np.ndarray
    std: np.ndarray
    minimum: np.ndarray
    maximum: np.ndarray
    center: np.ndarray  # subtracted from a feature before a network sees it
    unit: np.ndarray  # a feature's divisor, always positive; pixels of a channel share one, columns have their own
    spacing: np.ndarray  # the smallest step between two values of a feature, such as the unit of rounding
    channels: int = 1  # features k, k + channels, … of the flat row are one channel of an image or series of a window

    @property
    def flat(self) -> "Summary":
        """The summary with one axis, for likelihoods."""
        return self._map(np.ravel, self.channels)

    def of(self, columns) -> "Summary":
        """The summary of some columns of a table."""
        return self._map(lambda array: array[np.asarray(columns)], 1)

    def _map(self, function: Callable[[np.ndarray], np.ndarray], channels: int) -> "Summary":
        return Summary(*(function(array) for array in self[:-1]), channels=channels)


class Terms(NamedTuple):
    """Terms of the ELBO per example, nats."""

    reconstruction: Float[Array, " batch"]  # -log p(x|z)
    kl: Float[Array, " batch"]  # KL(q(z|x) || p(z))

    @property
    def elbo(self) -> Float[Array, " batch"]:
        """The evidence lower bound: -(reconstruction + kl)."""
        return -(self.reconstruction + self.kl)
