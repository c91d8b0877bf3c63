"""Mutual information of rows and latents, and the KL of the aggregate posterior."""

from dataclasses import dataclass

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from elbax.core.distributions import log_density
from elbax.core.vae import VAEModule
from elbax.core.xla.row_counts import padded_size, repeat_rows
from elbax.evaluate.batching import hashed_row_keys, join_digits, map_batches, row_numbers
from elbax.evaluate.estimate import Estimate
from elbax.evaluate.inference import encoder_size
from elbax.types import Batch


@dataclass(frozen=True)
class Information:
    """The two parts of the ELBO's KL: E KL(q(z|x) || p(z)) = I(x; z) + KL(q(z) || p(z)).

    The aggregate posterior q(z) is estimated from n rows. Including a row's own posterior biases I(x; z) downward, and
    never above log n; leaving it out biases upward (arXiv 1905.06922). Bounds of KL(q(z) || p(z)) are the differences
    from the KL.

    Attributes:
        kl: mean of log q(z|x) - log p(z) over rows and posterior draws, nats.
        lower: lower bound of I(x; z), nats.
        upper: upper bound of I(x; z), nats; at most the KL.
        n: number of rows.
    """

    kl: Estimate
    lower: Estimate
    upper: Estimate
    n: int

    @property
    def aggregate_kl(self) -> tuple[float, float]:
        """Lower and upper bound of KL(q(z) || p(z)), nats; not below zero."""
        return max(0.0, self.kl.mean - self.upper.mean), max(0.0, self.kl.mean - self.lower.mean)

    @property
    def saturated(self) -> bool:
        """Whether the lower bound is near log n, its largest possible value."""
        return self.lower.mean > 0.9 * float(np.log(self.n))


def information(module: VAEModule, rows: Batch, seed: int = 0) -> Information:
    """Measure I(x; z), nats, by the n² densities of one draw from each row's posterior under all rows' posteriors."""
    encoded = np.asarray(map_batches(lambda block: _encoded(module, block), rows, encoder_size(module, rows)))
    seed_array, n = np.asarray(seed, np.uint32), len(rows.x)
    numbered, others = (encoded, row_numbers(n)), (repeat_rows(encoded, padded_size(n)), np.asarray(n, np.int32))
    terms = np.asarray(map_batches(lambda block: _terms(module, block, *others, seed_array), numbered, others[0].size))
    own, others, prior = terms.astype(np.float64).T
    aggregate = np.logaddexp(own, others) - np.log(n)
    kl, lower = Estimate.of(own - prior), Estimate.of(own - aggregate)
    without_own = own - (others - np.log(n - 1))
    # I(x; z) is at most the KL. The bound without the own row is infinite where no other row has a point's code.
    upper = Estimate.of(without_own) if without_own.mean() < kl.mean else kl
    return Information(kl, lower, max(lower, upper, key=lambda bound: bound.mean), n)


@eqx.filter_jit
def _encoded(module, rows):
    return jax.vmap(module.encode)(rows)


@eqx.filter_jit
def _terms(module, block, encoded, n, seed):
    """Log q(z|x), log Σ q(z|x') over all other rows x', and log p(z), (rows, 3)."""
    prior = module.prior_distribution()
    numbers = jnp.arange(len(encoded))

    def one(own, digits, key):
        posterior = module.posterior.distribution(own)
        z = posterior.sample(key)
        log_probs = jax.vmap(lambda e: log_density(module.posterior.distribution(e), z))(encoded)  # (n,)
        other = (numbers != join_digits(digits)) & (numbers < n)
        others = jax.nn.logsumexp(jnp.where(other, log_probs, -jnp.inf))
        return jnp.stack([log_density(posterior, z), others, log_density(prior, z)])

    return jax.vmap(one)(*block, hashed_row_keys(seed, block))
