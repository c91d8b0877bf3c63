"""Likelihoods p(x|z)."""

from elbax.core.likelihoods.base import AbstractLikelihood, Support
from elbax.core.likelihoods.bernoulli import Bernoulli
from elbax.core.likelihoods.categorical import Categorical
from elbax.core.likelihoods.continuous_bernoulli import ContinuousBernoulli
from elbax.core.likelihoods.counts import NegativeBinomial, Poisson, ZeroInflatedNegativeBinomial
from elbax.core.likelihoods.discretized_logistic import DiscretizedLogistic
from elbax.core.likelihoods.histogram import Histogram
from elbax.core.likelihoods.improper import CrossEntropy, Custom, SumOfSquares
from elbax.core.likelihoods.log_normal import LogNormal
from elbax.core.likelihoods.mixed import Mixed
from elbax.core.likelihoods.normal import Normal
from elbax.core.likelihoods.rounded_normal import RoundedNormal
from elbax.core.likelihoods.student_t import StudentT
from elbax.core.registry import Registry

__all__ = [
    "LIKELIHOODS",
    "AbstractLikelihood",
    "Bernoulli",
    "Categorical",
    "ContinuousBernoulli",
    "CrossEntropy",
    "Custom",
    "DiscretizedLogistic",
    "Histogram",
    "LogNormal",
    "Mixed",
    "NegativeBinomial",
    "Normal",
    "Poisson",
    "RoundedNormal",
    "StudentT",
    "SumOfSquares",
    "Support",
    "ZeroInflatedNegativeBinomial",
]

# Custom is not registered: its loss is a function, which cannot be saved.
LIKELIHOODS = Registry(
    "likelihood",
    AbstractLikelihood,
    Bernoulli,
    Categorical,
    ContinuousBernoulli,
    CrossEntropy,
    DiscretizedLogistic,
    Histogram,
    LogNormal,
    Mixed,
    NegativeBinomial,
    Normal,
    Poisson,
    RoundedNormal,
    StudentT,
    SumOfSquares,
    ZeroInflatedNegativeBinomial,
)
