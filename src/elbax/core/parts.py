"""What parts share: what they are told when their arrays appear, and how their settings are checked."""

from collections.abc import Callable
from numbers import Real
from typing import NamedTuple

import equinox as eqx
import numpy as np

from elbax.errors import InputError
from elbax.types import Summary

__all__ = ["Frame", "check_layers", "check_number", "check_whole", "check_widths"]


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


def check_whole(name: str, value: object, least: int, example: str) -> None:
    """Refuse a setting of a part that is not a whole number of at least ``least``.

    Raises:
        InputError: it is not.
    """
    if type(value) is not int or value < least:
        raise InputError(f"{name} must be a whole number of at least {least}, as in {example}; got {value!r}")


def check_number(
    name: str, value: object, example: str, least: float = -np.inf, most: float = np.inf
) -> None:
    """Refuse a setting of a part that is not a finite number from ``least`` to ``most``.

    Raises:
        InputError: it is not.
    """
    number = isinstance(value, Real) and not isinstance(value, bool)
    if number and least <= value <= most and np.isfinite(value):
        return
    limits = "" if least == -np.inf else f" of at least {least:g}"
    limits = limits if most == np.inf else f" from {least:g} to {most:g}"
    raise InputError(f"{name} must be a number{limits}, as in {example}; got {value!r}")


def check_widths(name: str, value: object, example: str) -> None:
    """Refuse a setting of a part that is not a list of at least one width.

    Raises:
        InputError: it is not.
    """
    if (
        not isinstance(value, tuple)
        or not value
        or any(type(width) is not int or width < 1 for width in value)
    ):
        raise InputError(f"{name} must be a list of layer widths, as in {example}; got {value!r}")


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
