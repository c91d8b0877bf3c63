"""Objectives: what training minimises, in nats per example."""

from elbax.core.objectives.base import AbstractObjective, Scored
from elbax.core.objectives.capacity import Capacity
from elbax.core.objectives.choice import OBJECTIVES, choose_objective
from elbax.core.objectives.ciwae import CIWAE
from elbax.core.objectives.density_ratio import DensityRatio
from elbax.core.objectives.dip import DIP
from elbax.core.objectives.elbo import ELBO, WARMUP_SHAPES
from elbax.core.objectives.geco import GECO
from elbax.core.objectives.gradients import GRADIENTS
from elbax.core.objectives.iwae import IWAE
from elbax.core.objectives.many_samples import AbstractManySamples
from elbax.core.objectives.miwae import MIWAE
from elbax.core.objectives.mmd import KERNELS, MMD
from elbax.core.objectives.one_sample import AbstractOneSample, Codes
from elbax.core.objectives.penalized import AbstractPenalty, Penalized
from elbax.core.objectives.piwae import PIWAE
from elbax.core.objectives.prior_fit import PriorFit
from elbax.core.objectives.regularized import Regularized
from elbax.core.objectives.renyi import Renyi
from elbax.core.objectives.total_correlation import TotalCorrelation
from elbax.core.objectives.weights import SAMPLES, importance_weighted, weigher

__all__ = [
    "CIWAE",
    "DIP",
    "ELBO",
    "GECO",
    "GRADIENTS",
    "IWAE",
    "KERNELS",
    "MIWAE",
    "MMD",
    "OBJECTIVES",
    "PIWAE",
    "SAMPLES",
    "WARMUP_SHAPES",
    "AbstractManySamples",
    "AbstractObjective",
    "AbstractOneSample",
    "AbstractPenalty",
    "Capacity",
    "Codes",
    "DensityRatio",
    "Penalized",
    "PriorFit",
    "Regularized",
    "Renyi",
    "Scored",
    "TotalCorrelation",
    "choose_objective",
    "importance_weighted",
    "weigher",
]
