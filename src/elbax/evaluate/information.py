"""What the latents of a data set say of its rows: mutual information, and the aggregate posterior."""

from dataclasses import dataclass

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from elbax.core.distributions import log_density
from elbax.core.vae import VAEModule
from elbax.evaluate.batching import hashed_row_keys, map_batches, number, row_numbers
from elbax.evaluate.estimate import Estimate
from elbax.evaluate.inference import encoder_size
from elbax.types import Batch


@dataclass(frozen=True)
class Information:
    """How the KL of the ELBO divides: E KL(q(z|x) || p(z)) = I(x; z) + KL(q(z) || p(z)).

    The aggregate posterior q(z) of the population is known through n rows only. With a row's own posterior among
    those of the n the mutual information comes out too low, and never above log n; without, too high: bounds on
    average (arXiv 1905.06922). Those of KL(q(z) || p(z)) are what is left of the KL.

    Attributes:
        kl: mean of log q(z|x) - log p(z) over rows and posterior draws, nats.
        lower: lower bound of I(x; z), nats.
        upper: upper bound of I(x; z), nats; the KL where that is less.
        n: number of rows that stand for the data.
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
        """Whether the lower bound is as high as it can get with so many rows, and so says little."""
        return self.lower.mean > 0.9 * float(np.log(self.n))


def information(module: VAEModule, rows: Batch, seed: int = 0) -> Information:
    """Measure how much latents tell about these rows, nats.

    One draw from each row's posterior is compared with the posteriors of all n: n² densities.
    """
    encoded = np.asarray(map_batches(lambda block: _encoded(module, block), rows, encoder_size(module, rows)))
    seed_array, n = np.asarray(seed, np.uint32), len(rows.x)
    words = row_numbers(n)  # each row's own noise
    terms = np.asarray(
        map_batches(lambda block: _terms(module, block, encoded, seed_array), (encoded, words), encoded.size)
    )
    own, others, prior = (terms[:, i].astype(np.float64) for i in range(3))
    whole = np.logaddexp(own, others) - np.log(n)
    kl, lower = Estimate.of(own - prior), Estimate.of(own - whole)
    without_own = own - (others - np.log(n - 1))
    # I(x; z) is a part of the KL; where no other row has a point's code, the bound without its own is infinite.
    upper = Estimate.of(without_own) if without_own.mean() < kl.mean else kl
    return Information(kl, lower, max(lower, upper, key=lambda bound: bound.mean), n)


@eqx.filter_jit
def _encoded(module, rows):
    return jax.vmap(module.encode)(rows)


@eqx.filter_jit
def _terms(module, block, encoded, seed):
    """Log q(z|x), log Σ q(z|x') over all other rows x', and log p(z), (rows, 3)."""
    prior = module.prior_distribution()
    n_rows = jnp.arange(len(encoded))

    def one(own, word, key):
        z = module.posterior.distribution(own).sample(key)
        each = jax.vmap(lambda e: log_density(module.posterior.distribution(e), z))(encoded)  # (n,)
        others = jax.nn.logsumexp(jnp.where(n_rows == number(word), -jnp.inf, each))
        return jnp.stack([log_density(module.posterior.distribution(own), z), others, log_density(prior, z)])

    return jax.vmap(one)(*block, hashed_row_keys(seed, block))
