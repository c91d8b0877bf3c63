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
from elbax.evaluate.blame import CellScores, cell_log_probs, score, score_cells
from elbax.evaluate.bound_check import Excess, check_bounds, find_excess, naming_the_cause
from elbax.evaluate.bounds import bits_per_dim, elbo, is_discrete, log_likelihood
from elbax.evaluate.completion import Completions, Given, complete, completions, generate_given, impute
from elbax.evaluate.conformal import conformal_p_values, fewest_flagged, flag, own_p_values
from elbax.evaluate.estimate import Convergence, Estimate, WeightedEstimate
from elbax.evaluate.evaluation import Evaluation
from elbax.evaluate.factor_analysis import choose_rank, factor_analysis, full_normal, independent, ppca
from elbax.evaluate.fidelity import Fidelity, fidelity, frechet_distance, precision_recall
from elbax.evaluate.filling import cells_of, fill_drawn, fill_typical
from elbax.evaluate.importance_sampling import importance_sampling
from elbax.evaluate.inference import decode, encode, generate, generate_near, reconstruct, simulate
from elbax.evaluate.inference_gap import LOCAL_PASSES, RowwisePosterior, fit_rowwise_posteriors
from elbax.evaluate.information import Information, information
from elbax.evaluate.interpolation import interpolate, morph
from elbax.evaluate.ladder import Ladder, SimpleModel, measure_ladder
from elbax.evaluate.latent_effects import latent_effects
from elbax.evaluate.linear_gaussian import LinearGaussian
from elbax.evaluate.normal_mixture import NormalMixture
from elbax.evaluate.outliers import Calibration, calibrate, find_outliers, learn_usual, usual_cells
from elbax.evaluate.rate_distortion import RateDistortion
from elbax.evaluate.simple_models import SimpleModels, constant_log_density
from elbax.evaluate.suite import FEWEST_ROWS, Budget, evaluate_fully, measure_elbo

__all__ = [
    "NormalMixture",
    "fill_drawn",
    "fill_typical",
    "ActiveUnits",
    "AnnealedEstimate",
    "Baseline",
    "BidirectionalBounds",
    "Budget",
    "Calibration",
    "CellScores",
    "Completions",
    "Convergence",
    "Estimate",
    "Evaluation",
    "Excess",
    "FEWEST_ROWS",
    "Fidelity",
    "Given",
    "Information",
    "LOCAL_PASSES",
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
    "calibrate",
    "cell_log_probs",
    "can_anneal",
    "cells_of",
    "check_bounds",
    "choose_rank",
    "complete",
    "completions",
    "conformal_p_values",
    "constant_log_density",
    "decode",
    "elbo",
    "encode",
    "evaluate_fully",
    "factor_analysis",
    "fewest_flagged",
    "fidelity",
    "find_excess",
    "find_outliers",
    "fit_rowwise_posteriors",
    "flag",
    "frechet_distance",
    "full_normal",
    "generate",
    "generate_given",
    "generate_near",
    "highest_bound",
    "importance_sampling",
    "impute",
    "independent",
    "information",
    "interpolate",
    "is_discrete",
    "latent_effects",
    "learn_usual",
    "log_likelihood",
    "measure_elbo",
    "measure_ladder",
    "morph",
    "naming_the_cause",
    "own_p_values",
    "ppca",
    "precision_recall",
    "published_baselines",
    "reconstruct",
    "score",
    "score_cells",
    "simple_baselines",
    "simulate",
    "usual_cells",
]
