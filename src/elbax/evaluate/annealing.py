"""AnnealedEstimate importance sampling: log p(x) along a path of densities, and its check from both ends.

A path leads from a law that is easy to draw from (the prior, or the posterior q) to the exact posterior, through
f_b(z) = r(z)^(1-b) p(x, z)^b (arXiv 1611.04273). Chains follow it by Hamiltonian Monte Carlo. Their step sizes are
found by a run of its own first, and stay as they are then: chains that adapt as they go would give no bound.
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
from elbax.evaluate.inference import decoder_size, encoder_size, simulate
from elbax.evaluate.weighted_estimate import WeightedEstimate
from elbax.types import Batch

STARTS = ("posterior", "prior")
_LEAPFROGS = 6
_ACCEPTED = 0.7
_PACE = 0.5  # how fast a step size follows the acceptance, in e-folds a transition
_FIRST_STEP = 0.5
_SCALE_DRAWS = 64
_ROWS = 64


class AnnealedEstimate(NamedTuple):
    """What chains along a path found.

    Attributes:
        estimate: log p(x) of each row, from one weight a chain.
        temperatures: b along the path, (T + 1,), from 0 to 1.
        log_weights: log-weights of the chains on arriving at each b, nats, (n, T + 1, chains).
        log_prob: log p(x|z) of the chains at each b, nats, (n, T + 1, chains).
        accepted: share of accepted moves, (n,).
    """

    estimate: WeightedEstimate
    temperatures: np.ndarray
    log_weights: np.ndarray
    log_prob: np.ndarray
    accepted: np.ndarray


@dataclass(frozen=True, eq=False)
class Bounds:
    """Bounds of log p(x) from both ends of a path, for rows that the model itself made (arXiv 1606.02275).

    Such a row's exact posterior has a known draw, the point it was made from. Chains that start there and run back to
    the path's start bound log p(x) from above, on average; chains that run forward bound it from below.

    Attributes:
        x: the rows, (n, *event).
        lower: from chains that run forward.
        upper: minus the estimate of -log p(x) by chains that run back, nats, (n,).
    """

    x: np.ndarray
    lower: WeightedEstimate
    upper: WeightedEstimate

    @property
    def gap(self) -> float:
        """How far upper and lower bound are apart, nats a row: at most so much is wrong with either."""
        return float(-self.upper.each.mean() - self.lower.each.mean())


def path_of(n: int) -> np.ndarray:
    """Temperatures from 0 to 1 in n steps, (n + 1,), closer together at both ends (arXiv 1611.04273).

    Example:
        >>> path_of(2).round(3).tolist()
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

    Latents must be real numbers that the decoder is differentiable in; the likelihood may be any.

    Args:
        module: the model.
        rows: what to score.
        chains: how many chains a row has.
        steps: how many temperatures the path has; each costs six gradients of the decoder a chain.
        start: "posterior", where the path is short, or "prior", which asks nothing of the encoder.
        seed: of the draws.
    """
    _check(module, start)
    betas = path_of(steps)
    path = _Path(module, rows, duplicate_index(rows), betas, np.asarray(start == "prior"), seed)
    found = path.follow(path.begin(chains), path.tuned(chains))
    estimate = WeightedEstimate.of(found.log_weights[:, -1])
    return AnnealedEstimate(estimate, betas, found.log_weights, found.log_prob, found.accepted)


def check_both_ways(
    module: VAEModule,
    n: int,
    *,
    chains: int = 8,
    steps: int = 100,
    start: str = "posterior",
    seed: int = 0,
    context: np.ndarray | None = None,
) -> Bounds:
    """Bound log p(x) from below and above on n rows drawn from the model (bidirectional Monte Carlo, arXiv 1606.02275).

    All chains of a row that go back start from the one point it was made from, so with few steps the upper bound's
    error, which compares chains, is too small.

    Args: as those of `anneal`; ``context`` has n entries.
    """
    _check(module, start)
    z, x = simulate(module, n, seed, context=context)
    rows, betas = Batch(x, context=context), path_of(steps)
    path = _Path(module, rows, duplicate_index(rows), betas, np.asarray(start == "prior"), seed)
    sizes = path.tuned(chains)
    forward = path.follow(path.begin(chains), sizes)
    made_from = path.begin(chains)._replace(z=np.repeat(z[:, None], chains, axis=1))
    back = path._replace(betas=betas[::-1], seed=seed + 1).follow(made_from, sizes[:, ::-1])
    lower, upper = (WeightedEstimate.of(found.log_weights[:, -1]) for found in (forward, back))
    return Bounds(x, lower, upper)


def can_anneal(module: VAEModule) -> bool:
    """Whether latents may be any real numbers, which chains can move among, and the posterior has a density."""
    return not (module.posterior.bounded or module.posterior.single)


def _check(module: VAEModule, start: str) -> None:
    if start not in STARTS:
        raise unknown_name("start of a path", start, STARTS)
    if not can_anneal(module):
        raise InputError(
            f"annealing needs latents that are real numbers and a posterior with a density; got prior "
            f"{module.prior.name!r} and posterior {module.posterior.name!r}; use importance sampling"
        )


class _ChainStart(NamedTuple):
    """Where the chains of each row start, and the spread of the law that the path starts from."""

    z: np.ndarray  # (n, chains, latent)
    unit: np.ndarray  # (n, latent)


class _Chains(NamedTuple):
    """What goes in: rows, where their chains start, and step sizes (NaN where they are to be found)."""

    rows: Batch
    before: np.ndarray  # (n,), equal rows before each
    begun: _ChainStart
    sizes: np.ndarray  # (n, T + 1)


class _ChainEnd(NamedTuple):
    """What comes out, each (n, T + 1, chains) but for the last two."""

    log_weights: np.ndarray
    log_prob: np.ndarray
    sizes: np.ndarray  # (n, T + 1)
    accepted: np.ndarray  # (n,)


class _Path(NamedTuple):
    """Rows and the path that their chains follow."""

    module: VAEModule
    rows: Batch
    before: np.ndarray  # (n,), equal rows before each
    betas: np.ndarray
    from_prior: np.ndarray
    seed: int

    def begin(self, chains: int, seed: int = 0) -> _ChainStart:
        """Draws from the law that the path starts from."""
        word = _word(self.seed, 1 + seed)
        return map_batches(
            lambda block: _draws(self.module, block, word, self.from_prior, chains),
            (self.rows, self.before),
            self._width(chains),
            _ROWS,
        )

    def tuned(self, chains: int) -> np.ndarray:
        """Step sizes of each row along the path, (n, T + 1), by chains that are not used again."""
        unknown = np.full((len(self.rows.x), len(self.betas)), np.nan, np.float32)
        return self.follow(self.begin(chains, 1), unknown, 1).sizes

    def follow(self, begun: _ChainStart, sizes: np.ndarray, seed: int = 0) -> _ChainEnd:
        """Follow the path from these points."""
        word, betas = _word(self.seed, 3 + seed), np.ascontiguousarray(self.betas)
        chains = begun.z.shape[1]
        return map_batches(
            lambda block: _follow(self.module, block, betas, word, self.from_prior),
            _Chains(self.rows, self.before, begun, sizes),
            max(self._width(chains), 2 * chains * len(betas)),
            _ROWS,
        )

    def _width(self, chains: int) -> int:
        # The gradient keeps what every layer made.
        context = self.rows.context
        return max(encoder_size(self.module, self.rows), 3 * chains * decoder_size(self.module, context))


def _word(seed: int, purpose: int) -> np.ndarray:
    """A seed of its own for each purpose."""
    return np.asarray((seed * 8 + purpose) % 2**32, np.uint32)


def _start(module: VAEModule, encoded, from_prior, use):
    """What ``use`` makes of the law that a path starts from, of one row; both starts share one program."""
    return jax.lax.cond(
        from_prior,
        lambda e: use(module.prior_distribution()),
        lambda e: use(module.posterior.distribution(e)),
        encoded,
    )


@eqx.filter_jit
def _draws(module, block, seed, from_prior, n: int):
    rows, before = block

    def one(row, key):
        encoded = module.encode(row)
        z = _start(module, encoded, from_prior, lambda law: law.sample(key, (n + _SCALE_DRAWS,)))
        return _ChainStart(z[:n], z[n:].std(axis=0))

    return jax.vmap(one)(rows, hashed_row_keys(seed, rows, before))


class _HMCState(NamedTuple):
    """Points, the log-densities there of the path's two ends, and their gradients; all chains along one axis."""

    z: jax.Array  # (m, latent)
    base: jax.Array  # (m,)
    joint: jax.Array
    log_prob: jax.Array
    base_slope: jax.Array  # (m, latent)
    joint_slope: jax.Array

    def log_density(self, beta):
        return self.base + beta * (self.joint - self.base)

    def slope(self, beta):
        return self.base_slope + beta * (self.joint_slope - self.base_slope)


@eqx.filter_jit
def _follow(module, block: _Chains, betas, seed, from_prior) -> _ChainEnd:
    rows, (n, chains, _) = block.rows, block.begun.z.shape
    keys = hashed_row_keys(seed, rows, block.before)
    encoded = jax.vmap(module.encode)(rows)
    look = _densities(module, encoded, rows, from_prior, chains)
    unit = jnp.repeat(block.begun.unit, chains, axis=0)  # (m, latent)

    def step(carry, inputs):
        at, log_weight, log_size = carry
        i, before, beta, given = inputs
        log_weight = log_weight + (beta - before) * (at.joint - at.base)
        log_size = jnp.where(jnp.isnan(given), log_size, jnp.log(given))
        step_keys = jax.vmap(jax.random.fold_in, (0, None))(keys, i)
        at, accepted = _move(look, at, beta, jnp.repeat(jnp.exp(log_size), chains), unit, step_keys)
        accepted = accepted.reshape(n, chains).mean(axis=1)
        seen = (log_weight, at.log_prob, jnp.exp(log_size), accepted)
        return (at, log_weight, log_size + _PACE * (accepted - _ACCEPTED)), seen

    at = look(block.begun.z.reshape(n * chains, -1))
    first = jnp.full(n, jnp.log(_FIRST_STEP))
    numbers = jnp.arange(1, len(betas), dtype=jnp.uint32)
    inputs = (numbers, betas[:-1], betas[1:], block.sizes[:, 1:].T)
    _, (log_weights, log_prob, sizes, accepted) = jax.lax.scan(step, (at, 0 * at.base, first), inputs)
    log_weights, log_prob = (
        jnp.concatenate([start[None], rest]).reshape(len(betas), n, chains).swapaxes(0, 1)
        for start, rest in ((0 * at.base, log_weights), (at.log_prob, log_prob))
    )
    sizes = jnp.concatenate([sizes[:1], sizes]).T
    return _ChainEnd(log_weights, log_prob, sizes, accepted.mean(axis=0))


def _densities(module, encoded, rows, from_prior, chains: int):
    """A function that looks at points of all chains of all rows, (m, latent)."""
    prior = module.prior_distribution()
    encoded, rows = jax.tree.map(lambda column: jnp.repeat(column, chains, axis=0), (encoded, rows))

    def joint(z, row):
        log_prob = module.log_prob(module.decode(z, row.context), row.x, row.observed)
        return log_density(prior, z) + log_prob, log_prob

    def one(z, encoded, row):
        base, base_slope = _start(
            module, encoded, from_prior, lambda law: jax.value_and_grad(lambda z: log_density(law, z))(z)
        )
        (value, log_prob), slope = jax.value_and_grad(joint, has_aux=True)(z, row)
        return _HMCState(z, base, value, log_prob, base_slope, slope)

    return lambda z: jax.vmap(one)(z, encoded, rows)


def _move(look, at: _HMCState, beta, size, unit, keys):
    """One Hamiltonian transition of every chain: where it is then, and the probability it was accepted with.

    Step sizes vary by a factor of up to 1.6 at random, so that no chain can orbit a normal and come back to its start.
    """
    m, latent = at.z.shape
    # One draw for everything, for each draw is a program of its own to compile.
    shape, least = (m // len(keys), latent + 2), jnp.finfo(jnp.float32).tiny
    u = jax.vmap(lambda key: jax.random.uniform(key, shape, minval=least))(keys).reshape(m, -1)
    momentum, jitter, u = jax.scipy.special.ndtri(u[:, 2:]), jnp.exp(u[:, 0] - 0.5), u[:, 1]
    stride = (size * jitter)[:, None] * unit

    def leap(_, carry):
        to, p = carry
        p = p + 0.5 * stride * to.slope(beta)
        to = look(to.z + stride * p)
        return to, p + 0.5 * stride * to.slope(beta)

    to, p = jax.lax.fori_loop(0, _LEAPFROGS, leap, (at, momentum))
    gain = to.log_density(beta) - at.log_density(beta) + 0.5 * (momentum**2 - p**2).sum(axis=1)
    chance = jnp.where(jnp.isnan(gain), 0.0, jnp.exp(jnp.minimum(gain, 0.0)))
    taken = u < chance
    chosen = jax.tree.map(
        lambda new, old: jnp.where(taken.reshape(-1, *[1] * (new.ndim - 1)), new, old), to, at
    )
    return chosen, chance
