"""Measuring a trained module: bounds in nats, and what its latent space carries."""

from elbax.evaluate.active_units import ActiveUnits, active_units
from elbax.evaluate.annealing import AnnealedEstimate, Bounds, anneal, can_anneal, check_both_ways
from elbax.evaluate.baselines import Baseline, constant_log_density, ppca_baseline, published_baselines
from elbax.evaluate.bits_per_dim import bits_per_dim, is_discrete
from elbax.evaluate.bounds import elbo, log_likelihood
from elbax.evaluate.estimate import Estimate
from elbax.evaluate.evaluation import Evaluation
from elbax.evaluate.fidelity import Fidelity, fidelity, frechet_distance, precision_recall
from elbax.evaluate.importance_sampling import importance
from elbax.evaluate.inference import decode, encode, generate, reconstruct, simulate
from elbax.evaluate.inference_gap import LOCAL_PASSES, RowwisePosterior, fit_rowwise_posteriors
from elbax.evaluate.information import Information, information
from elbax.evaluate.interpolation import interpolate, morph
from elbax.evaluate.rate_distortion import RateDistortion
from elbax.evaluate.suite import FEWEST_ROWS, Budget, evaluate_fully, measure_elbo
from elbax.evaluate.weighted_estimate import Convergence, WeightedEstimate

__all__ = [
    "FEWEST_ROWS",
    "LOCAL_PASSES",
    "ActiveUnits",
    "AnnealedEstimate",
    "Bounds",
    "Budget",
    "Convergence",
    "Estimate",
    "Evaluation",
    "Fidelity",
    "Information",
    "RowwisePosterior",
    "RateDistortion",
    "Baseline",
    "WeightedEstimate",
    "active_units",
    "anneal",
    "bits_per_dim",
    "can_anneal",
    "check_both_ways",
    "constant_log_density",
    "decode",
    "elbo",
    "encode",
    "evaluate_fully",
    "fidelity",
    "fit_rowwise_posteriors",
    "frechet_distance",
    "generate",
    "importance",
    "information",
    "interpolate",
    "is_discrete",
    "log_likelihood",
    "measure_elbo",
    "morph",
    "ppca_baseline",
    "precision_recall",
    "published_baselines",
    "reconstruct",
    "simulate",
]
