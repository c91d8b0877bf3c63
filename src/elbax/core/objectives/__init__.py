"""Objectives: what training minimises, in nats per example."""

from elbax.core.objectives.base import AbstractObjective, Scored, divergence
from elbax.core.objectives.choice import OBJECTIVES, choose_objective
from elbax.core.objectives.elbo import ELBO, WARMUP_SHAPES
from elbax.core.objectives.iwae import IWAE, SAMPLES, importance_weighted, log_weights

__all__ = [
    "ELBO",
    "IWAE",
    "OBJECTIVES",
    "SAMPLES",
    "WARMUP_SHAPES",
    "AbstractObjective",
    "Scored",
    "choose_objective",
    "divergence",
    "importance_weighted",
    "log_weights",
]
