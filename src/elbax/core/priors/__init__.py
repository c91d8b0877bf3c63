"""Priors p(z)."""

from elbax.core.priors.autoregressive import Autoregressive
from elbax.core.priors.base import AbstractPrior
from elbax.core.priors.flow import Flow
from elbax.core.priors.layers import Layers
from elbax.core.priors.mixture import Mixture
from elbax.core.priors.partial import Partial
from elbax.core.priors.standard_normal import StandardNormal
from elbax.core.priors.uniform import Uniform
from elbax.core.priors.vamp import Vamp
from elbax.core.registry import Registry

__all__ = [
    "PRIORS",
    "AbstractPrior",
    "Autoregressive",
    "Flow",
    "Layers",
    "Mixture",
    "Partial",
    "StandardNormal",
    "Uniform",
    "Vamp",
]

PRIORS = Registry("prior", AbstractPrior, Autoregressive, Flow, Layers, Mixture, Partial, StandardNormal, Uniform, Vamp)
