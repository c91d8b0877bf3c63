"""Measuring a trained module: bounds in nats, and what its latent space carries."""

from elbax.evaluate.bounds import elbo, log_likelihood
from elbax.evaluate.latent import ActiveUnits, active_units
from elbax.evaluate.maps import decode, encode, generate, reconstruct
from elbax.evaluate.paths import interpolate, morph

__all__ = [
    "ActiveUnits",
    "active_units",
    "decode",
    "elbo",
    "encode",
    "generate",
    "interpolate",
    "log_likelihood",
    "morph",
    "reconstruct",
]
