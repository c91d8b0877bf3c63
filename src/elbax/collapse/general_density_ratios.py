"""Density ratios of any likelihood, computed from its ``log_prob``."""

from functools import partial
from math import inf
from typing import Self

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from elbax.collapse.density_ratios import AbstractDensityRatios
from elbax.collapse.maximize import maximize
from elbax.core.likelihoods import AbstractLikelihood
from elbax.core.xla.row_counts import padded_size, repeat_rows

_BLOCK = 64  # steps per call of a compiled function, so that it compiles once for any number
_REACH = 28.0  # decoder outputs are searched as sinh(t) with |t| up to this: up to ±7e11, and finely near zero
_FLAT = 1e-9  # scores below this count as zero
# Least information of an output of a feature with several (logits, log-scales, standardized locations), which are of
# order one by construction; limits the unit step to 5.
_LEAST_INFORMATION = 0.04
_ROUNDS = 4


class _Rows(eqx.Module):
    likelihood: AbstractLikelihood
    x: Float[Array, "m d"]  # the n rows, padded with copies of the first ones to one of few numbers
    n: Int[Array, ""]
    average: Float[Array, " d"]
    affine: bool = eqx.field(static=True)

    @classmethod
    def of(cls, likelihood: AbstractLikelihood, x: np.ndarray) -> Self:
        padded = jnp.asarray(repeat_rows(x, padded_size(len(x))))
        return cls(likelihood, padded, jnp.asarray(len(x)), jnp.asarray(x.mean(axis=0)), likelihood.affine_in_x)

    def mean(self, values):
        """Mean over the rows, (m, ...) → (...)."""
        counted = self.counted.reshape(-1, *[1] * (values.ndim - 1))
        return jnp.where(counted, values, 0.0).sum(axis=0) / self.n

    @property
    def counted(self):
        """Which rows are no padding, (m,)."""
        return jnp.arange(len(self.x)) < self.n

    @property
    def places(self) -> np.ndarray:
        """Indices of each feature's outputs, (d, P), padded with indices past the end."""
        features = self.likelihood.output_features(self.x.shape[1])
        order = np.argsort(features, kind="stable")
        counts = np.bincount(features)
        places = np.full((len(counts), counts.max()), len(features))
        places[np.arange(places.shape[1]) < counts[:, None]] = order
        return places

    def by_feature(self, values):
        """Group values of outputs by feature, (..., outputs) → (..., d, P)."""
        return jnp.take(values, self.places, axis=-1, mode="fill", fill_value=0.0)

    def log_prob(self, outputs):
        return jax.vmap(self.likelihood.log_prob, (None, 0))(outputs, self.x)

    def log_prob_of(self, outputs, target):
        """Log-density of one row, up to a constant; if affine in x, also of an average of rows."""
        if not self.affine:
            return self.likelihood.log_prob(outputs, target)
        # Extrapolated from a row of the data, since distributions of counts may refuse averages.
        value, slope = jax.value_and_grad(self.likelihood.log_prob, 1)(outputs, self.x[0])
        return value + jnp.vdot(target - self.x[0], slope)

    def average_log_prob(self, outputs):
        """Mean log-density of the rows, up to a constant."""
        return self.log_prob_of(outputs, self.average) if self.affine else self.mean(self.log_prob(outputs))

    def log_ratio(self, steps, v):
        outputs = steps.outputs(v)
        if not self.affine:
            return self.log_prob(outputs) - steps.log_prob

        def ratio(x):
            return self.likelihood.log_prob(outputs, x) - self.likelihood.log_prob(steps.constant, x)

        value, slope = jax.value_and_grad(ratio)(self.x[0])
        return value - jnp.vdot(self.x[0], slope) + self.x @ slope


class _Steps(eqx.Module):
    constant: Float[Array, " outputs"]
    moving: Array  # indices of the outputs of free features, (f, P)
    transform: Float[Array, "f P P"]
    log_prob: Array | None = None  # of every row at the constant, (m,), if needed

    def outputs(self, v):
        shift = jnp.einsum("fpq,fq->fp", self.transform, v.reshape(self.transform.shape[:2]))
        return self.constant.at[self.moving].add(shift, mode="drop")


class GeneralDensityRatios(AbstractDensityRatios):
    """Density ratios of any likelihood and rows x (n, d), float64; the constant is fitted from a guess ``start``."""

    def __init__(self, likelihood: AbstractLikelihood, x: np.ndarray, start: np.ndarray | None = None):
        affine = likelihood.affine_in_x
        self.separable = likelihood.separable
        self.cost = x.size / 25 if affine else 2 * x.size  # affine ones need only a matmul
        # For a constant column all outputs are equal, unless a likelihood mixes columns.
        varies = x.min(axis=0) < x.max(axis=0)
        moving = np.flatnonzero(varies | (not self.separable))
        with jax.enable_x64(True):
            self._rows = _Rows.of(likelihood, x)
            ends = _ends(self._rows)
            constant = _best_constant(self._rows, ends, start)
            steps, self.lower, self.upper = _steps(self._rows, constant, ends, moving)
            log_prob = None if affine else _log_prob(self._rows, steps.constant)
            self._steps = _Steps(steps.constant, steps.moving, steps.transform, log_prob)
            blocks = np.asarray(_information(self._rows, self._steps.constant))[moving]
            self.scores = np.asarray(_scores(self._rows, self._steps))[: len(x)]
        transform = np.asarray(self._steps.transform)
        self.information = np.swapaxes(transform, 1, 2) @ blocks @ transform

    def log_ratio(self, v: np.ndarray) -> np.ndarray:
        ratios = []
        with jax.enable_x64(True):
            for start in range(0, len(v), _BLOCK):
                count = min(_BLOCK, len(v) - start)
                block = np.pad(v[start : start + count], [(0, _BLOCK - count), (0, 0)])
                values = _log_ratios(self._rows, self._steps, block, np.asarray(count))
                ratios.append(np.asarray(values)[:count, : self._rows.n])
        return np.concatenate(ratios)

    def value_and_gradient(self, v: np.ndarray, weight: float) -> tuple[float, np.ndarray]:
        with jax.enable_x64(True):
            value, gradient = _log_d(self._rows, self._steps, v, np.asarray(weight, float))
        return float(value), np.asarray(gradient)

    def mean(self, v: np.ndarray) -> np.ndarray:
        with jax.enable_x64(True):
            return np.asarray(_mean(self._rows.likelihood, self._steps, v))

    def outputs(self, v: np.ndarray) -> np.ndarray:
        """Decoder outputs at one step, (outputs,)."""
        with jax.enable_x64(True):
            return np.asarray(_outputs(self._steps, v))


def _ends(rows: _Rows) -> tuple[np.ndarray, np.ndarray] | None:
    """Best outputs for each column's smallest and largest value, (outputs,) each; None with several per feature."""
    if rows.likelihood.outputs_per_feature > 1:
        return None
    # Densities are unimodal in the output, so no output beyond these is optimal for any row.
    low, high = (np.asarray(_fit(rows, end)) for end in (rows.x.min(axis=0), rows.x.max(axis=0)))
    return np.minimum(low, high), np.maximum(low, high)


def _best_constant(rows: _Rows, ends, start: np.ndarray | None) -> np.ndarray:
    """The outputs with the largest mean log-density over the rows, (outputs,)."""
    if start is None and rows.affine and ends is not None:
        return np.asarray(_fit(rows, rows.average))
    if start is None:
        start = _first_guess(rows, ends)
    all_features, value = np.arange(rows.average.size), -inf
    for _ in range(_ROUNDS):  # rescaled at each start
        steps, lower, upper = _steps(rows, start, ends, all_features)
        function, origin = partial(_average, rows, steps), np.zeros(len(lower))
        before, (value, v) = value, maximize(function, origin, lower, upper, 50)
        start = np.asarray(_outputs(steps, v))
        if value - before < 1e-12 * abs(value):
            break
    return start


def _first_guess(rows: _Rows, ends) -> np.ndarray:
    """Initial outputs: zeros with several per feature, else the best outputs for a quantile of the column."""
    if ends is None:
        return np.zeros(rows.likelihood.n_outputs(len(rows.average)))
    quantiles = np.quantile(np.asarray(rows.x)[: rows.n], (0.5, 0.1, 0.9), axis=0, method="nearest")
    fits = np.stack([np.asarray(_fit(rows, jnp.asarray(target))) for target in quantiles])
    if not rows.likelihood.proper:  # its distribution does not match its log_prob
        return fits[0]
    scores = np.stack([np.asarray(_feature_scores(rows, fit)) for fit in fits])
    best = scores.argmax(axis=0)[rows.likelihood.output_features(len(rows.average))]
    return np.take_along_axis(fits, best[None], axis=0)[0]


def _steps(rows: _Rows, constant, ends, moving: np.ndarray) -> tuple[_Steps, np.ndarray, np.ndarray]:
    """Steps from a constant, and their bounds, (k,) each."""
    blocks = np.asarray(_information(rows, jnp.asarray(constant)))[moving]
    width = blocks.shape[-1]
    if ends is None:
        values, vectors = np.linalg.eigh(blocks)
        size = 1 / np.sqrt(np.maximum(values, _LEAST_INFORMATION))
        transform = (vectors * size[:, None, :]) @ np.swapaxes(vectors, 1, 2)
        lower, upper = np.full(len(moving) * width, -inf), np.full(len(moving) * width, inf)
    else:
        low, high = ((end - constant)[rows.places[moving, 0]] for end in ends)
        reach = np.maximum(np.maximum(-low, high), 1e-100)
        unit = np.minimum(1 / np.sqrt(np.maximum(blocks[:, 0, 0], reach**-2)), reach)
        transform = unit[:, None, None]
        lower, upper = np.minimum(low, 0) / unit, np.maximum(high, 0) / unit
    steps = _Steps(jnp.asarray(constant), jnp.asarray(rows.places[moving]), jnp.asarray(transform))
    return steps, lower, upper


@eqx.filter_jit
def _fit(rows, target):
    """The outputs with the largest density of one row, (outputs,), by bisection of all features at once."""

    def halve(_, bracket):
        low, high = bracket
        t = (low + high) / 2
        u = jnp.sinh(t)
        score = jax.grad(rows.log_prob_of)(u, target)
        steep = jnp.abs(score) * jnp.maximum(1.0, jnp.abs(u)) > _FLAT
        # Where a score is zero (a link's flat side, or a probability of one), bisection leads to just above zero.
        right = jnp.where(steep, score > 0, u <= 0)
        return jnp.where(right, t, low), jnp.where(right, high, t)

    far = jnp.full(target.shape, _REACH)
    return jnp.sinh(jax.lax.fori_loop(0, 80, halve, (-far, far))[1])


@eqx.filter_jit
def _feature_scores(rows, outputs):
    return rows.mean(jax.vmap(rows.likelihood.log_prob_per_feature, (None, 0))(outputs, rows.x))


@eqx.filter_jit
def _information(rows, outputs):
    """Minus the second derivative of the mean log-density, one block per feature, (features, P, P)."""
    score = jax.grad(rows.average_log_prob)

    def column(places):
        direction = jnp.zeros_like(outputs).at[places].set(1.0, mode="drop")
        return -rows.by_feature(jax.jvp(score, (outputs,), (direction,))[1])

    return jnp.stack([column(places) for places in rows.places.T], axis=-1)


_outputs = eqx.filter_jit(_Steps.outputs)
_log_prob = eqx.filter_jit(_Rows.log_prob)
_mean = eqx.filter_jit(lambda likelihood, steps, v: likelihood.mean(steps.outputs(v)))


@eqx.filter_jit
def _average(rows, steps, v):
    return jax.value_and_grad(lambda v: rows.average_log_prob(steps.outputs(v)))(v)


@eqx.filter_jit
def _scores(rows, steps):
    """Gradient of each row's log-density with respect to the step, at the constant, (m, k)."""
    slopes = jax.vmap(jax.grad(rows.likelihood.log_prob), (None, 0))(steps.constant, rows.x)
    moving = jnp.take(slopes, steps.moving, axis=1, mode="fill", fill_value=0.0)  # (m, f, P)
    return jnp.einsum("nfp,fpq->nfq", moving, steps.transform).reshape(len(rows.x), -1)


@eqx.filter_jit
def _log_ratios(rows, steps, v, count):
    """Log-ratios of the first ``count`` steps; zeros for the padding."""

    def one(i, v):
        return jax.lax.cond(i < count, lambda: rows.log_ratio(steps, v), lambda: jnp.zeros(len(rows.x), v.dtype))

    return jax.lax.map(lambda pair: one(*pair), (jnp.arange(len(v)), v))


@eqx.filter_jit
def _log_d(rows, steps, v, weight):
    def value(v):
        log_ratio = jnp.where(rows.counted, rows.log_ratio(steps, v) / weight, -jnp.inf)
        return jax.nn.logsumexp(log_ratio) - jnp.log(rows.n)

    return jax.value_and_grad(value)(v)
