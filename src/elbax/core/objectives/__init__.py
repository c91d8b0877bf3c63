"""Objectives: what training minimizes, in nats per example."""

from elbax.core.objectives.base import AbstractObjective, ObjectiveValue
from elbax.core.objectives.capacity import Capacity
from elbax.core.objectives.ciwae import CIWAE
from elbax.core.objectives.density_ratio import DensityRatio
from elbax.core.objectives.dip import DIP
from elbax.core.objectives.elbo import ELBO, WARMUP_SHAPES
from elbax.core.objectives.geco import GECO
from elbax.core.objectives.gradients import GRADIENTS
from elbax.core.objectives.importance_weights import SAMPLES, importance_weighted, log_weight_function
from elbax.core.objectives.iwae import IWAE
from elbax.core.objectives.miwae import MIWAE
from elbax.core.objectives.mmd import KERNELS, MMD
from elbax.core.objectives.multi_sample import AbstractMultiSample
from elbax.core.objectives.penalized import AbstractPenalty, Penalized
from elbax.core.objectives.piwae import PIWAE
from elbax.core.objectives.prior_fit import PriorFit
from elbax.core.objectives.registry import OBJECTIVES, choose_objective
from elbax.core.objectives.regularized import Regularized
from elbax.core.objectives.renyi import Renyi
from elbax.core.objectives.single_sample import AbstractSingleSample, ForwardPass
from elbax.core.objectives.total_correlation import TotalCorrelation

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
