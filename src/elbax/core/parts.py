"""What a part of a VAE is told when its arrays appear."""

from collections.abc import Callable
from typing import NamedTuple

import equinox as eqx
import numpy as np

from elbax.types import Summary

__all__ = ["Frame"]


class Frame(NamedTuple):
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
