"""The full evaluation: every measure, within a budget of rows."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import ceil, prod
from typing import Any, Self

import equinox as eqx
import jax
import numpy as np

from elbax.core.vae import VAEModule
from elbax.data import evenly_spaced, take_evenly
from elbax.errors import InputError
from elbax.evaluate.active_units import active_units
from elbax.evaluate.annealing import anneal, bidirectional_monte_carlo, can_anneal
from elbax.evaluate.baselines import Baseline, published_baselines, simple_baselines
from elbax.evaluate.batching import MAX_BATCH
from elbax.evaluate.bound_check import check_bounds
from elbax.evaluate.bounds import bits_per_dim, elbo, elbo_block, is_discrete
from elbax.evaluate.estimate import Estimate
from elbax.evaluate.evaluation import Evaluation, Score, SimulatedBounds
from elbax.evaluate.fidelity import FEATURES, fidelity
from elbax.evaluate.importance_sampling import importance_sampling
from elbax.evaluate.inference_gap import fit_rowwise_posteriors
from elbax.evaluate.information import information
from elbax.evaluate.rate_distortion import RateDistortion
from elbax.types import Batch, Summary, Terms

_USUAL_FLOPS = 5e5  # of decoding one latent point, as the row counts below assume: two layers of 256 units for MNIST
_LEAST_ROWS = 16
FEWEST_ROWS = 20  # of a full evaluation: precision and recall of its halves need neighbors
_MOST_REPEATS = 64  # draws of a row in a block


@dataclass(frozen=True)
class Budget:
    """Largest number of rows for each measure; 90 s of processor time for two layers of 256 units.

    Attributes:
        measured: for the ELBO and the KL of each latent. Fewer rows get more posterior samples each.
        sampled: for the importance-weighted log-likelihood.
        annealed: for annealed importance sampling, the inference gaps and the rate-distortion curve.
        compared: for mutual information and fidelity.
    """

    measured: int = 10_000
    sampled: int = 500
    annealed: int = 32
    compared: int = 1000

    def for_module(self, module: VAEModule, context: np.ndarray | None) -> Self:
        """Reduce the row counts for a decoder that is larger than usual, down to 16."""
        share = _USUAL_FLOPS / max(_decoder_flops(module, context), _USUAL_FLOPS)
        counts = {name: max(_LEAST_ROWS, int(getattr(self, name) * share)) for name in ("sampled", "annealed")}
        return replace(self, **counts)


def evaluate_fully(
    module: VAEModule,
    rows: Batch,
    *,
    summary: Summary,
    train: np.ndarray | Batch | None = None,
    data_name: str = "",
    n_importance: int = 1024,
    seed: int = 0,
    budget: Budget | None = None,
    progress: Callable[[str], None] = lambda name: None,
) -> Evaluation:
    """Take every measure of a module, each on rows that are evenly spread over ``rows``.

    Args:
        module: the trained module; its posterior must have a density.
        rows: rows to measure, with their context.
        summary: summary of the training rows.
        train: training rows, for simple models; by default the measured ones.
        data_name: name of the data, for published results.
        n_importance: importance samples per row for the log-likelihood.
        seed: seed of all draws.
        budget: row counts; by default those of `Budget`, fewer for large decoders.
        progress: called with the name of each measure before it starts.

    Raises:
        InputError: the posterior has no density, or there are fewer than 20 rows.
        BoundError: a bound on log p(x) is not a number, or higher than the likelihood allows.
    """
    started = time.perf_counter()
    _check(module, len(rows.x))
    budget = budget or Budget().for_module(module, rows.context)
    progress("ELBO")
    measured, terms = measure_elbo(module, rows, seed, budget)
    check_bounds(module, measured, terms.elbo)
    units = active_units(module, measured)
    progress("log-likelihood")
    sampled = take_evenly(rows, budget.sampled)
    weighted = importance_sampling(module, sampled, n_importance, seed)
    check_bounds(module, sampled, weighted.log_likelihood)
    score = Score.of(weighted)
    few, positions = take_evenly(sampled, budget.annealed), evenly_spaced(len(sampled.x), budget.annealed)
    log_p, annealed = weighted.log_likelihood[positions], None
    if can_anneal(module):
        progress("annealing")
        annealed = anneal(module, few, seed=seed).estimate
        check_bounds(module, few, annealed.log_likelihood)
    progress("gaps")
    posteriors = fit_rowwise_posteriors(module, few, seed=seed)
    progress("mutual information")
    compared = take_evenly(rows, budget.compared)
    mutual_information = information(module, compared, seed)
    progress("precision and recall")
    fidelities = tuple(fidelity(module, compared, kind, seed) for kind in FEATURES)
    progress("simple models")
    best_log_p = log_p
    if annealed is not None and annealed.log_likelihood.mean() > log_p.mean():
        best_log_p = annealed.log_likelihood
    return Evaluation(
        rows=len(rows.x),
        latent_dim=module.latent_dim,
        elbo=Estimate.of(terms.elbo),
        reconstruction=Estimate.of(terms.reconstruction),
        kl=Estimate.of(terms.kl),
        bits=bits_per_dim(score.nats.mean, _observed_features(sampled)) if is_discrete(module.likelihood) else None,
        log_likelihood=score,
        single=module.posterior.single,
        annealed=annealed and Score.of(annealed),
        above=annealed and Estimate.of(annealed.log_likelihood - log_p),
        **_simulation_and_curve(module, few, seed, progress),
        approximation_gap=Estimate.of(best_log_p - posteriors.best),
        amortization_gap=Estimate.of(posteriors.best - posteriors.encoded),
        information=mutual_information,
        active=int(units.active.sum()),
        kl_per_unit=tuple(units.kl.tolist()),
        fidelity=fidelities,
        references=_references(module, measured, summary, train, data_name, score),
        seconds=time.perf_counter() - started,
    )


def _check(module: VAEModule, n_rows: int) -> None:
    if not module.posterior.has_density:
        raise InputError(
            "a plain autoencoder (posterior='point') has no bound on log p(x) to evaluate; use `reconstruct`, or fit "
            "with another posterior"
        )
    if n_rows < FEWEST_ROWS:
        raise InputError(
            f"a full evaluation needs at least {FEWEST_ROWS} rows; got {n_rows}; `elbo` and `score_samples` take any "
            "number"
        )


def measure_elbo(module: VAEModule, rows: Batch, seed: int = 0, budget: Budget | None = None) -> tuple[Batch, Terms]:
    """Measure the ELBO that evaluation, doctor, report and run folders state.

    The result is the measured rows, at most ``budget.measured`` and evenly spread, and their terms, nats, (n,): means
    over about ``budget.measured`` draws in all, since few rows would take as long as a block.
    """
    most = (budget or Budget()).measured
    measured = take_evenly(rows, most)
    n = len(measured.x)
    repeats = int(np.clip(elbo_block(module, measured) // n, 1, _MOST_REPEATS))
    n_samples = ceil(most / max(n * repeats, MAX_BATCH))
    repeated = measured if repeats == 1 else jax.tree.map(lambda column: np.repeat(column, repeats, axis=0), measured)
    terms = elbo(module, repeated, seed, n_samples, apart=True)
    return measured, jax.tree.map(lambda term: term.reshape(n, repeats).mean(axis=1), terms)


def _observed_features(rows: Batch) -> float:
    """Mean number of observed features per row."""
    return float(prod(rows.x.shape[1:]) if rows.observed is None else rows.observed.sum() / len(rows.x))


def _simulation_and_curve(module: VAEModule, rows: Batch, seed: int, progress: Callable[[str], None]) -> dict[str, Any]:
    """Bounds on rows drawn from the model, and the rate-distortion curve; None where annealing is impossible."""
    if not can_anneal(module):
        return {"simulated": None, "rate_distortion": None}
    progress("annealing of simulated rows")
    bounds = bidirectional_monte_carlo(module, len(rows.x), seed=seed, context=rows.context)
    progress("rate-distortion curve")
    annealed = anneal(module, rows, start="prior", seed=seed)
    error = float(np.hypot(bounds.lower.monte_carlo_error, bounds.upper.monte_carlo_error))
    lower, upper = (float(estimate.log_likelihood.mean()) for estimate in (bounds.lower, bounds.upper))
    return {
        "simulated": SimulatedBounds(lower, -upper, error, len(rows.x)),
        "rate_distortion": RateDistortion.of(annealed),
    }


def _references(
    module: VAEModule, rows: Batch, summary: Summary, train: np.ndarray | Batch | None, data_name: str, score: Score
) -> tuple[Baseline, ...]:
    """Simple models, this model, and published results."""
    exposure = module.log_exposures(rows)
    # Training rows without an exposure of their own cannot be compared.
    likelihood, train = module.likelihood, rows if train is None or exposure is not None else train
    is_binary = np.isin(rows.x, (0, 1)) if rows.observed is None else np.isin(rows.x, (0, 1)) | (rows.observed == 0)
    values = "binary" if is_binary.all() else "other"
    return (
        *simple_baselines(likelihood, module.latent_dim, summary, train, rows, module.log_ratios, (exposure, exposure)),
        Baseline("this model", score.nats.mean, "the log-likelihood above"),
        *published_baselines(data_name, {"rows": values, "likelihood": likelihood.name}),
    )


def _decoder_flops(module: VAEModule, context: np.ndarray | None) -> float:
    point = np.zeros(module.latent_dim, np.float32)
    entry = None if context is None else np.asarray(context[0], np.float32)
    arrays, static = eqx.partition(module, eqx.is_array)
    lowered = jax.jit(lambda arrays, z, c: eqx.combine(arrays, static).decode(z, c)).lower(arrays, point, entry)
    return float((lowered.cost_analysis() or {}).get("flops", 0.0))
