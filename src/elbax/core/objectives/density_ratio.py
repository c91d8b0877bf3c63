"""The total correlation of codes, estimated by a classifier."""

from typing import ClassVar

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, Float

from elbax.checks import check_widths
from elbax.core.config import number
from elbax.core.networks import MLP
from elbax.core.numerics import softplus
from elbax.core.objectives.gradients import gradient_only, stop_gradient
from elbax.core.objectives.penalized import AbstractPenalty
from elbax.core.objectives.single_sample import ForwardPass
from elbax.core.vae import VAEModule


class DensityRatio(AbstractPenalty):
    """Total correlation of the codes by a classifier, as in FactorVAE (arXiv 1802.05983), in nats.

    The classifier, trained with the model by a loss of its own, separates codes from codes whose dimensions were
    shuffled among the rows; its logit is the log ratio of the two densities.

    Attributes:
        weight: of the total correlation.
        hidden: widths of the classifier.

    Example:
        >>> DensityRatio().name
        'density_ratio'
    """

    name: ClassVar[str] = "density_ratio"
    weight: Float[Array, ""] = number("weight", "density_ratio(weight=5)", 0.0, default=5.0)
    hidden: tuple[int, ...] = eqx.field(static=True, default=(64, 64))

    def __check_init__(self):
        check_widths("hidden", self.hidden, "density_ratio(hidden=(64, 64))")

    def auxiliary(self, module: VAEModule, rng: np.random.Generator) -> MLP:
        return MLP((module.latent_dim,), (1,), hidden=self.hidden, activation="relu", rng=rng)

    def __call__(self, forward: ForwardPass) -> Float[Array, " batch"]:

        def logits(classifier, z):
            return jax.vmap(classifier)(z)[:, 0]

        z = jax.lax.stop_gradient(forward.z)
        keys = jax.random.split(forward.key, z.shape[1])
        shuffled = jax.vmap(jax.random.permutation, in_axes=(0, 1), out_axes=1)(keys, z)
        loss = softplus(-logits(forward.auxiliary, z)) + softplus(logits(forward.auxiliary, shuffled))
        return self.weight * logits(stop_gradient(forward.auxiliary), forward.z) + gradient_only(0.5 * loss)
