"""The linear start of likelihoods without exact densities: a VAE whose networks are linear maps, fitted by L-BFGS."""

from collections.abc import Callable
from math import prod

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, PyTree
from scipy.optimize import minimize

from elbax.core.linear_skip import LinearSkip
from elbax.core.objectives import ELBO
from elbax.core.parts import LinearMap
from elbax.core.vae import VAEModule, split_trainable
from elbax.core.xla import prng
from elbax.data import evenly_spaced
from elbax.fit.linear_start import place_maps
from elbax.train.data_loader import as_trainable
from elbax.types import Batch

_MOST_NUMBERS = 2**17  # of all rows and draws
_FEWEST_ROWS, _MOST_ROWS, _MOST_DRAWS = 256, 2048, 4
_STEPS = {"constant": 15, "decoder": 20, "all": 30}
_UNITS = 0.01, 1.0  # smallest and largest unit of the decoder's departures
_LEAST_LOG_VARIANCE = -10.0


class _Linear(eqx.Module):
    """A linear map of one row and its context."""

    weight: Array
    bias: Array
    out_shape: tuple[int, ...] = eqx.field(static=True)
    dropout = 0.0

    @classmethod
    def of(cls, skip: LinearSkip) -> "_Linear":
        return cls(skip.weight.tree, skip.bias.tree, skip.out_shape)

    def __call__(self, x: Array, context: Array | None = None, *, key=None) -> Array:
        inputs = x.ravel()
        if context is not None and len(inputs) < len(self.weight):
            inputs = jnp.concatenate([inputs, context.ravel()])
        return (inputs @ self.weight + self.bias).reshape(self.out_shape)


def generalized_start(
    module: VAEModule,
    rows: Batch,
    encoder: LinearMap,
    seed: int,
    *,
    joint: bool,
    latents: bool = True,
    room: int = 0,
) -> VAEModule:
    """The module with linear maps and likelihood of the greatest ELBO on some rows.

    The best constant comes first, then the decoder beside the given encoder, then, if ``joint``, both. Its latents are
    kept if they gain more nats than they have parameters (Akaike 1974). Without ``latents`` the constant is the start.
    Rows are padded as ``room`` of them would be, so that sets of different sizes share a program. Heads stay as they
    are: at zero.
    """
    whole, module = module, eqx.tree_at(lambda m: m.heads, module, None, is_leaf=lambda node: node is None)
    draws, block, counted = _draws(module, rows, room)
    n = float(counted.sum()) / draws  # rows, with their weights
    module = place_maps(module, encoder, LinearMap(*(part.tree for part in _parts(module.decoder))))
    linear = eqx.tree_at(
        lambda m: (m.encoder, m.decoder), module, (_Linear.of(module.encoder), _Linear.of(module.decoder))
    )
    zeros = (np.zeros(array.shape, np.float32) for array in encoder[:2])
    silent = eqx.tree_at(lambda m: (m.encoder.weight, m.encoder.bias), linear, tuple(zeros))
    arguments = (block, counted, np.asarray(seed, np.uint32))

    def fit(model: VAEModule, free: str) -> tuple[VAEModule, float]:
        params, fixed = split_trainable(model)
        loss = lambda numbers: _loss(numbers, params, fixed, *arguments)  # noqa: E731
        fitted, value = _minimize(loss, params, _masks(model, params, free), _STEPS[free])
        return eqx.combine(fitted, fixed), value

    constant, least = fit(silent, "constant")
    if not latents:
        return _placed(whole, constant, block)
    linear = eqx.tree_at(lambda m: (m.decoder, m.likelihood), linear, (constant.decoder, constant.likelihood))
    linear, loss = fit(linear, "decoder")
    if joint:
        linear, loss = fit(linear, "all")
    n_weights = _visible(linear) * len(constant.decoder.bias)
    best = linear if (least - loss) * n > n_weights else constant
    return _placed(whole, best, block)


def _placed(module: VAEModule, linear: VAEModule, block: Batch) -> VAEModule:
    """The module with the maps and the likelihood of one with linear networks."""
    encoder, decoder = _maps(linear, block)
    return eqx.tree_at(lambda m: m.likelihood, place_maps(module, encoder, decoder), linear.likelihood)


def _parts(skip: LinearSkip) -> tuple:
    return skip.weight, skip.bias, skip.unit


def _visible(module: VAEModule) -> int:
    """The number of latents that the decoder takes."""
    return module.posterior.visible(module.latent_dim)


def _maps(module: VAEModule, rows: Batch) -> tuple[LinearMap, LinearMap]:
    """The maps of a module with linear networks, and the units of their departures."""
    encoder, decoder = module.encoder, module.decoder
    bias = np.asarray(encoder.bias, np.float64).reshape(encoder.out_shape)
    units = np.ones(bias.shape)
    if bias.shape[1] > 1:
        units[:, 0] = np.exp(0.5 * np.clip(bias[:, 1], _LEAST_LOG_VARIANCE, 0.0))
    information = np.asarray(_information(module, rows), np.float64)
    unit = np.clip(1 / np.sqrt(np.maximum(information, 1e-12)), *_UNITS)
    return LinearMap(encoder.weight, encoder.bias, units.ravel()), LinearMap(decoder.weight, decoder.bias, unit)


@eqx.filter_jit
def _information(module: VAEModule, rows: Batch) -> Array:
    """Mean squared derivative of log p(x|z) by each decoder output (outputs,): Fisher's information of one row."""

    def derivative(row: Batch):
        outputs = module.decode(module.encode(row)[: _visible(module), 0], row.context)
        return jax.grad(lambda outputs: module.log_prob(outputs, row.x, row.observed))(outputs)

    # Where heads see other columns, their numbers come after the decoder's outputs.
    return jnp.square(jax.vmap(derivative)(rows)).mean(axis=0)[: len(module.decoder.bias)]


def _draws(module: VAEModule, rows: Batch, room: int) -> tuple[int, Batch, np.ndarray]:
    """Some rows, each as often as it has draws and padded to a power of two, and their weights, zero for padding."""
    n_features = prod(rows.x.shape[1:])
    size = max(n_features, module.likelihood.n_outputs(n_features))
    most = max(_FEWEST_ROWS, min(_MOST_ROWS, _MOST_NUMBERS // size))
    positions = evenly_spaced(len(rows.x), most)
    n = max(len(positions), min(room, most))
    draws = int(np.clip(_MOST_NUMBERS // (size * n), 1, _MOST_DRAWS))
    padded = 2 ** int(np.ceil(np.log2(n)))
    weights = np.ones(len(positions)) if rows.weight is None else np.asarray(rows.weight[positions])
    counted = np.repeat(np.pad(weights, (0, padded - len(positions))).astype(np.float32), draws)

    def repeated(column):
        column = as_trainable(np.asarray(column[positions])).astype(np.float32)
        return np.repeat(np.resize(column, (padded, *column.shape[1:])), draws, axis=0)

    return draws, jax.tree.map(repeated, rows._replace(target_codes=None, weight=None)), counted


@eqx.filter_jit
def _loss(numbers: Array, params: PyTree, fixed: PyTree, rows: Batch, counted: Array, seed: Array):
    """Negative ELBO with a standard normal prior on the decoder's weights, nats per row, and its gradient.

    The numbers are those of the params, in one array.
    """
    unravel = ravel_pytree(params)[1]

    def loss(numbers):
        module = eqx.combine(unravel(numbers), fixed)
        keys = prng.row_keys(jax.random.fold_in(prng.key(seed), 0), len(counted))
        elbo = ELBO.bound(module, rows, keys).elbo
        ridge = 0.5 * jnp.square(module.decoder.weight).sum()
        return -(jnp.where(counted > 0, counted * elbo, 0.0).sum() - ridge) / counted.sum()

    return jax.value_and_grad(loss)(numbers)


def _masks(model: VAEModule, params: VAEModule, free: str) -> PyTree:
    """Ones for the numbers that a step changes, zeros for others."""
    masks = jax.tree.map(lambda leaf: np.zeros(leaf.shape), params)
    ones = jax.tree.map(lambda leaf: np.ones(leaf.shape), (params.encoder, params.decoder, params.likelihood))
    encoder, decoder, likelihood = ones
    decoder.weight[: _visible(model)] = free != "constant"
    if free != "all":
        encoder = masks.encoder
    elif len(model.encoder.out_shape) > 1:  # log-variances that depend on the row could leave all bounds
        encoder.weight.reshape(-1, *model.encoder.out_shape)[:, :, 1:] = 0
    return eqx.tree_at(lambda m: (m.encoder, m.decoder, m.likelihood), masks, (encoder, decoder, likelihood))


def _minimize(loss: Callable, params: PyTree, masks: PyTree, steps: int) -> tuple[PyTree, float]:
    """Minimize a loss of all numbers in one array over those that are not masked by zeros."""
    start, unravel = ravel_pytree(params)
    free = np.flatnonzero(np.concatenate([mask.ravel() for mask in jax.tree.leaves(masks)]))
    numbers = np.asarray(start, np.float32).copy()

    def value_and_gradient(x: np.ndarray) -> tuple[float, np.ndarray]:
        numbers[free] = x
        value, gradient = loss(numbers)
        value, gradient = float(value), np.asarray(gradient, np.float64)[free]
        finite = np.isfinite(value) and np.isfinite(gradient).all()
        return (value, gradient) if finite else (1e30, np.zeros(len(free)))

    begin = numbers[free].astype(np.float64)
    result = minimize(value_and_gradient, begin, jac=True, method="L-BFGS-B", options={"maxiter": steps})
    numbers[free] = result.x
    return unravel(jnp.asarray(numbers)), float(result.fun)
