"""Objectives of training, in nats per row."""

from collections.abc import Mapping
from typing import Any

from elbax.core.config import choose, parse
from elbax.core.objectives.base import AbstractObjective, ObjectiveValue
from elbax.core.objectives.capacity import Capacity
from elbax.core.objectives.density_ratio import DensityRatio
from elbax.core.objectives.dip import DIP
from elbax.core.objectives.elbo import ELBO, WARMUP_SHAPES
from elbax.core.objectives.geco import GECO
from elbax.core.objectives.importance_weights import SAMPLES, importance_weighted, log_weight_function
from elbax.core.objectives.iwae import IWAE
from elbax.core.objectives.miwae import CIWAE, MIWAE, PIWAE
from elbax.core.objectives.mmd import KERNELS, MMD
from elbax.core.objectives.multi_sample import AbstractMultiSample
from elbax.core.objectives.penalized import AbstractPenalty, Penalized
from elbax.core.objectives.prior_fit import PriorFit
from elbax.core.objectives.regularized import Regularized
from elbax.core.objectives.renyi import Renyi
from elbax.core.objectives.single_sample import AbstractSingleSample, ForwardPass
from elbax.core.objectives.total_correlation import TotalCorrelation
from elbax.core.posteriors import POSTERIORS
from elbax.core.registry import Registry
from elbax.errors import InputError

__all__ = [
    "CIWAE",
    "DIP",
    "ELBO",
    "GECO",
    "IWAE",
    "KERNELS",
    "MIWAE",
    "MMD",
    "OBJECTIVES",
    "PIWAE",
    "SAMPLES",
    "WARMUP_SHAPES",
    "AbstractMultiSample",
    "AbstractObjective",
    "AbstractSingleSample",
    "AbstractPenalty",
    "Capacity",
    "ForwardPass",
    "DensityRatio",
    "Penalized",
    "PriorFit",
    "Regularized",
    "Renyi",
    "ObjectiveValue",
    "TotalCorrelation",
    "choose_objective",
    "importance_weighted",
    "log_weight_function",
]

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

_WEIGHTS = {"beta": 1.0, "free_bits": 0.0, "warmup": 0.0, "warmup_shape": "linear"}  # defaults of `VAE`


def choose_objective(name: str, weights: Mapping[str, Any], posterior: Any) -> AbstractObjective:
    """Build an objective from its name, with settings where it has any, as in "iwae(k=5)".

    Args:
        name: of an objective, or of a penalty to be added to the ELBO.
        weights: beta, free_bits, warmup and warmup_shape of the ELBO; other entries are ignored.
        posterior: the posterior or its name, which must suit the objective.

    Raises:
        InputError: a name or setting is unknown, or belongs to another objective or posterior.

    Example:
        >>> choose_objective("iwae(k=50)", {}, "diagonal_normal").samples
        50
    """
    values = {key: weights.get(key, default) for key, default in _WEIGHTS.items()}
    elbo = ELBO(*values.values())
    if name == ELBO.name:
        return elbo
    part = parse(OBJECTIVES, str(name))
    if isinstance(part, ELBO):
        raise InputError(
            "objective must be 'elbo' without settings; beta, free_bits, warmup and warmup_shape are settings of their "
            f"own; got {name!r}"
        )
    _check_posterior(part, posterior)
    if isinstance(part, AbstractPenalty):
        return Penalized(part, elbo)
    if changed := [key for key, default in _WEIGHTS.items() if values[key] != default]:
        raise InputError(
            f"objective {part.name!r} has no {changed[0]}; leave {changed[0]} at {_WEIGHTS[changed[0]]!r} or use "
            "objective='elbo'"
        )
    return part


def _check_posterior(part: AbstractObjective | AbstractPenalty, posterior: Any) -> None:
    posterior = choose(POSTERIORS, posterior)
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
            f"gradient {part.gradient!r} needs samples that are smooth functions of the posterior's parameters, which "
            f"those of {posterior.name!r} are not; use gradient=standard"
        )
