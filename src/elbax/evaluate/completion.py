"""Filling gaps, and rows under conditions: draws of some cells given others, weighted over latents."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from scipy.special import logsumexp

from elbax.core.distributions import log_density, log_ratio, sample_with_density
from elbax.core.events import Event
from elbax.core.vae import VAEModule
from elbax.errors import InputError
from elbax.evaluate.batching import SCORING_BATCH, map_batches, row_numbers
from elbax.evaluate.inference import decoder_size
from elbax.types import Batch

DRAWS = 128  # weighted draws of each row
_CHUNK = 1024  # rows whose draws are in memory at a time
_FEWEST, _MOST = 2**12, 2**17  # latent points that conditions are tried at
_PER_ROW = 8  # of them for each row that is asked for
_ROUNDS, _ENOUGH = 4, 0.2  # further rounds at most, for rows whose effective size is a smaller share of the draws
_GUIDES = 64  # encoded rows that guide a further round
_FROM_PRIOR = 0.2  # share of a further round's latent points that come from the prior


class Completions(NamedTuple):
    """Weighted draws of incomplete rows: together they are draws of p(unobserved | observed).

    Attributes:
        x: the rows, complete, (n, draws, *event).
        weights: of each row's draws, (n, draws); they add up to one.
        log_prob: importance-weighted log p(observed) of each row, nats, (n,).
    """

    x: np.ndarray
    weights: np.ndarray
    log_prob: np.ndarray

    @property
    def effective_size(self) -> np.ndarray:
        """How many draws of equal weight are worth as much (Kong 1992), (n,)."""
        return 1 / np.square(self.weights).sum(axis=1)


def completions(
    module: VAEModule,
    rows: Batch,
    seed: int,
    draws: int = DRAWS,
    numbers: np.ndarray | None = None,
    *,
    enough: float = _ENOUGH,
) -> Completions:
    """Weighted draws of the unobserved cells of rows, given those that are observed.

    Latent points are drawn from q(z|observed) and weighted by p(z, observed) / q(z|observed), so that the draws are
    right even where the encoder is not (arXiv 1812.02633, §3). Rows that few latent points stand for, as with an
    encoder that has seen complete rows only, take further rounds: from posteriors of their own draws, and some from the
    prior (adaptive importance sampling with a defensive part, Hesterberg 1995).

    Draws of a row depend on the seed, its values and its number, one of ``numbers`` (n, 2) as of `row_numbers`; by
    default rows are numbered from 0. Rows take further rounds below an effective size of ``enough`` times the draws.
    """
    seeds = np.asarray(np.random.SeedSequence(seed).generate_state(1 + _ROUNDS), np.uint32)
    numbers = row_numbers(len(rows.x)) if numbers is None else numbers
    x, weights, log_prob = _round(module, numbers, rows, None, seeds[0], draws)
    for again in seeds[1:]:
        poor = np.flatnonzero(1 / np.square(weights).sum(axis=1) < enough * draws)
        if not len(poor) or not module.posterior.has_density:
            break
        offsets = _offsets(int(again), numbers[poor])
        guides = np.stack([x[r][_resample(weights[r], _GUIDES, at)] for r, at in zip(poor, offsets, strict=True)])
        own = jax.tree.map(lambda column, poor=poor: column[poor], rows)
        x[poor], weights[poor], log_prob[poor] = _round(module, numbers[poor], own, guides, again, draws)
    return Completions(x, weights, log_prob)


def complete(
    module: VAEModule, rows: Batch, n: int, seed: int, draws: int = DRAWS, *, numbers: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Draw each row n times with its unobserved cells filled, (n_rows, n, *event), and effective sizes (n_rows,).

    ``numbers`` are those of `completions`. InputError names a row with gaps whose other cells have no density.
    """
    numbers = row_numbers(len(rows.x)) if numbers is None else numbers
    rows, filled, sizes = _with_mask(rows), [], []
    for start in range(0, len(rows.x), _CHUNK):
        part = _chunk(rows, start)
        own = numbers[start : start + _CHUNK]
        found = completions(module, part, seed, max(draws, n), own)
        _check_density(part, found, start)
        pairs = zip(found.weights, _offsets(seed, own), strict=True)
        chosen = np.stack([_resample(weights, n, offset) for weights, offset in pairs])
        filled.append(np.take_along_axis(found.x, chosen.reshape(*chosen.shape, *[1] * (found.x.ndim - 2)), axis=1))
        sizes.append(found.effective_size)
    return np.concatenate(filled), np.concatenate(sizes)


def impute(
    module: VAEModule,
    rows: Batch,
    typical: tuple[str, ...],
    seed: int,
    draws: int = DRAWS,
    *,
    numbers: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Rows with each unobserved cell at a typical value of its draws, (n, *event), and effective sizes (n,).

    ``typical`` is "mean", "median" or "mode" for each flattened feature, ``numbers`` those of `completions`. InputError
    names a row with gaps whose other cells have no density.
    """
    numbers = row_numbers(len(rows.x)) if numbers is None else numbers
    rows, x, sizes = _with_mask(rows), np.array(rows.x, np.float64), []
    flat = x.reshape(len(x), -1)
    for start in range(0, len(x), _CHUNK):
        part = _chunk(rows, start)
        found = completions(module, part, seed, draws, numbers[start : start + _CHUNK])
        _check_density(part, found, start)
        gaps = ~np.asarray(part.observed, bool).reshape(len(part.x), -1)
        values = found.x.reshape(len(part.x), found.x.shape[1], -1)
        for feature in np.flatnonzero(gaps.any(axis=0)):
            cells = np.flatnonzero(gaps[:, feature])
            flat[start + cells, feature] = _TYPICAL[typical[feature]](values[cells, :, feature], found.weights[cells])
        sizes.append(found.effective_size)
    return x, np.concatenate(sizes)


class Given(NamedTuple):
    """Conditions on rows: cells that are known, and what is known of the others.

    Attributes:
        x: the values of known cells, (*event,).
        observed: which cells are known, (*event,).
        event: what is known of the others, if anything.
    """

    x: np.ndarray
    observed: np.ndarray
    event: Event | None


def generate_given(
    module: VAEModule,
    n: int,
    seed: int,
    given: Given,
    context: np.ndarray | None = None,
    near: Batch | None = None,
) -> tuple[np.ndarray, float]:
    """Draw n rows under conditions, (n, *event), and the effective number of latent points behind them.

    No rows, and 0, where the conditions are impossible. Latent points come from the prior, weighted by
    p(conditions|z). Where that leaves few, a second round draws them from posteriors of the rows found, and some from
    the prior (defensive importance sampling, Hesterberg 1995). Rows have any of the codes of ``context``, which belong
    to one entry: rows with other exposures meet conditions with other probabilities. With rows ``near``, which bring
    their context, latent points come from the posteriors of these instead.
    """
    tried = int(np.clip(_PER_ROW * n, _FEWEST, _MOST))
    seeds, rng = np.asarray(np.random.SeedSequence(seed).generate_state(4), np.uint32), np.random.default_rng(seed)
    context = None if context is None else np.resize(context, (tried, *context.shape[1:]))
    if near is not None:
        turns = np.resize(rng.permutation(len(near.x)), tried)
        taken: Batch = jax.tree.map(lambda column: np.asarray(column[turns]), near._replace(weight=None))
        near, context = taken, taken.context
    points, log_weights = _try(module, tried, seeds[0], given, context, near=near)
    if not np.isfinite(log_weights).any():
        return points.x[:0], 0.0
    weights = _normalized(log_weights)
    if near is None and 1 / np.square(weights).sum() < n and module.posterior.has_density:
        found = points.take(_resample(weights, _GUIDES, rng.random()))
        guides = Batch(_filled(module, found, seeds[1]), context=found.context)
        points, log_weights = _try(module, tried, seeds[2], given, context, guides=guides)
        weights = _normalized(log_weights)
    chosen = points.take(rng.permutation(_resample(weights, n, rng.random())))
    return _filled(module, chosen, seeds[3]), float(1 / np.square(weights).sum())


class _Points(NamedTuple):
    """Latent points (n, latent), their rows (n, *event) with the cells that are known so far, and their context."""

    z: np.ndarray
    x: np.ndarray
    known: np.ndarray
    context: np.ndarray | None

    def take(self, positions: np.ndarray) -> "_Points":
        return jax.tree.map(lambda column: column[positions], self)


def _try(
    module, n: int, seed, given: Given, context, *, guides: Batch | None = None, near: Batch | None = None
) -> tuple[_Points, np.ndarray]:
    """Rows under the conditions at n latent points, and their log weights."""
    width = decoder_size(module, context) + (0 if guides is None else _GUIDES * module.latent_dim)
    columns = (row_numbers(n), context, near)
    z, x, known, weights = map_batches(lambda block: _given(module, *block, seed, given, guides), columns, width)
    return _Points(z, x, known, context), weights


def _filled(module: VAEModule, points: _Points, seed) -> np.ndarray:
    """The rows of latent points with the other cells drawn, each by itself."""
    columns, width = (row_numbers(len(points.z)), points), decoder_size(module, points.context)
    return map_batches(lambda block: _fill(module, *block, seed), columns, width)


def _round(module: VAEModule, numbers, rows: Batch, guides, seed, draws: int) -> tuple[np.ndarray, ...]:
    """Draws of each row (n, draws, *event), their weights (n, draws), and the log of the mean weight (n,)."""
    width = draws * (decoder_size(module, rows.context) + rows.x[0].size)
    columns = (numbers, rows, guides)
    x, log_weights = map_batches(lambda block: _draws(module, *block, seed, draws), columns, width, SCORING_BATCH)
    return x, _normalized(log_weights), logsumexp(log_weights.astype(np.float64), axis=1) - np.log(draws)


@eqx.filter_jit
def _draws(module: VAEModule, numbers, rows: Batch, guides, seed, draws: int):
    key = jax.random.key(seed)  # Poisson draws require JAX's default generator

    def one(digits, row: Batch, guides):
        z_key, x_key = jax.random.split(_row_key(key, digits))
        if guides is None:
            q = module.posterior.distribution(module.encode(row))
            z, log_q = sample_with_density(q, z_key, (draws,), always=True)
            ratio = log_ratio(module.prior_distribution(), q, z, log_b=log_q).sum(axis=-1)
        else:
            codes = _codes(module, guides, row.context)
            z, ratio = jax.vmap(lambda key: _near(module, codes, key))(jax.random.split(z_key, draws))

        def fill(z, key):
            return module.complete(key, module.decode(z, row.context), row.x, row.observed)

        x, log_weight = jax.vmap(fill)(z, jax.random.split(x_key, draws))
        return x, log_weight + ratio

    return jax.vmap(one)(numbers, rows, guides)


@eqx.filter_jit
def _given(module: VAEModule, numbers, context, near: Batch | None, seed, given: Given, guides: Batch | None):
    key, prior = jax.random.key(seed), module.prior_distribution()
    codes = None if guides is None else jax.vmap(module.encode)(guides)

    def one(digits, context, near: Batch | None):
        z_key, x_key = jax.random.split(_row_key(key, digits))
        if near is not None:
            z, ratio = sample_with_density(module.posterior.distribution(module.encode(near)), z_key)[0], 0.0
        else:
            z, ratio = (prior.sample(z_key), 0.0) if codes is None else _near(module, codes, z_key)
        x, known, log_weight = module.weigh(x_key, module.decode(z, context), *given)
        return z, x, known, log_weight + ratio

    return jax.vmap(one)(numbers, context, near)


@eqx.filter_jit
def _fill(module: VAEModule, numbers, points: _Points, seed):
    key = jax.random.key(seed)

    def one(digits, point: _Points):
        outputs = module.decode(point.z, point.context)
        return module.fill(_row_key(key, digits), outputs, point.x, point.known)

    return jax.vmap(one)(numbers, points)


def _codes(module: VAEModule, guides, context):
    """The encoder's outputs of complete rows with one context."""
    return jax.vmap(lambda x: module.encode(Batch(x, context=context)))(guides)


def _near(module: VAEModule, codes, key):
    """A latent point near encoded rows, or from the prior, and the log of its prior density over that of the draw."""
    choice, guide_key, own_key, prior_key = jax.random.split(key, 4)
    prior = module.prior_distribution()
    guide = codes[jax.random.randint(guide_key, (), 0, len(codes))]
    near, _ = sample_with_density(module.posterior.distribution(guide), own_key)
    z = jnp.where(jax.random.uniform(choice) < _FROM_PRIOR, prior.sample(prior_key), near)
    log_prior = log_density(prior, z)
    each = jax.vmap(lambda code: log_density(module.posterior.distribution(code), z))(codes)
    log_near = jax.nn.logsumexp(each) - jnp.log(len(codes))
    return z, log_prior - jnp.logaddexp(jnp.log(_FROM_PRIOR) + log_prior, jnp.log1p(-_FROM_PRIOR) + log_near)


def _row_key(key, digits):
    high, low = digits.astype(jnp.uint32)
    return jax.random.fold_in(jax.random.fold_in(key, high), low)


def _with_mask(rows: Batch) -> Batch:
    return rows if rows.observed is not None else rows._replace(observed=np.ones(np.shape(rows.x), bool))


def _chunk(rows: Batch, start: int) -> Batch:
    return jax.tree.map(lambda column: np.asarray(column[start : start + _CHUNK]), rows)


def _normalized(log_weights: np.ndarray) -> np.ndarray:
    """Weights that add up to one along the last axis; equal ones where no draw has a density."""
    log_weights = np.asarray(log_weights, np.float64)
    log_weights = np.where(np.isnan(log_weights), -np.inf, log_weights)
    peak = log_weights.max(axis=-1, keepdims=True)
    possible = np.isfinite(peak)
    weights = np.where(possible, np.exp(log_weights - np.where(possible, peak, 0)), 1.0)
    return weights / weights.sum(axis=-1, keepdims=True)


def _check_density(rows: Batch, found: Completions, start: int) -> None:
    """Refuse gaps beside cells that no latent point accounts for: no draw of them would mean anything."""
    gaps = ~np.asarray(rows.observed, bool).reshape(len(rows.x), -1).all(axis=1)
    if len(bad := np.flatnonzero(gaps & ~np.isfinite(found.log_prob))):
        raise InputError(
            f"row {start + bad[0]}: its known cells are so far from the rows of the fit that they have no density, and "
            "its gaps cannot be filled; correct it, or leave it out"
        )


def _offsets(seed: int, numbers: np.ndarray) -> list[float]:
    """A uniform draw for each row, of the seed and its number only."""
    return [np.random.default_rng([seed, *map(int, digits)]).random() for digits in numbers]


def _resample(weights: np.ndarray, n: int, offset: float) -> np.ndarray:
    """Positions of n draws by systematic resampling from an offset below 1: each is taken about n times its weight."""
    positions = np.searchsorted(np.cumsum(weights), (offset + np.arange(n)) / n)
    return np.minimum(positions, len(weights) - 1)


def _mean(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return (values * weights).sum(axis=1)


def _median(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The value at half of the weight, in each row."""
    order = values.argsort(axis=1)
    below = np.take_along_axis(weights, order, axis=1).cumsum(axis=1)
    return np.take_along_axis(values, order, axis=1)[np.arange(len(values)), (below >= 0.5).argmax(axis=1)]


def _mode(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The value of the greatest weight, in each row."""
    levels, codes = np.unique(values, return_inverse=True)
    shares = np.zeros((len(values), len(levels)))
    np.add.at(shares, (np.arange(len(values))[:, None], codes.reshape(values.shape)), weights)
    return levels[shares.argmax(axis=1)]


_TYPICAL = {"mean": _mean, "median": _median, "mode": _mode}
