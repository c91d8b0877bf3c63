"""What parts share: what they are told when their arrays appear, and how their settings are checked."""

from collections.abc import Callable
from typing import NamedTuple

import equinox as eqx
import numpy as np

from elbax.checks import check_widths
from elbax.errors import InputError
from elbax.types import Summary


class ModelSpec(NamedTuple):
    """The VAE that a posterior or prior is going to be part of.

    Attributes:
        latent_dim: number of latent dimensions.
        summary: what is known of the data.
        rng: draws initial weights; NumPy's, since each shape drawn by JAX would be one more compiled program.
        network: makes a network of the VAE's kind from an input shape, an output shape and the widths between; parts
            do not import each other.
    """

    latent_dim: int
    summary: Summary
    rng: np.random.Generator
    network: Callable[[tuple[int, ...], tuple[int, ...], tuple[int, ...]], eqx.Module]


def check_layers(sizes: object, latent_dim: int) -> None:
    """Refuse sizes of stochastic layers that do not add up to the number of latents.

    Raises:
        InputError: they do not.
    """
    check_widths("sizes", sizes, "layers(sizes=(100, 50))")
    if sum(sizes) != latent_dim:
        raise InputError(
            f"latent_dim must be {sum(sizes)}, the sum of sizes={sizes} of all stochastic layers; got {latent_dim}"
        )
