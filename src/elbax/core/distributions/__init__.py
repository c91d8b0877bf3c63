"""Distributions that NumPyro lacks, and operations on distributions of latent points."""

from elbax.core.distributions.autoregressive import AutoregressiveMixture
from elbax.core.distributions.codebook import UniformCodebook, VectorQuantized
from elbax.core.distributions.continuous_bernoulli import ContinuousBernoulli
from elbax.core.distributions.counts import NegativeBinomialCounts, PoissonCounts, ZeroInflated
from elbax.core.distributions.discretized_logistic import DiscretizedLogistic
from elbax.core.distributions.hierarchical import Hierarchical
from elbax.core.distributions.histogram import Codes, Histogram
from elbax.core.distributions.kl import kl_divergence, log_ratio
from elbax.core.distributions.latent import log_density, moments, normal, sample_with_density, standard_deviation
from elbax.core.distributions.mixture import Mixture
from elbax.core.distributions.multivariate_normal import MultivariateNormal
from elbax.core.distributions.one_hot import OneHot
from elbax.core.distributions.partial import Partial
from elbax.core.distributions.rounded_normal import RoundedNormal
from elbax.core.distributions.transformed import Transformed
from elbax.core.distributions.von_mises_fisher import UniformSphere, VonMisesFisher

__all__ = [
    "AutoregressiveMixture",
    "Codes",
    "ContinuousBernoulli",
    "DiscretizedLogistic",
    "Hierarchical",
    "Histogram",
    "Mixture",
    "MultivariateNormal",
    "NegativeBinomialCounts",
    "OneHot",
    "Partial",
    "PoissonCounts",
    "RoundedNormal",
    "Transformed",
    "UniformCodebook",
    "UniformSphere",
    "VectorQuantized",
    "VonMisesFisher",
    "ZeroInflated",
    "kl_divergence",
    "log_density",
    "log_ratio",
    "moments",
    "normal",
    "sample_with_density",
    "standard_deviation",
]
