"""Turning settings into an objective."""

from collections.abc import Mapping
from typing import Any

from elbax.core.config import parse
from elbax.core.objectives.base import AbstractObjective
from elbax.core.objectives.elbo import ELBO
from elbax.core.objectives.iwae import IWAE
from elbax.errors import InputError

__all__ = ["OBJECTIVES", "choose_objective"]

# What a setting may name.
OBJECTIVES: dict[str, type[AbstractObjective]] = {cls.name: cls for cls in (ELBO, IWAE)}

# The ELBO's weights are settings of their own, with these values where nothing is asked for.
_WEIGHTS = {"beta": 1.0, "free_bits": 0.0, "warmup": 0.0, "warmup_shape": "linear"}


def choose_objective(given: str, weights: Mapping[str, Any], posterior: Any) -> AbstractObjective:
    """Build the objective that a name, or a name with settings such as "iwae(k=5)", stands for.

    Args:
        given: the name.
        weights: beta, free_bits, warmup and warmup_shape, which only the ELBO has; other entries are ignored.
        posterior: the posterior or its name: a point has no density to weight samples by.

    Raises:
        InputError: a name or setting is unknown, or belongs to another objective or posterior.

    Example:
        >>> choose_objective("iwae(k=50)", {}, "diagonal_normal")
        IWAE(k=50)
    """
    chosen = _WEIGHTS | {name: weights[name] for name in _WEIGHTS if name in weights}
    if given == ELBO.name:
        return ELBO(chosen["beta"], chosen["free_bits"], chosen["warmup"], chosen["warmup_shape"])
    objective = parse(OBJECTIVES, str(given), "objective")
    if isinstance(objective, ELBO):
        raise InputError(
            f"objective must be 'elbo', with beta, free_bits, warmup and warmup_shape beside it; got {given!r}"
        )
    if changed := [name for name, usual in _WEIGHTS.items() if chosen[name] != usual]:
        raise InputError(
            f"objective {objective.name!r} has no {changed[0]}; leave {changed[0]} at {_WEIGHTS[changed[0]]!r} or use "
            "objective='elbo'"
        )
    if getattr(posterior, "name", posterior) == "point":
        raise InputError(
            f"objective {objective.name!r} weights samples by the posterior's density, which posterior='point' does "
            "not have; use objective='elbo'"
        )
    return objective
