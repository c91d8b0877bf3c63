"""Measuring a trained module: bounds in nats, and what its latent space carries."""

from elbax.evaluate.annealing import Annealed, Bounds, anneal, can_anneal, check_both_ways
from elbax.evaluate.bits import bits_per_dim, is_discrete
from elbax.evaluate.bounds import elbo, log_likelihood
from elbax.evaluate.estimate import Estimate
from elbax.evaluate.evaluation import Evaluation
from elbax.evaluate.fidelity import Fidelity, fidelity, frechet_distance, precision_recall
from elbax.evaluate.full import FEWEST_ROWS, Budget, evaluate_fully, measure_elbo
from elbax.evaluate.gaps import LOCAL_PASSES, LocalFit, fit_locally
from elbax.evaluate.importance import importance
from elbax.evaluate.information import Information, information
from elbax.evaluate.latent import ActiveUnits, active_units
from elbax.evaluate.maps import decode, encode, generate, reconstruct, simulate
from elbax.evaluate.paths import interpolate, morph
from elbax.evaluate.rate_distortion import RateDistortion
from elbax.evaluate.reference import Reference, constant_density, ppca_reference, published
from elbax.evaluate.weights import Convergence, WeightedEstimate

__all__ = [
    "FEWEST_ROWS",
    "LOCAL_PASSES",
    "ActiveUnits",
    "Annealed",
    "Bounds",
    "Budget",
    "Convergence",
    "Estimate",
    "Evaluation",
    "Fidelity",
    "Information",
    "LocalFit",
    "RateDistortion",
    "Reference",
    "WeightedEstimate",
    "active_units",
    "anneal",
    "bits_per_dim",
    "can_anneal",
    "check_both_ways",
    "constant_density",
    "decode",
    "elbo",
    "encode",
    "evaluate_fully",
    "fidelity",
    "fit_locally",
    "frechet_distance",
    "generate",
    "importance",
    "information",
    "interpolate",
    "is_discrete",
    "log_likelihood",
    "measure_elbo",
    "morph",
    "ppca_reference",
    "precision_recall",
    "published",
    "reconstruct",
    "simulate",
]
