"""Priors p(z): where latent points come from before any data are seen."""

from elbax.core.priors.base import AbstractPrior
from elbax.core.priors.flow import Flow
from elbax.core.priors.layers import Layers
from elbax.core.priors.mixture import Mixture
from elbax.core.priors.standard_normal import StandardNormal
from elbax.core.priors.uniform import Uniform
from elbax.core.priors.vamp import Vamp

__all__ = ["PRIORS", "AbstractPrior", "Flow", "Layers", "Mixture", "StandardNormal", "Uniform", "Vamp"]

# What a setting or a saved model may name. A class that is added here can be named too.
PRIORS: dict[str, type[AbstractPrior]] = {
    part.name: part for part in (Flow, Layers, Mixture, StandardNormal, Uniform, Vamp)
}
