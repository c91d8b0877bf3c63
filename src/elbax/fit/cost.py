"""What a fit will cost, estimated before its first step."""

import os
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import numpy as np

from elbax.core.vae import VAEModule
from elbax.data import Schema
from elbax.errors import InputError
from elbax.fit.plan import FitPlan
from elbax.types import Summary

_LOOKED_AT = 2_000_000  # weights of dense layers from which on a fit is estimated
_COPIES = 8  # of every weight in training: gradients, two moments, the best and the last good weights, …
_PASSES = 3  # forward and backward, in forward passes
_FLOPS, _ACCELERATED = 3e10, 2e13  # per second, of one processor or of an accelerator
_BANDWIDTH = 8e9  # bytes per second, of weights and their copies
_HUGE, _HUGE_PER_ROW = 100_000_000, 1_000_000  # weights that few rows cannot determine
_FREE = 0.9  # share of the free memory that a fit may take
_LONG = 600.0  # seconds


@dataclass(frozen=True)
class Cost:
    """An estimate of a fit.

    Attributes:
        weights: trained numbers.
        bytes: of weights, their copies and the activations of a batch.
        seconds: of all steps; within a factor of three or so.
    """

    weights: int
    bytes: float
    seconds: float

    @property
    def is_long(self) -> bool:
        """Whether the fit is worth a warning."""
        return self.seconds > _LONG

    def __str__(self) -> str:
        """Such as "404 million weights, 13 GB of memory, about 2 hours"."""
        return f"{_count(self.weights)} weights, {_size(self.bytes)} of memory, {_duration(self.seconds)}"


def estimate_cost(plan: FitPlan, schema: Schema) -> Cost | None:
    """The cost of a fit with networks that elbax builds; None if it is small, or the networks are the user's own."""
    widths = (*(plan.model.hidden or ()), *(plan.model.decoder_hidden or ()))
    features = schema.n_features
    if plan.has_custom_network or features * max(widths, default=1) + sum(w * w for w in widths) < _LOOKED_AT:
        return None
    skeleton = eqx.filter_eval_shape(lambda: _module_of_zeros(plan, schema.summary))
    weights = sum(leaf.size for leaf in jax.tree.leaves((skeleton.encoder, skeleton.decoder, skeleton.heads)))
    flops, activations = _row_cost(skeleton, plan)
    batch = plan.train.batch_size
    copies = 4 * weights * _COPIES
    used = copies + 4 * _PASSES * batch * activations + 4 * features * min(schema.n_rows, 10 * batch)
    rate = _FLOPS * (os.cpu_count() or 1) if jax.default_backend() == "cpu" else _ACCELERATED
    step = max(_PASSES * batch * flops / rate, copies / _BANDWIDTH)
    steps = plan.train.pretraining_steps + plan.train.epochs * ceil(plan.split.n_trained / batch)
    return Cost(weights, float(used), step * steps * len(plan.seeds))


def check_cost(cost: Cost, plan: FitPlan, schema: Schema, *, chosen: bool) -> None:
    """Refuse a fit that does not fit into memory, or of absurdly many weights for its rows that nobody has ``chosen``.

    Raises:
        InputError: with the cost, and what would do instead.
    """
    free = free_memory()
    too_large = free is not None and cost.bytes > _FREE * free
    absurd = not chosen and cost.weights > max(_HUGE, _HUGE_PER_ROW * schema.n_rows)
    if not (too_large or absurd):
        return
    what = f"{schema.n_rows:,} rows of {' × '.join(map(str, schema.axes.shape))} would train {cost}"
    limit = f", but {_size(free)} of memory are free" if too_large and free is not None else ""
    raise InputError(f"{what}{limit}; {_alternatives(plan, schema)}")


def _alternatives(plan: FitPlan, schema: Schema) -> str:
    """What would do instead of a network that is too large."""
    narrow = "narrower layers, such as hidden=(16, 16)"
    if schema.axes.is_table:
        return f"use {narrow}, or fewer columns"
    convolution = "" if plan.model.network == "conv" or schema.axes.is_window else "network='conv', "
    smaller = "shorter windows" if schema.axes.is_window else "smaller images (--size 64x64 for a folder)"
    return f"use {convolution}{smaller} or {narrow}"


def free_memory() -> int | None:
    """Bytes that a fit may take: of the accelerator, or else of this machine; None if the system does not say."""
    statistics = jax.local_devices()[0].memory_stats()
    if statistics and "bytes_limit" in statistics:
        return statistics["bytes_limit"] - statistics.get("bytes_in_use", 0)
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        return next(1024 * int(line.split()[1]) for line in lines if line.startswith("MemAvailable"))
    except (OSError, StopIteration):
        return None


class _Zeros(np.random.Generator):
    """A generator whose uniform draws are zeros that take no memory, for the shapes of weights."""

    def uniform(self, low: Any = 0.0, high: Any = 1.0, size: Any = None) -> Any:
        return np.broadcast_to(np.float32(0), size)


def _module_of_zeros(plan: FitPlan, summary: Summary) -> VAEModule:
    rng = _Zeros(np.random.PCG64(0))
    return VAEModule.build(
        plan.model, plan.likelihood, summary, rng, plan.context_shape, inputs=plan.inputs, exposure=plan.exposure
    )


def _row_cost(skeleton: VAEModule, plan: FitPlan) -> tuple[float, float]:
    """Operations of one row through both networks, and the values that its layers return."""
    arrays, static = eqx.partition(skeleton, lambda leaf: isinstance(leaf, jax.ShapeDtypeStruct))

    def both(arrays: Any, x: jax.Array, z: jax.Array, context: jax.Array | None) -> Any:
        module = eqx.combine(arrays, static)
        return module.encoder(x, module.covariates(context), key=None), module.decode(z, context)

    shape = lambda *size: jax.ShapeDtypeStruct(size, np.float32)  # noqa: E731
    context = None if plan.context_shape is None else shape(*plan.context_shape)
    latent = shape(plan.model.latent_dim)
    event = skeleton.center.tree.shape if skeleton.inputs is None else (skeleton.inputs.size,)
    traced = jax.make_jaxpr(both)(arrays, shape(*event), latent, context)
    operations = jax.jit(both).lower(arrays, shape(*event), latent, context).cost_analysis() or {"flops": 0.0}
    return operations["flops"], sum(np.prod(out.aval.shape) for line in traced.eqns for out in line.outvars)


def _count(number: float) -> str:
    return f"{number / 1e6:,.0f} million" if number >= 1e7 else f"{number:,.0f}"


def _size(bytes_: float) -> str:
    return f"{bytes_ / 1e9:.1f} GB" if bytes_ >= 1e8 else f"{bytes_ / 1e6:.0f} MB"


def _duration(seconds: float) -> str:
    for unit, length in (("days", 86400.0), ("hours", 3600.0), ("minutes", 60.0)):
        if seconds >= 2 * length:
            return f"about {seconds / length:.0f} {unit}"
    return "a minute or two" if seconds >= 60 else "less than a minute"
