"""Location and scale of the normal, Student-t and discretized logistic likelihoods."""

import math
from typing import Self

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import paramax
from jaxtyping import Array, ArrayLike, Float

from elbax.checks import check_choice, check_number
from elbax.core.likelihoods.links import LINKS
from elbax.core.numerics import soft_cap, softplus
from elbax.errors import InputError
from elbax.types import Summary, float32

LEARNED_SCALES = ("shared", "channel", "feature", "network")

# Log-scales are stored divided by this: Adam moves all numbers at one pace, and they have further to go than weights.
_PACE = 3.0
_FLOOR = math.exp(-6)
_LEAST_ABOVE_FLOOR = 0.01  # of the floor, where a scale starts: on the floor itself it would have no gradient
_LARGEST_LOG = 30.0  # of the log of a scale in its feature's unit, whose square stays within float32


class LocationScale(eqx.Module):
    """A location and a scale from decoder outputs, both in the data's own units.

    With the identity link the location is ``center + unit * output``, with any other it is ``link(output)``. `prepare`
    takes center and unit from the data; they are 0 and 1 before. A learned scale is
    ``unit * exp(m + softplus(raw - m))`` with ``m = log(floor)``: never below the floor, since without noise in the
    data the likelihood grows without bound as the scale shrinks (arXiv 2006.13202). Rounded data have no noise at their
    last digit, so the default floor is at least the error of rounding, ``spacing / sqrt(12)``.

    Attributes:
        scale, value, link, initial_scale, floor: settings; see `Normal`.
        center, unit: offset and unit of each feature; not trained.
        lowest: the floor of each feature, in its unit; not trained.
        raw: the learned scale; None for "fixed" and "network", and before `prepare`.

    Raises:
        InputError: an unknown scale or link, or a number that is not positive.
    """

    scale: str = eqx.field(static=True)
    value: float = eqx.field(static=True)
    link: str = eqx.field(static=True)
    initial_scale: float | None = eqx.field(static=True, default=None)
    floor: float | None = eqx.field(static=True, default=None)
    center: paramax.NonTrainable | None = None
    unit: paramax.NonTrainable | None = None
    lowest: paramax.NonTrainable | None = None
    raw: Float[Array, "..."] | None = None

    def __check_init__(self):
        check_choice("scale", self.scale, ("fixed", *LEARNED_SCALES))
        check_choice("link", self.link, LINKS)
        chosen = {"initial_scale": self.initial_scale, "floor": self.floor}
        chosen = {name: number for name, number in chosen.items() if number is not None}
        for name, number in {"value": self.value, **chosen}.items():
            check_number(name, number, f"{name}=0.1")
            if number <= 0:
                raise InputError(f"expected {name} to be a positive number; got {number!r}")

    @property
    def outputs_per_feature(self) -> int:
        """One for the location, and one for a scale from the network."""
        return 2 if self.scale == "network" else 1

    @property
    def is_learned(self) -> bool:
        """Whether the scale is learned."""
        return self.scale != "fixed"

    def n_scales(self, n_features: int) -> int:
        """Number of scales that are learned for so many features; feature k has scale k modulo this number."""
        if self.scale == "shared":
            return 1
        return n_features if self.scale != "channel" else 1 if self.raw is None else self.raw.size

    @property
    def std(self) -> np.ndarray:
        """The scale in the data's own units, (d,) or (), float64, in NumPy; not for a scale from the network."""
        if self.scale == "fixed":
            return np.asarray(self.value)
        raw = self._first_log_scale if self.raw is None else _PACE * np.asarray(self.raw, np.float64)
        lowest = np.log(np.asarray(self.floors, np.float64))
        raw = np.tile(raw, lowest.size // raw.size) if self.scale == "channel" else raw
        log_scale = lowest + np.logaddexp(0.0, raw - lowest)
        excess = np.log1p(np.maximum(log_scale - _LARGEST_LOG, 0.0))
        return np.asarray(self._unit, np.float64) * np.exp(np.minimum(log_scale, _LARGEST_LOG) + excess)

    def __call__(self, outputs: Float[Array, "*n d P"]) -> tuple[Array, Array]:
        """Location and scale of each feature."""
        return self._location(outputs), self._unit * self._relative_scale(outputs)

    def in_units(self, outputs: Float[Array, "*n d P"], x: Float[Array, "*n d"]) -> tuple[Array, Array, Array]:
        """Residual and scale of each feature, both divided by its unit, and the log of that unit.

        In the data's own units, squares of scales, as in gradients, would leave float32 beyond 1e19 or below 1e-19.
        """
        if self.center is None:
            residual = (x - self._location(outputs)) / self._unit
        else:  # a location near a large center would be rounded
            residual = (x - paramax.unwrap(self.center)) / self._unit - outputs[..., 0]
        return residual, self._relative_scale(outputs), jnp.broadcast_to(jnp.log(self._unit), residual.shape)

    @property
    def _unit(self) -> Array:
        return jnp.ones(()) if self.unit is None else paramax.unwrap(self.unit)

    def _location(self, outputs: Array) -> Array:
        location = LINKS[self.link].forward(outputs[..., 0])
        return location if self.center is None else paramax.unwrap(self.center) + self._unit * location

    def _relative_scale(self, outputs: Array) -> Array:
        """The scale of each feature, in its unit."""
        if self.scale == "fixed":
            return jnp.asarray(self.value, outputs.dtype) / self._unit
        initial = self._first_log_scale if self.raw is None else _PACE * self.raw
        raw = outputs[..., 1] if self.scale == "network" else jnp.asarray(initial)
        lowest = jnp.log(self.floors)
        if self.scale == "channel" and raw.ndim:
            raw = jnp.tile(raw, outputs.shape[-2] // raw.size)
        return jnp.exp(soft_cap(lowest + softplus(raw - lowest), _LARGEST_LOG))

    @property
    def floors(self) -> Array:
        """The floor of each feature, in its unit."""
        if self.lowest is not None:
            return paramax.unwrap(self.lowest)
        return jnp.asarray(_FLOOR if self.floor is None else self.floor)

    @property
    def least(self) -> np.ndarray:
        """The smallest scale possible, (d,) or (), float64: the fixed one, or the floor, in the data's own units."""
        if self.scale == "fixed":
            return np.asarray(self.value)
        return np.asarray(self.floors, np.float64) * np.asarray(self._unit, np.float64)

    @property
    def _first_log_scale(self) -> float:
        """The log of the initial scale before `prepare`."""
        return math.log(self.initial_scale or 1.0)

    def _initial_raw(self, summary: Summary, share: float) -> np.ndarray:
        """The initial raw scale of each feature: ``initial_scale``, or this share of its standard deviation."""
        if self.initial_scale is not None:
            return np.full(summary.std.shape, math.log(self.initial_scale))
        squares, floors = np.square(share * summary.std / summary.unit), self._floors_of(summary)
        if self.scale == "shared":
            squares = np.full_like(squares, squares.mean())
        if self.scale == "channel":
            squares = np.tile(squares.reshape(-1, summary.channels).mean(axis=0), squares.size // summary.channels)
        return _raw_scale(np.sqrt(squares), floors)

    def _floors_of(self, summary: Summary) -> np.ndarray:
        rounding = summary.spacing / (math.sqrt(12) * summary.unit)
        return np.maximum(rounding, _FLOOR) if self.floor is None else np.full(rounding.shape, self.floor)

    def prepare(self, summary: Summary, share: float = 1.0) -> Self:
        """A copy with center and unit of the data and the initial scale.

        Without an ``initial_scale`` this is ``share`` of the standard deviation: the noise of the best constant.
        """
        center = float32(summary.center) if self.link == "identity" else None
        number = {"shared": (), "channel": (summary.channels,), "feature": summary.std.shape}.get(self.scale)
        raw = None
        if number is not None:
            raw = float32(np.reshape(self._initial_raw(summary, share).ravel()[: int(np.prod(number))] / _PACE, number))
        return type(self)(
            *(self.scale, self.value, self.link, self.initial_scale, self.floor),
            center=None if center is None else paramax.NonTrainable(center),
            unit=paramax.NonTrainable(float32(summary.unit)),
            lowest=paramax.NonTrainable(float32(self._floors_of(summary))),
            raw=raw,
        )

    def max_likelihood_scale(self, residual: np.ndarray, observed: np.ndarray | None = None) -> np.ndarray:
        """The maximum-likelihood scale of each feature, (d,), of observed residuals (n, d) under a normal."""
        unit = np.asarray(self._unit, np.float64)
        mask = np.ones(residual.shape, bool) if observed is None else observed.astype(bool)
        count = np.maximum(mask.sum(axis=0), 1)
        variance = np.where(mask, np.square(residual), 0.0).sum(axis=0) / count
        n_scales = self.n_scales(len(count))
        if n_scales < len(count):  # one multiple of the unit of every feature, or of those of a channel
            groups = (-1, n_scales)
            weights = count.reshape(groups)
            relative = np.average((variance / unit**2).reshape(groups), axis=0, weights=weights)
            variance = np.tile(relative, len(weights)) * unit**2
        return np.maximum(np.sqrt(variance), np.asarray(self.floors) * unit)

    def with_free_scale(self, relative: float | None = None) -> Self:
        """A copy with a learned scale for each feature, which starts at this share of its unit or the fixed scale."""
        unit = np.asarray(self._unit)
        start = self.value / unit if relative is None else np.full(unit.shape, relative)
        return type(self)(
            *("feature", self.value, self.link, self.initial_scale, self.floor, self.center, self.unit),
            lowest=self.lowest,
            raw=float32(np.log(start) / _PACE),
        )

    def with_scale(self, relative: ArrayLike) -> Self:
        """A copy whose learned scale is this share of each unit; the same if the scale comes from the network."""
        if self.raw is None:
            return self
        return self.with_std(np.asarray(relative) * np.asarray(self._unit, np.float64))

    def with_std(self, std: np.ndarray) -> Self:
        """A copy whose learned scale starts at standard deviations in the data's own units, (d,).

        A scale of several features starts at their root mean square, in units of the features. A scale that is fixed or
        comes from the network stays the same.
        """
        if self.raw is None:
            return self
        relative, floors = std / np.asarray(self._unit, np.float64), np.asarray(self.floors, np.float64)
        if self.scale == "shared":
            relative, floors = np.sqrt(np.square(relative).mean()), floors.mean()
        if self.scale == "channel":
            n = len(self.raw)
            relative, floors = np.sqrt(np.square(relative).reshape(-1, n).mean(axis=0)), floors[:n]
        return eqx.tree_at(lambda part: part.raw, self, float32(_raw_scale(relative, floors) / _PACE))

    def raw_outputs(self, scale: np.ndarray) -> np.ndarray:
        """Decoder outputs of a scale from the network, for a scale in the data's own units, (d,)."""
        return _raw_scale(scale / np.asarray(self._unit, np.float64), np.asarray(self.floors, np.float64))

    def initial_outputs(self, summary: Summary, share: float = 1.0) -> np.ndarray:
        """Decoder outputs, (d, P), of the data's mean and the initial scale."""
        if self.link == "identity":
            output = (summary.mean - summary.center) / summary.unit
        else:
            output = LINKS[self.link].inverse(summary.mean)
        raw = [self._initial_raw(summary, share)] * (self.outputs_per_feature - 1)
        return np.stack([output, *raw], axis=-1).astype(np.float32)


def _raw_scale(relative: np.ndarray, floors: np.ndarray) -> np.ndarray:
    """The raw log-scales of scales in their units, at least slightly above their floors."""
    return np.log(np.maximum(relative - floors, _LEAST_ABOVE_FLOOR * floors))
