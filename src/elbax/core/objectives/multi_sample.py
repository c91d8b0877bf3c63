"""Objectives that weigh several posterior samples of each row."""

from abc import abstractmethod
from functools import partial
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from elbax.checks import check_choice, check_integer
from elbax.core.distributions import log_ratio
from elbax.core.objectives.base import (
    AbstractObjective,
    ObjectiveValue,
    with_pretraining,
)
from elbax.core.objectives.elbo import ELBO
from elbax.core.objectives.gradients import (
    GRADIENTS,
    doubly_reparameterized,
    gradient_only,
    scaled_gradient,
    stop_gradient,
)
from elbax.core.objectives.importance_weights import Draws, decoded, draw, log_weights
from elbax.core.vae import VAEModule
from elbax.core.xla.prng import row_keys
from elbax.types import Terms


class AbstractMultiSample(AbstractObjective):
    """The negative of a bound on log p(x) made from the log weights log p(x, z_i) - log q(z_i|x) of k samples.

    Its terms are the ELBO's, averaged over the same samples, so the loss is below their sum. The bound of held-out rows
    is the objective's own.

    Attributes:
        gradient: the encoder's gradient estimator, one of `GRADIENTS`. "stl" (arXiv 1703.09194) leaves out the score of
            q: less noise near the optimum, but biased for more than one weighted sample. "dreg" (arXiv 1810.04152)
            corrects that bias. Both, and PIWAE always, invert a flow posterior: slow for an autoregressive one.
        k: samples of each row, or of each of its bounds.
    """

    split: ClassVar[bool] = False  # the encoder has a bound of its own
    gradient: eqx.AbstractVar[str]
    k: eqx.AbstractVar[int]
    m = 1  # bounds of each row; not annotated, since subclasses may have a field of this name

    def __check_init__(self):
        check_integer("m", self.m, 1, f"{self.name}(m=8, k=8)")
        check_integer("k", self.k, 1, f"{self.name}(k=5)")
        check_choice("gradient", self.gradient, GRADIENTS)

    @property
    def is_bound(self) -> bool:
        return True

    @property
    def samples(self) -> int:
        """The number of samples of each row."""
        return self.m * self.k

    @abstractmethod
    def bound(self, log_weight: Float[Array, " k"]) -> Float[Array, ""]:
        """The bound on log p(x) from one row's log weights, nats."""

    def encoders_bound(self, log_weight: Float[Array, " k"]) -> Float[Array, ""]:
        """The bound that trains the encoder, nats."""
        return self.bound(log_weight)

    def __call__(self, module, batch, key, progress, auxiliary=None) -> ObjectiveValue:
        n = len(batch.x)
        row_key = row_keys(key, n)
        batch = jax.vmap(module.hide_cells)(batch, row_key)
        draws = draw(module, batch, row_key, self.samples)
        keys = row_keys(jax.random.fold_in(key, 0), n * self.samples).reshape(n, self.samples)
        log_prob, bound = self._bounds(module, draws, partial(decoded, batch=batch, keys=keys))
        reconstruction = -log_prob.mean(axis=1)
        loss = with_pretraining(batch, -bound, reconstruction + draws.neg_log_q)
        return ObjectiveValue(loss, Terms(reconstruction, draws.kl))

    def _bounds(self, module: VAEModule, draws: Draws, decoded):
        """Log p(x|z), (batch, k), and the bound, (batch,), with the gradient of the estimator."""
        z, encoded, posterior = draws.z, draws.encoded, module.posterior
        if self.gradient == "standard" and not self.split:
            log_prob = decoded(module, z=z)
            return log_prob, jax.vmap(self.bound)(log_prob + draws.log_ratio)

        def weigh(module, posterior, z, encoded):
            prior = module.prior_distribution()
            ratio = jax.vmap(lambda e, z: log_ratio(prior, posterior.distribution(e), z).sum(axis=-1))
            log_prob = decoded(module, z=z)
            return log_prob, log_prob + ratio(encoded, z)

        if self.gradient != "standard":
            encoded, posterior = stop_gradient((encoded, posterior))
        if self.gradient == "dreg":
            # The same values follow below with other derivatives; the compiler merges the computations.
            _, log_weight = weigh(*stop_gradient((module, posterior, z, encoded)))
            factor = jax.vmap(partial(doubly_reparameterized, self.encoders_bound))(log_weight)
            z = scaled_gradient(z, jnp.broadcast_to(factor[..., None], z.shape))
        if not self.split:
            log_prob, log_weight = weigh(module, posterior, z, encoded)
            return log_prob, jax.vmap(self.bound)(log_weight)
        log_prob, log_weight = weigh(module, *stop_gradient((posterior, z, encoded)))
        encoders_bound = jax.vmap(self.encoders_bound)(weigh(stop_gradient(module), posterior, z, encoded)[1])
        return log_prob, jax.vmap(self.bound)(log_weight) + gradient_only(encoders_bound)

    def held_out(self, module, batch, keys) -> tuple[Array, Terms]:
        log_weight = log_weights(module, batch, keys, self.samples)
        return jax.vmap(self.bound)(log_weight), ELBO.bound(module, batch, keys)


def log_mean(log_weight: Float[Array, "*n k"]) -> Float[Array, "*n"]:
    """The logarithm of the mean weight, over the last axis."""
    return jax.nn.logsumexp(log_weight, axis=-1) - jnp.log(log_weight.shape[-1])
