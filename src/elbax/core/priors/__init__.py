"""Priors p(z): where latent points come from before any data are seen."""

from elbax.core.priors.base import AbstractPrior
from elbax.core.priors.flow import Flow
from elbax.core.priors.layers import Layers
from elbax.core.priors.mixture import Mixture
from elbax.core.priors.standard_normal import StandardNormal
from elbax.core.priors.uniform import Uniform
from elbax.core.priors.vamp import Vamp
from elbax.core.registry import Registry

__all__ = ["PRIORS", "AbstractPrior", "Flow", "Layers", "Mixture", "StandardNormal", "Uniform", "Vamp"]

# What a setting or a saved model may name.
PRIORS = Registry("prior", AbstractPrior, Flow, Layers, Mixture, StandardNormal, Uniform, Vamp)
