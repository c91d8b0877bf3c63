"""Annealed importance sampling of log p(x), and bidirectional Monte Carlo to check it (arXiv 1611.04273).

Chains move through f_b(z) = f_0(z)^(1-b) p(x, z)^b, b from 0 to 1, by Hamiltonian Monte Carlo; f_0 is the prior or q.
Their step sizes are tuned by other chains beforehand and then fixed, since chains that adapt give no bound.
"""

from dataclasses import dataclass
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from elbax.core.distributions import log_density
from elbax.core.vae import VAEModule
from elbax.errors import InputError, unknown_name
from elbax.evaluate.batching import duplicate_index, hashed_row_keys, map_batches
from elbax.evaluate.estimate import WeightedEstimate
from elbax.evaluate.inference import decoder_size, encoder_size, simulate
from elbax.types import Batch

STARTS = ("posterior", "prior")
_LEAPFROG_STEPS = 6
_TARGET_ACCEPTANCE = 0.7
_ADAPTATION_RATE = 0.5  # change of the log step size per transition and unit of acceptance error
_INITIAL_STEP_SIZE = 0.5
_SCALE_DRAWS = 64
_ROWS = 64


class AnnealedEstimate(NamedTuple):
    """Result of annealed importance sampling with T temperature steps.

    Attributes:
        estimate: log p(x) of each row, from one weight per chain.
        inverse_temperatures: b, from 0 to 1, (T + 1,).
        log_weights: log importance weights of the chains at each b, nats, (n, T + 1, chains).
        log_prob: log p(x|z) of the chains at each b, nats, (n, T + 1, chains).
        acceptance_rate: mean acceptance probability of each row's transitions, (n,).
    """

    estimate: WeightedEstimate
    inverse_temperatures: np.ndarray
    log_weights: np.ndarray
    log_prob: np.ndarray
    acceptance_rate: np.ndarray


@dataclass(frozen=True, eq=False)
class BidirectionalBounds:
    """Lower and upper bounds of log p(x) for rows drawn from the model (arXiv 1606.02275).

    The latent point that generated a row is an exact draw from the row's posterior. Chains that start there and run
    backward bound log p(x) from above on average; chains that run forward bound it from below.

    Attributes:
        x: the rows, (n, *event).
        lower: estimates of log p(x) by forward chains.
        upper: estimates of -log p(x) by backward chains.
    """

    x: np.ndarray
    lower: WeightedEstimate
    upper: WeightedEstimate


def sigmoid_schedule(n: int) -> np.ndarray:
    """Inverse temperatures from 0 to 1 in n steps, (n + 1,), denser at both ends (arXiv 1611.04273).

    Example:
        >>> sigmoid_schedule(2).round(3).tolist()
        [0.0, 0.5, 1.0]
    """
    s = 1 / (1 + np.exp(-4 * np.linspace(-1, 1, n + 1)))
    return ((s - s[0]) / (s[-1] - s[0])).astype(np.float32)


def anneal(
    module: VAEModule,
    rows: Batch,
    *,
    chains: int = 8,
    steps: int = 100,
    start: str = "posterior",
    seed: int = 0,
) -> AnnealedEstimate:
    """Estimate log p(x) by annealed importance sampling, nats (arXiv 1611.04273).

    Latents must be real numbers, and the decoder differentiable in them. Any likelihood works.

    Args:
        module: the model.
        rows: rows to score.
        chains: chains per row.
        steps: temperature steps; each takes six gradients of the decoder per chain.
        start: initial distribution: "posterior", which is closer, or "prior", which does not depend on the encoder.
        seed: seed of the draws.

    Raises:
        InputError: ``start`` is unknown, or `can_anneal` is False.
    """
    sampler = _Sampler.of(module, rows, steps, start, seed)
    trajectory = sampler.run(sampler.draw(chains), sampler.tune(chains))
    log_weights, log_prob, _, acceptance_rate = trajectory
    estimate = WeightedEstimate.of(log_weights[:, -1])
    return AnnealedEstimate(estimate, sampler.schedule, log_weights, log_prob, acceptance_rate)


def bidirectional_monte_carlo(
    module: VAEModule,
    n: int,
    *,
    chains: int = 8,
    steps: int = 100,
    start: str = "posterior",
    seed: int = 0,
    context: np.ndarray | None = None,
) -> BidirectionalBounds:
    """Bound log p(x) from below and above on n rows drawn from the model (arXiv 1606.02275).

    All backward chains of a row start at one point. With few steps they stay correlated, and the error of the upper
    bound, which compares chains, is too small.

    Args: those of `anneal`; ``context`` has n entries.
    """
    _check(module, start)
    z, x = simulate(module, n, seed, context=context)
    sampler = _Sampler.of(module, Batch(x, context=context), steps, start, seed)
    step_sizes, initial = sampler.tune(chains), sampler.draw(chains)
    forward = sampler.run(initial, step_sizes)
    exact_draws = initial._replace(position=np.repeat(z[:, None], chains, axis=1))
    reverse = sampler._replace(schedule=sampler.schedule[::-1], seed=seed + 1)
    backward = reverse.run(exact_draws, step_sizes[:, ::-1])
    lower, upper = (WeightedEstimate.of(run.log_weights[:, -1]) for run in (forward, backward))
    return BidirectionalBounds(x, lower, upper)


def can_anneal(module: VAEModule) -> bool:
    """Whether latents are unbounded real numbers and the posterior has a density."""
    return not (module.posterior.bounded or module.posterior.single)


def _check(module: VAEModule, start: str) -> None:
    if start not in STARTS:
        raise unknown_name("start of annealing", start, STARTS)
    if not can_anneal(module):
        raise InputError(
            f"annealing needs latents that are real numbers and a posterior with a density; got prior "
            f"{module.prior.name!r} and posterior {module.posterior.name!r}; use importance sampling"
        )


class _InitialDraws(NamedTuple):
    position: np.ndarray  # (n, chains, latent)
    scale: np.ndarray  # standard deviation of the initial distribution, (n, latent)


class _Trajectory(NamedTuple):
    log_weights: np.ndarray  # (n, T + 1, chains)
    log_prob: np.ndarray  # (n, T + 1, chains)
    step_sizes: np.ndarray  # (n, T + 1)
    acceptance_rate: np.ndarray  # (n,)


class _Sampler(NamedTuple):
    module: VAEModule
    rows: Batch
    duplicates: np.ndarray
    schedule: np.ndarray
    from_prior: np.ndarray
    seed: int

    @classmethod
    def of(cls, module: VAEModule, rows: Batch, steps: int, start: str, seed: int) -> "_Sampler":
        _check(module, start)
        from_prior = np.asarray(start == "prior")
        return cls(module, rows, duplicate_index(rows), sigmoid_schedule(steps), from_prior, seed)

    def draw(self, chains: int, stream: int = 0) -> _InitialDraws:
        seed = _stream_seed(self.seed, 1 + stream)
        return map_batches(
            lambda block: _initial_draws(self.module, block, seed, self.from_prior, chains),
            (self.rows, self.duplicates),
            self._width(chains),
            _ROWS,
        )

    def tune(self, chains: int) -> np.ndarray:
        """Tune each row's step sizes, (n, T + 1), with chains that are then discarded."""
        not_fixed = np.full((len(self.rows.x), len(self.schedule)), np.nan, np.float32)
        return self.run(self.draw(chains, 1), not_fixed, 1).step_sizes

    def run(self, initial: _InitialDraws, step_sizes: np.ndarray, stream: int = 0) -> _Trajectory:
        """Run chains from these draws through the schedule; step sizes that are NaN are tuned."""
        seed, schedule = _stream_seed(self.seed, 3 + stream), np.ascontiguousarray(self.schedule)
        chains = initial.position.shape[1]
        return map_batches(
            lambda block: _run(self.module, block, schedule, seed, self.from_prior),
            (self.rows, self.duplicates, initial, step_sizes),
            max(self._width(chains), 2 * chains * len(schedule)),
            _ROWS,
        )

    def _width(self, chains: int) -> int:
        # Gradients keep the activations of every layer.
        context = self.rows.context
        return max(encoder_size(self.module, self.rows), 3 * chains * decoder_size(self.module, context))


def _stream_seed(seed: int, stream: int) -> np.ndarray:
    return np.asarray((seed * 8 + stream) % 2**32, np.uint32)


def _with_initial_distribution(module: VAEModule, encoded, from_prior, function):
    """Call ``function`` with one row's initial distribution; both starts share one program."""
    return jax.lax.cond(
        from_prior,
        lambda e: function(module.prior_distribution()),
        lambda e: function(module.posterior.distribution(e)),
        encoded,
    )


@eqx.filter_jit
def _initial_draws(module, block, seed, from_prior, n: int):
    rows, duplicates = block

    def one(row, key):
        encoded = module.encode(row)
        z = _with_initial_distribution(module, encoded, from_prior, lambda d: d.sample(key, (n + _SCALE_DRAWS,)))
        return _InitialDraws(z[:n], z[n:].std(axis=0))

    return jax.vmap(one)(rows, hashed_row_keys(seed, rows, duplicates))


class _HMCState(NamedTuple):
    """Positions of m chains, with the log-densities and gradients of both ends of the schedule."""

    position: jax.Array  # (m, latent)
    initial_logdensity: jax.Array  # (m,), log f_0(z)
    joint_logdensity: jax.Array  # (m,), log p(x, z)
    log_prob: jax.Array  # (m,), log p(x|z)
    initial_logdensity_grad: jax.Array  # (m, latent)
    joint_logdensity_grad: jax.Array  # (m, latent)

    @property
    def log_ratio(self):
        return self.joint_logdensity - self.initial_logdensity

    def logdensity(self, inverse_temperature):
        return self.initial_logdensity + inverse_temperature * self.log_ratio

    def logdensity_grad(self, inverse_temperature):
        difference = self.joint_logdensity_grad - self.initial_logdensity_grad
        return self.initial_logdensity_grad + inverse_temperature * difference


@eqx.filter_jit
def _run(module, block, schedule, seed, from_prior) -> _Trajectory:
    rows, duplicates, initial, fixed_step_sizes = block
    n, chains, _ = initial.position.shape
    keys = hashed_row_keys(seed, rows, duplicates)
    init = _state_function(module, jax.vmap(module.encode)(rows), rows, from_prior, chains)
    scale = jnp.repeat(initial.scale, chains, axis=0)  # (m, latent)

    def step(carry, inputs):
        state, log_weight, log_step_size = carry
        i, previous, inverse_temperature, fixed = inputs
        log_weight = log_weight + (inverse_temperature - previous) * state.log_ratio
        log_step_size = jnp.where(jnp.isnan(fixed), log_step_size, jnp.log(fixed))
        step_size, step_keys = jnp.exp(log_step_size), jax.vmap(jax.random.fold_in, (0, None))(keys, i)
        state, acceptance = _transition(
            init, state, inverse_temperature, jnp.repeat(step_size, chains), scale, step_keys
        )
        acceptance = acceptance.reshape(n, chains).mean(axis=1)
        adapted = log_step_size + _ADAPTATION_RATE * (acceptance - _TARGET_ACCEPTANCE)
        return (state, log_weight, adapted), (log_weight, state.log_prob, step_size, acceptance)

    state = init(initial.position.reshape(n * chains, -1))
    zeros = 0 * state.initial_logdensity
    numbers = jnp.arange(1, len(schedule), dtype=jnp.uint32)
    inputs = (numbers, schedule[:-1], schedule[1:], fixed_step_sizes[:, 1:].T)
    carry = (state, zeros, jnp.full(n, jnp.log(_INITIAL_STEP_SIZE)))
    _, (log_weights, log_prob, step_sizes, acceptance) = jax.lax.scan(step, carry, inputs)
    log_weights, log_prob = (
        jnp.concatenate([first[None], rest]).reshape(len(schedule), n, chains).swapaxes(0, 1)
        for first, rest in ((zeros, log_weights), (state.log_prob, log_prob))
    )
    step_sizes = jnp.concatenate([step_sizes[:1], step_sizes]).T
    return _Trajectory(log_weights, log_prob, step_sizes, acceptance.mean(axis=0))


def _state_function(module, encoded, rows, from_prior, chains: int):
    """Make a function from the positions of all chains of all rows, (m, latent), to their `_HMCState`."""
    prior = module.prior_distribution()
    encoded, rows = jax.tree.map(lambda column: jnp.repeat(column, chains, axis=0), (encoded, rows))

    def joint(z, row):
        log_prob = module.log_prob(module.decode(z, row.context), row.x, row.observed)
        return log_density(prior, z) + log_prob, log_prob

    def one(z, encoded, row):
        initial, initial_grad = _with_initial_distribution(
            module, encoded, from_prior, lambda d: jax.value_and_grad(lambda z: log_density(d, z))(z)
        )
        (value, log_prob), grad = jax.value_and_grad(joint, has_aux=True)(z, row)
        return _HMCState(z, initial, value, log_prob, initial_grad, grad)

    return lambda position: jax.vmap(one)(position, encoded, rows)


def _transition(init, state: _HMCState, inverse_temperature, step_size, scale, keys):
    """Move every chain by one Hamiltonian transition; step sizes are jittered, so that no chain orbits a normal."""
    m, latent = state.position.shape
    # One draw of uniforms for everything, since each draw is a program of its own to compile.
    shape, least = (m // len(keys), latent + 2), jnp.finfo(jnp.float32).tiny
    u = jax.vmap(lambda key: jax.random.uniform(key, shape, minval=least))(keys).reshape(m, -1)
    momentum, jitter, u = jax.scipy.special.ndtri(u[:, 2:]), jnp.exp(u[:, 0] - 0.5), u[:, 1]
    step = (step_size * jitter)[:, None] * scale

    def leapfrog(_, carry):
        state, momentum = carry
        momentum = momentum + 0.5 * step * state.logdensity_grad(inverse_temperature)
        state = init(state.position + step * momentum)
        return state, momentum + 0.5 * step * state.logdensity_grad(inverse_temperature)

    proposal, final_momentum = jax.lax.fori_loop(0, _LEAPFROG_STEPS, leapfrog, (state, momentum))
    energy_drop = proposal.logdensity(inverse_temperature) - state.logdensity(inverse_temperature)
    energy_drop = energy_drop + 0.5 * (momentum**2 - final_momentum**2).sum(axis=1)
    probability = jnp.where(jnp.isnan(energy_drop), 0.0, jnp.exp(jnp.minimum(energy_drop, 0.0)))
    accept = u < probability
    state = jax.tree.map(
        lambda new, old: jnp.where(accept.reshape(-1, *[1] * (new.ndim - 1)), new, old), proposal, state
    )
    return state, probability
