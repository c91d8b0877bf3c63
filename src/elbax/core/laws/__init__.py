"""Laws of latent points: what posteriors and priors return, and what is asked of them."""

from elbax.core.laws.base import (
    Moments,
    divergence,
    joint,
    log_density,
    log_ratio,
    log_terms,
    moments,
    normal,
    scale_of,
    together,
)
from elbax.core.laws.codes import Nearest, UniformCodes
from elbax.core.laws.layered import Layered
from elbax.core.laws.mixture import Mixture
from elbax.core.laws.one_hot import OneHot
from elbax.core.laws.pushed import Pushed
from elbax.core.laws.sphere import UniformSphere, VonMisesFisher

__all__ = [
    "Layered",
    "Mixture",
    "Moments",
    "Nearest",
    "OneHot",
    "Pushed",
    "UniformCodes",
    "UniformSphere",
    "VonMisesFisher",
    "divergence",
    "joint",
    "log_density",
    "log_ratio",
    "log_terms",
    "moments",
    "normal",
    "scale_of",
    "together",
]
