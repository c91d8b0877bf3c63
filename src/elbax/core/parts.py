"""The specification from which parts make their arrays, and a check of settings."""

from collections.abc import Callable
from typing import NamedTuple

import equinox as eqx
import numpy as np
from jaxtyping import ArrayLike

from elbax.checks import check_widths
from elbax.errors import InputError
from elbax.types import Summary


class ModelSpec(NamedTuple):
    """The VAE of a posterior or prior; ``network`` builds one from input shape, output shape and hidden widths."""

    latent_dim: int
    summary: Summary
    rng: np.random.Generator  # for initial weights; NumPy's, since JAX would compile a program for each shape
    network: Callable[[tuple[int, ...], tuple[int, ...], tuple[int, ...]], eqx.Module]


class LinearMap(NamedTuple):
    """A linear map, and the units in which a network departs from it.

    Attributes:
        weight: (n_in, n_out); the inputs are a row, flat, and its context if the map takes it.
        bias: (n_out,).
        unit: size of a noticeable change of each output, (n_out,), positive.
    """

    weight: ArrayLike
    bias: ArrayLike
    unit: ArrayLike


def check_layers(sizes: object, latent_dim: int) -> None:
    """Raise an InputError unless the sizes of stochastic layers add up to the number of latents."""
    check_widths("sizes", sizes, "layers(sizes=(100, 50))")
    if sum(sizes) != latent_dim:
        raise InputError(
            f"latent_dim must be {sum(sizes)}, the sum of sizes={sizes} of all stochastic layers; got {latent_dim}"
        )
