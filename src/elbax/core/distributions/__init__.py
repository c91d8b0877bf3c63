"""Distributions that NumPyro lacks, and operations on distributions of latent points."""

from elbax.core.distributions.codebook import UniformCodebook, VectorQuantized
from elbax.core.distributions.continuous_bernoulli import ContinuousBernoulli
from elbax.core.distributions.counts import NegativeBinomialCounts, PoissonCounts
from elbax.core.distributions.discretized_logistic import DiscretizedLogistic
from elbax.core.distributions.hierarchical import Hierarchical
from elbax.core.distributions.latent import (
    Moments,
    as_joint,
    is_joint,
    kl_divergence,
    log_density,
    log_ratio,
    log_terms,
    moments,
    normal,
    standard_deviation,
)
from elbax.core.distributions.mixture import Mixture
from elbax.core.distributions.one_hot import OneHot
from elbax.core.distributions.transformed import Transformed
from elbax.core.distributions.von_mises_fisher import UniformSphere, VonMisesFisher

__all__ = [
    "ContinuousBernoulli",
    "DiscretizedLogistic",
    "NegativeBinomialCounts",
    "PoissonCounts",
    "Hierarchical",
    "Mixture",
    "Moments",
    "VectorQuantized",
    "OneHot",
    "Transformed",
    "UniformCodebook",
    "UniformSphere",
    "VonMisesFisher",
    "kl_divergence",
    "as_joint",
    "log_density",
    "log_ratio",
    "log_terms",
    "moments",
    "normal",
    "standard_deviation",
    "is_joint",
]
