"""Link functions, from decoder output to mean."""

from collections.abc import Callable
from math import inf
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from elbax.core.numerics import softplus

_MARGIN = 1e-3  # least distance of an initial mean from the end of a link's range, where gradients vanish


class Link(NamedTuple):
    """A function from decoder output to mean.

    Attributes:
        forward: from output to mean.
        inverse: from mean to output, in NumPy; means are clipped to the range.
        range: the interval of means.
    """

    forward: Callable[[Array], Array]
    inverse: Callable[[np.ndarray], np.ndarray]
    range: tuple[float, float]


def logit(mean: np.ndarray) -> np.ndarray:
    """Log-odds of a mean, which is clipped to [0.001, 0.999]."""
    mean = np.clip(mean, _MARGIN, 1 - _MARGIN)
    return np.log(mean) - np.log1p(-mean)


def _inverse_softplus(mean: np.ndarray) -> np.ndarray:
    mean = np.maximum(mean, _MARGIN)
    return mean + np.log(-np.expm1(-mean))


LINKS: dict[str, Link] = {
    "identity": Link(lambda output: output, lambda mean: mean, (-inf, inf)),
    "sigmoid": Link(jax.nn.sigmoid, logit, (0.0, 1.0)),
    "tanh": Link(jnp.tanh, lambda mean: np.arctanh(np.clip(mean, _MARGIN - 1, 1 - _MARGIN)), (-1.0, 1.0)),
    "relu": Link(jax.nn.relu, lambda mean: np.maximum(mean, _MARGIN), (0.0, inf)),
    "softplus": Link(softplus, _inverse_softplus, (0.0, inf)),
}
