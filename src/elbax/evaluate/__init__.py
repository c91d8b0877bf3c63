"""Measuring a trained module: bounds in nats, and what its latent space carries."""

from elbax.evaluate.annealing import Annealed, Bounds, anneal, check_both_ways
from elbax.evaluate.bits import bits_per_dim, is_discrete
from elbax.evaluate.bounds import elbo, log_likelihood
from elbax.evaluate.estimate import Estimate
from elbax.evaluate.gaps import LOCAL_PASSES, LocalFit, fit_locally
from elbax.evaluate.importance import importance
from elbax.evaluate.latent import ActiveUnits, active_units
from elbax.evaluate.maps import decode, encode, generate, reconstruct, simulate
from elbax.evaluate.paths import interpolate, morph
from elbax.evaluate.weights import Convergence, WeightedEstimate

__all__ = [
    "LOCAL_PASSES",
    "ActiveUnits",
    "Annealed",
    "Bounds",
    "Convergence",
    "Estimate",
    "LocalFit",
    "WeightedEstimate",
    "active_units",
    "anneal",
    "bits_per_dim",
    "check_both_ways",
    "decode",
    "elbo",
    "encode",
    "fit_locally",
    "generate",
    "importance",
    "interpolate",
    "is_discrete",
    "log_likelihood",
    "morph",
    "reconstruct",
    "simulate",
]
