"""The location and scale that the normal, Student-t and discretized logistic likelihoods share."""

import math
from typing import Self

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import paramax
from jaxtyping import Array, Float

from elbax.checks import check_number
from elbax.core.likelihoods.links import LINKS
from elbax.core.numerics import soft_cap, softplus
from elbax.errors import InputError, unknown_name
from elbax.types import Summary, float32

LEARNED_SCALES = ("shared", "feature", "network")


# Adam moves every number by about one learning rate a step, and a log-scale has further to go than a weight: it is
# stored divided by this. Three brings noise to its level in time on wide data without overtaking the decoder.
_PACE = 3.0
_FLOOR = math.exp(-6)
# Of a scale in its feature's unit; its square stays within float32.
_LARGEST_LOG = 30.0


class LocationScale(eqx.Module):
    """Turns decoder outputs into a location and a scale, both in the data's own units.

    With the identity link the location is ``center + unit * output``, with any other it is ``link(output)``;
    center and unit come from the data through `prepare`, and are 0 and 1 before. A learned scale is
    ``unit * exp(m + softplus(raw - m))`` with ``m = log(floor)``: never below the floor, since without noise
    in the data the likelihood grows without bound as the scale shrinks (arXiv 2006.13202). Rounded data are free of
    noise at their last digit, so unless a floor is given it is the error of rounding, ``spacing / sqrt(12)``, at least.

    Attributes:
        scale: "fixed" at `value`; or learned: "shared", one for all features; "feature", one for each;
            "network", a second decoder output.
        value: the fixed scale, in the data's own units.
        link: name of the function from output to location.
        initial_scale: where a learned scale starts, in units of each feature.
        floor: below which a learned scale cannot go, in units of each feature; None for exp(-6) or the error of
            rounding, whichever is larger.
        center: subtracted from the data before a network sees them; not trained.
        unit: what the data are divided by; not trained.
        lowest: the floor of each feature, in its unit; not trained.
        raw: the learned scale; None for "fixed" and "network", and before `prepare`.

    Raises:
        InputError: an unknown scale or link, or a number that is not positive.
    """

    scale: str = eqx.field(static=True)
    value: float = eqx.field(static=True)
    link: str = eqx.field(static=True)
    initial_scale: float = eqx.field(static=True, default=0.1)
    floor: float | None = eqx.field(static=True, default=None)
    center: paramax.NonTrainable | None = None
    unit: paramax.NonTrainable | None = None
    lowest: paramax.NonTrainable | None = None
    raw: Float[Array, "..."] | None = None

    def __check_init__(self):
        if self.scale not in ("fixed", *LEARNED_SCALES):
            raise unknown_name("scale", self.scale, ("fixed", *LEARNED_SCALES))
        if self.link not in LINKS:
            raise unknown_name("link", self.link, LINKS)
        numbers = {"value": self.value, "initial_scale": self.initial_scale}
        numbers |= {} if self.floor is None else {"floor": self.floor}
        for name, number in numbers.items():
            check_number(name, number, f"{name}=0.1")
            if number <= 0:
                raise InputError(f"expected {name} to be a positive number; got {number!r}")

    @property
    def outputs_per_feature(self) -> int:
        """One for the location, and one more for a scale from the network."""
        return 2 if self.scale == "network" else 1

    @property
    def is_learned(self) -> bool:
        """Whether the scale is learned, as a number of its own or by the network."""
        return self.scale != "fixed"

    @property
    def std(self) -> Array | float:
        """The scale in the data's own units, where it is no decoder output."""
        return self.value if self.scale == "fixed" else self._unit * self._relative_scale(jnp.zeros(1))

    def __call__(self, outputs: Float[Array, "*n d P"]) -> tuple[Array, Array]:
        """Location and scale of each feature."""
        return self._location(outputs), self._unit * self._relative_scale(outputs)

    def in_units(
        self, outputs: Float[Array, "*n d P"], x: Float[Array, "*n d"]
    ) -> tuple[Array, Array, Array]:
        """Residual and scale of each feature, both divided by its unit, and the log of that unit.

        Densities are taken there: in the data's own units a scale's square, which gradients hold, leaves float32
        once the unit is beyond 1e19 or below 1e-19.
        """
        if self.center is None:
            residual = (x - self._location(outputs)) / self._unit
        else:  # around a large center the location would be rounded, as the difference from it is not
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
        initial = math.log(self.initial_scale) if self.raw is None else _PACE * self.raw
        raw = outputs[..., 1] if self.scale == "network" else jnp.asarray(initial)
        lowest = jnp.log(self.floors)
        return jnp.exp(soft_cap(lowest + softplus(raw - lowest), _LARGEST_LOG))

    @property
    def floors(self) -> Array:
        """The floor of each feature, in its unit."""
        if self.lowest is not None:
            return paramax.unwrap(self.lowest)
        return jnp.asarray(_FLOOR if self.floor is None else self.floor)

    def prepare(self, summary: Summary) -> Self:
        """Take center and unit from the data, and start the learned scale."""
        center = float32(summary.center) if self.link == "identity" else None
        shape = {"shared": (), "feature": np.shape(summary.unit)}.get(self.scale)
        rounding = summary.spacing / (math.sqrt(12) * summary.unit)
        floors = np.maximum(rounding, _FLOOR) if self.floor is None else np.full(rounding.shape, self.floor)
        return type(self)(
            *(self.scale, self.value, self.link, self.initial_scale, self.floor),
            center=None if center is None else paramax.NonTrainable(center),
            unit=paramax.NonTrainable(float32(summary.unit)),
            lowest=paramax.NonTrainable(float32(floors)),
            raw=None if shape is None else float32(np.full(shape, math.log(self.initial_scale) / _PACE)),
        )

    def fitted(self, residual: np.ndarray, observed: np.ndarray | None = None) -> np.ndarray:
        """The maximum-likelihood scale of each feature, (d,), for observed residuals (n, d) of a normal."""
        unit = np.asarray(self._unit, np.float64)
        seen = np.ones(residual.shape, bool) if observed is None else observed.astype(bool)
        count = np.maximum(seen.sum(axis=0), 1)
        variance = np.where(seen, np.square(residual), 0.0).sum(axis=0) / count
        if self.scale == "shared":  # one multiple of every feature's unit
            variance = np.average(variance / unit**2, weights=count) * unit**2
        return np.maximum(np.sqrt(variance), np.asarray(self.floors) * unit)

    def freed(self, relative: float | None = None) -> Self:
        """A copy with a learned scale for each feature, from this share of its unit or from the fixed scale."""
        unit = np.asarray(self._unit)
        start = self.value / unit if relative is None else np.full(unit.shape, relative)
        return type(self)(
            *("feature", self.value, self.link, self.initial_scale, self.floor, self.center, self.unit),
            lowest=self.lowest,
            raw=float32(np.log(start) / _PACE),
        )

    def lowered(self, relative: float) -> Self:
        """A copy whose learned scale, where it is no decoder output, is set to this share of each unit."""
        if self.raw is None:
            return self
        raw = float32(np.full(self.raw.shape, math.log(relative) / _PACE))
        return eqx.tree_at(lambda part: part.raw, self, raw)

    def initial_outputs(self, summary: Summary) -> np.ndarray:
        """Decoder outputs, (d, P), whose location is the data's mean, and whose scale is the initial one."""
        if self.link == "identity":
            output = (summary.mean - summary.center) / summary.unit
        else:
            output = LINKS[self.link].inverse(summary.mean)
        raw = [np.full_like(output, math.log(self.initial_scale))] * (self.outputs_per_feature - 1)
        return np.stack([output, *raw], axis=-1).astype(np.float32)
