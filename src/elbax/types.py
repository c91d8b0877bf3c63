"""Array aliases and the small records that every layer shares."""

from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Array, ArrayLike, Float


class Batch(NamedTuple):
    """Rows to train on or to score, and what goes with each; a leaf that is None leaves no trace in any program.

    Attributes:
        x: the rows, (batch, *event), always finite. A cell that was not observed holds some value that has a density.
        observed: which cells of x are data, (batch, *event), boolean or 0 and 1; None where all are. Log-densities are
            those of the observed cells.
        context: known beside each row, encoded as numbers (batch, *shape); None for a model without context.
        target_codes: latent points that both networks learn in pretraining, (batch, latent); NaN where a draw from the
            posterior is wanted, None where every row wants one.
    """

    x: Array
    observed: Array | None = None
    context: Float[Array, "batch ..."] | None = None
    target_codes: Float[Array, "batch latent"] | None = None


def float32(x: ArrayLike) -> Array:
    """Put numbers on the device as they are: unlike ``jnp.asarray`` and ``jnp.full``, this compiles no program."""
    return jax.device_put(np.asarray(x, np.float32))


class Summary(NamedTuple):
    """What parts may know about the data before training starts; every array has the event's shape.

    Attributes:
        mean: mean of each feature.
        std: standard deviation of each feature.
        minimum: smallest value of each feature.
        maximum: largest value of each feature.
        center: what to subtract from a feature before a network sees it.
        unit: what to divide a feature by, always positive. Images share one unit; columns have their own.
        spacing: the smallest step between two values of a feature: what they were rounded to, if they were.
    """

    mean: np.ndarray
    std: np.ndarray
    minimum: np.ndarray
    maximum: np.ndarray
    center: np.ndarray
    unit: np.ndarray
    spacing: np.ndarray

    @property
    def flat(self) -> "Summary":
        """The same with one axis, as likelihoods take it."""
        return Summary(*(np.ravel(array) for array in self))

    def of(self, columns) -> "Summary":
        """What is known of some columns of a table."""
        return Summary(*(array[np.asarray(columns)] for array in self))


class Terms(NamedTuple):
    """Parts of the objective, per example, in nats.

    Attributes:
        reconstruction: -log p(x|z), one value per example.
        kl: KL(q(z|x) || p(z)), one value per example.
    """

    reconstruction: Float[Array, " batch"]
    kl: Float[Array, " batch"]

    @property
    def elbo(self) -> Float[Array, " batch"]:
        """The evidence lower bound: -(reconstruction + kl)."""
        return -(self.reconstruction + self.kl)
