"""Controlled probes: what changes when one thing is changed."""

from dataclasses import replace
from math import ceil

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax

from elbax import evaluate
from elbax.core.objectives import ELBO, divergence
from elbax.doctor.case import Case
from elbax.train.engine import train
from elbax.types import Batch

__all__ = ["amortization_gap", "continued_gain"]

_PROBED_ROWS = 128
_STEPS = 300
_DRAWS = 8
_SHARE, _LEAST_STEPS = 0.3, 1000


def continued_gain(
    case: Case, *, beta: float | None = None, dropout: bool = True, seconds: float = 10.0
) -> float:
    """Nats of ELBO per training row gained by training on for up to 30% of the plan, from the plan's step size to 0.

    Args:
        case: what to train on.
        beta: another weight of the KL.
        dropout: whether dropout stays on, where the networks have it.
        seconds: about how long it may take.
    """
    settings = case.settings
    steps_per_epoch = ceil(len(case.rows.x) / case.plan.batch_size)
    affordable = int(seconds / (_seconds_per_row(case) * len(case.rows.x)))
    epochs = max(1, min(ceil(_SHARE * case.plan.epochs) + _LEAST_STEPS // steps_per_epoch, affordable))
    recipe = replace(case.plan.recipe, schedule="cosine", patience=None)
    plan = replace(case.plan, recipe=recipe, epochs=epochs, head_start=0, seed=case.plan.seed ^ 1)
    weight = settings["beta"] if beta is None else beta
    objective = ELBO(weight, settings["free_bits"], dropout=dropout)
    after = train(case.module, objective, case.rows._replace(latent=None), plan).module
    rows = case.some(2000)
    before_elbo, after_elbo = (
        evaluate.elbo(module, rows.x, 0, rows.context).elbo for module in (case.module, after)
    )
    return float((after_elbo - before_elbo).mean())


def amortization_gap(case: Case, *, seconds: float = 10.0) -> float:
    """Nats per row that the encoder loses against posteriors optimised for each row (arXiv 1801.03558).

    Zero for posteriors other than the diagonal normal.

    Args:
        case: whose encoder.
        seconds: about how long it may take; it decides how many rows are looked at, 8 to 128.
    """
    if case.settings["posterior"] != "diagonal_normal":
        return 0.0
    affordable = seconds / (_seconds_per_row(case) * _STEPS * _DRAWS)
    gaps = _gap(case.module, case.some(int(np.clip(affordable, 8, _PROBED_ROWS))), np.uint32(0))
    return float(np.mean(gaps))


def _seconds_per_row(case: Case) -> float:
    """What one row cost in one epoch of the fit, without compilation where the history tells it apart."""
    seconds = case.history["seconds"].to_numpy()
    late = seconds[-1] - seconds[0] if len(seconds) > 1 and seconds[-1] > seconds[0] else seconds[-1]
    return max(late, 1e-3) / (max(1, len(seconds) - 1) * len(case.rows.x))


@eqx.filter_jit
def _gap(module, rows: Batch, seed):
    encoded = jax.vmap(module.encode)(rows.x, rows.context)  # (rows, latent, 2)
    prior = module.prior_distribution()
    keys = jax.random.split(jax.random.key(seed), len(rows.x))

    def bound(encoded, row, key):
        q = module.posterior.distribution(encoded)

        def draw(key):
            z = q.sample(key)
            log_prob = module.likelihood.log_prob(module.decode(z, row.context), row.x)
            return log_prob - divergence(q, prior, z).sum()

        return jax.vmap(draw)(jax.random.split(key, _DRAWS)).mean()

    def total(encoded, keys):
        return -jax.vmap(bound)(encoded, rows, keys).sum()

    optimizer = optax.adam(optax.cosine_decay_schedule(0.03, _STEPS))

    def step(i, carry):
        encoded, state = carry
        noise = jax.vmap(jax.random.fold_in, (0, None))(keys, i)
        updates, state = optimizer.update(jax.grad(total)(encoded, noise), state)
        return optax.apply_updates(encoded, updates), state

    best, _ = jax.lax.fori_loop(0, _STEPS, step, (encoded, optimizer.init(encoded)))
    fresh = [jax.vmap(jax.random.fold_in, (0, None))(keys, _STEPS + i) for i in range(8)]
    before, after = (
        jnp.mean(jnp.stack([jax.vmap(bound)(e, rows, k) for k in fresh]), 0) for e in (encoded, best)
    )
    return after - before
