"""Priors p(z): where latent points come from before any data are seen."""

from types import MappingProxyType

from elbax.core.priors.base import AbstractPrior
from elbax.core.priors.standard_normal import StandardNormal

__all__ = ["PRIORS", "AbstractPrior", "StandardNormal"]

PRIORS = MappingProxyType({part.name: part for part in (StandardNormal,)})
