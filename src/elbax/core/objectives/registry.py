"""Turning settings into an objective."""

from collections.abc import Mapping
from typing import Any

from elbax.core.config import choose, parse
from elbax.core.objectives.base import AbstractObjective
from elbax.core.objectives.capacity import Capacity
from elbax.core.objectives.ciwae import CIWAE
from elbax.core.objectives.density_ratio import DensityRatio
from elbax.core.objectives.dip import DIP
from elbax.core.objectives.elbo import ELBO
from elbax.core.objectives.geco import GECO
from elbax.core.objectives.iwae import IWAE
from elbax.core.objectives.miwae import MIWAE
from elbax.core.objectives.mmd import MMD
from elbax.core.objectives.multi_sample import AbstractMultiSample
from elbax.core.objectives.penalized import AbstractPenalty, Penalized
from elbax.core.objectives.piwae import PIWAE
from elbax.core.objectives.regularized import Regularized
from elbax.core.objectives.renyi import Renyi
from elbax.core.objectives.total_correlation import TotalCorrelation
from elbax.core.posteriors import POSTERIORS
from elbax.core.registry import Registry
from elbax.errors import InputError

# What a setting may name.
OBJECTIVES = Registry(
    "objective",
    (AbstractObjective, AbstractPenalty),
    ELBO,
    Capacity,
    GECO,
    IWAE,
    MIWAE,
    PIWAE,
    CIWAE,
    Renyi,
    TotalCorrelation,
    DensityRatio,
    DIP,
    MMD,
    Regularized,
)

# The ELBO's weights are settings of their own, with these values where nothing is asked for.
_WEIGHTS = {"beta": 1.0, "free_bits": 0.0, "warmup": 0.0, "warmup_shape": "linear"}


def choose_objective(given: str, weights: Mapping[str, Any], posterior: Any) -> AbstractObjective:
    """Build the objective that a name, or a name with settings such as "iwae(k=5)", stands for.

    Args:
        given: the name of an objective, or of a penalty, which stands for the ELBO plus that.
        weights: beta, free_bits, warmup and warmup_shape, which only the ELBO has; other entries are ignored.
        posterior: the posterior or its name: a point has no density to weight samples by.

    Raises:
        InputError: a name or setting is unknown, or belongs to another objective or posterior.

    Example:
        >>> choose_objective("iwae(k=50)", {}, "diagonal_normal").samples
        50
    """
    chosen = _WEIGHTS | {name: weights[name] for name in _WEIGHTS if name in weights}
    elbo = ELBO(chosen["beta"], chosen["free_bits"], chosen["warmup"], chosen["warmup_shape"])
    if given == ELBO.name:
        return elbo
    part = parse(OBJECTIVES, str(given), "objective")
    if isinstance(part, ELBO):
        raise InputError(
            f"objective must be 'elbo', with beta, free_bits, warmup and warmup_shape beside it; got {given!r}"
        )
    _check_posterior(part, posterior)
    if isinstance(part, AbstractPenalty):
        return Penalized(part, elbo)
    if changed := [name for name, usual in _WEIGHTS.items() if chosen[name] != usual]:
        raise InputError(
            f"objective {part.name!r} has no {changed[0]}; leave {changed[0]} at {_WEIGHTS[changed[0]]!r} or use "
            "objective='elbo'"
        )
    return part


def _check_posterior(part: AbstractObjective | AbstractPenalty, posterior: Any) -> None:
    posterior = choose(POSTERIORS, posterior, "posterior")
    if part.needs_density and not posterior.has_density:
        raise InputError(
            f"objective {part.name!r} needs the posterior's density, which posterior='point' does not have; use "
            "objective='elbo'"
        )
    if isinstance(part, AbstractPenalty) and part.needs_factors and not posterior.factorized:
        raise InputError(
            f"objective {part.name!r} needs a posterior of independent dimensions; use posterior='diagonal_normal', or "
            "objective='density_ratio'"
        )
    if isinstance(part, AbstractMultiSample) and part.gradient != "standard" and posterior.bounded:
        raise InputError(
            f"gradient {part.gradient!r} needs a posterior that is moved smoothly by its parameters, which "
            f"{posterior.name!r} is not; use gradient=standard"
        )
