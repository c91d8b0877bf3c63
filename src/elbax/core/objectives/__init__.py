"""Objectives: what training minimises, in nats per example."""

from elbax.core.objectives.base import AbstractObjective, Scored
from elbax.core.objectives.choice import OBJECTIVES, choose_objective
from elbax.core.objectives.elbo import ELBO, WARMUP_SHAPES
from elbax.core.objectives.iwae import IWAE, SAMPLES, importance_weighted

__all__ = [
    "ELBO",
    "IWAE",
    "OBJECTIVES",
    "SAMPLES",
    "WARMUP_SHAPES",
    "AbstractObjective",
    "Scored",
    "choose_objective",
    "importance_weighted",
]
