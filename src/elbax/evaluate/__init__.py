"""Evaluation of a trained module: inference, bounds on log p(x), and measures of its latents and samples."""

from elbax.core.bound_limit import highest_bound
from elbax.evaluate.active_units import ActiveUnits, active_units
from elbax.evaluate.annealing import (
    AnnealedEstimate,
    BidirectionalBounds,
    anneal,
    bidirectional_monte_carlo,
    can_anneal,
)
from elbax.evaluate.baselines import Baseline, published_baselines, simple_baselines
from elbax.evaluate.bound_check import Excess, check_bounds, find_excess, naming_the_cause
from elbax.evaluate.bounds import bits_per_dim, elbo, is_discrete, log_likelihood
from elbax.evaluate.estimate import Convergence, Estimate, WeightedEstimate
from elbax.evaluate.evaluation import Evaluation
from elbax.evaluate.factor_analysis import choose_rank, factor_analysis, full_normal, independent, ppca
from elbax.evaluate.fidelity import Fidelity, fidelity, frechet_distance, precision_recall
from elbax.evaluate.importance_sampling import importance_sampling
from elbax.evaluate.inference import decode, encode, generate, generate_near, reconstruct, simulate
from elbax.evaluate.inference_gap import LOCAL_PASSES, RowwisePosterior, fit_rowwise_posteriors
from elbax.evaluate.information import Information, information
from elbax.evaluate.interpolation import interpolate, morph
from elbax.evaluate.ladder import Ladder, SimpleModel, measure_ladder
from elbax.evaluate.linear_gaussian import LinearGaussian
from elbax.evaluate.rate_distortion import RateDistortion
from elbax.evaluate.simple_models import SimpleModels, constant_log_density
from elbax.evaluate.suite import FEWEST_ROWS, Budget, evaluate_fully, measure_elbo

__all__ = [
    "FEWEST_ROWS",
    "LOCAL_PASSES",
    "ActiveUnits",
    "AnnealedEstimate",
    "Baseline",
    "BidirectionalBounds",
    "Budget",
    "Convergence",
    "Estimate",
    "Evaluation",
    "Excess",
    "Fidelity",
    "Information",
    "Ladder",
    "LinearGaussian",
    "RateDistortion",
    "RowwisePosterior",
    "SimpleModel",
    "SimpleModels",
    "WeightedEstimate",
    "active_units",
    "anneal",
    "bidirectional_monte_carlo",
    "bits_per_dim",
    "can_anneal",
    "check_bounds",
    "choose_rank",
    "constant_log_density",
    "decode",
    "elbo",
    "encode",
    "evaluate_fully",
    "factor_analysis",
    "fidelity",
    "find_excess",
    "fit_rowwise_posteriors",
    "frechet_distance",
    "full_normal",
    "generate",
    "generate_near",
    "highest_bound",
    "importance_sampling",
    "independent",
    "information",
    "interpolate",
    "is_discrete",
    "log_likelihood",
    "measure_elbo",
    "measure_ladder",
    "morph",
    "naming_the_cause",
    "ppca",
    "precision_recall",
    "published_baselines",
    "reconstruct",
    "simple_baselines",
    "simulate",
]
