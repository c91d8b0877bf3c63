"""What a part of a VAE is told when its arrays appear."""

from collections.abc import Callable
from numbers import Real
from typing import NamedTuple

import equinox as eqx
import numpy as np

from elbax.errors import InputError
from elbax.types import Summary

__all__ = ["Frame", "check_number", "check_whole"]


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


def check_number(name: str, value: object, least: float | None, most: float | None, example: str) -> None:
    """Refuse a setting of a part that is not a finite number from ``least`` to ``most``; None is no limit.

    Raises:
        InputError: it is not.
    """
    low, high = -np.inf if least is None else least, np.inf if most is None else most
    if (
        isinstance(value, Real)
        and not isinstance(value, bool)
        and low <= value <= high
        and np.isfinite(value)
    ):
        return
    wanted = "a number" + (f" of at least {least:g}" if most is None else f" from {least:g} to {most:g}")
    raise InputError(f"{name} must be {wanted}, as in {example}; got {value!r}")
