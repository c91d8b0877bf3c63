"""A full evaluation: every measure on as many rows as a minute or two can bear."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import ceil, prod
from typing import Any, Self

import equinox as eqx
import jax
import numpy as np

from elbax.core.vae import VAEModule
from elbax.data import evenly_spaced
from elbax.evaluate.active_units import active_units
from elbax.evaluate.annealing import anneal, can_anneal, check_both_ways
from elbax.evaluate.baselines import Baseline, constant_log_density, ppca_baseline, published_baselines
from elbax.evaluate.batching import MAX_BATCH
from elbax.evaluate.bits_per_dim import bits_per_dim, is_discrete
from elbax.evaluate.bounds import elbo
from elbax.evaluate.estimate import Estimate
from elbax.evaluate.evaluation import Evaluation, Score, SimulatedBounds
from elbax.evaluate.fidelity import FEATURES, fidelity
from elbax.evaluate.importance_sampling import importance
from elbax.evaluate.inference_gap import fit_rowwise_posteriors
from elbax.evaluate.information import information
from elbax.evaluate.rate_distortion import RateDistortion
from elbax.types import Batch, Summary, Terms

# Operations of one decoded point that the row counts below are meant for: a network of two layers of 256 for MNIST.
_USUAL_OPERATIONS = 5e5
_FEWEST = 16
# Halves of these still have neighbors to compare with.
FEWEST_ROWS = 20


@dataclass(frozen=True)
class Budget:
    """How many rows each measure looks at, at most; 90 s of processor time for the network of the notebook.

    Attributes:
        measured: for the ELBO and the latents' KL; of fewer rows, more posterior samples each, at most ten.
        sampled: for the importance-weighted log-likelihood.
        annealed: for annealed importance sampling, the gaps, and the rate-distortion curve.
        compared: for the mutual information, and beside the model's own rows.
    """

    measured: int = 10_000
    sampled: int = 500
    annealed: int = 32
    compared: int = 1000

    def for_module(self, module: VAEModule, context: np.ndarray | None) -> Self:
        """Fewer rows for a decoder that is larger than usual, but 16 at least."""
        share = _USUAL_OPERATIONS / max(_operations(module, context), _USUAL_OPERATIONS)
        costly = {name: max(_FEWEST, int(getattr(self, name) * share)) for name in _COSTLY}
        return replace(self, **costly)


_COSTLY = ("sampled", "annealed")


def evaluate_fully(
    module: VAEModule,
    rows: Batch,
    *,
    summary: Summary,
    train: np.ndarray | None = None,
    data_name: str = "",
    n_importance: int = 1024,
    seed: int = 0,
    budget: Budget | None = None,
    tell: Callable[[str], None] = lambda name: None,
) -> Evaluation:
    """Measure everything of a module on some rows, each measure on a part that is spread evenly over them.

    Args:
        module: the trained module; its posterior must have a density.
        rows: rows to measure, with their context.
        summary: what was known of the training rows.
        train: training rows, for probabilistic PCA; by default the measured ones.
        data_name: name of the data, for published figures.
        n_importance: samples of each row for the log-likelihood.
        seed: of all draws.
        budget: how many rows each measure may look at; by default `Budget`'s, fewer for large decoders.
        tell: called with the name of each measure before it is taken.
    """
    started = time.perf_counter()
    budget = budget or Budget().for_module(module, rows.context)
    tell("ELBO")
    some, terms = measure_elbo(module, rows, seed, budget)
    units = active_units(module, some)
    tell("log-likelihood")
    few = _some(rows, budget.sampled)
    found = importance(module, few, n_importance, seed)
    score = Score.of(found)
    chosen = evenly_spaced(len(few.x), budget.annealed)
    fewer, log_p = _some(few, budget.annealed), found.each[chosen]
    annealed = None
    if can_anneal(module):
        tell("annealing")
        annealed = anneal(module, fewer, seed=seed).estimate
    tell("gaps")
    local = fit_rowwise_posteriors(module, fewer, seed=seed)
    tell("mutual information")
    compared = _some(rows, budget.compared)
    told = information(module, compared, seed)
    tell("precision and recall")
    beside = tuple(fidelity(module, compared, kind, seed) for kind in FEATURES)
    tell("probabilistic PCA")
    discrete = is_discrete(module.likelihood)
    return Evaluation(
        rows=len(rows.x),
        latent_dim=module.latent_dim,
        elbo=Estimate.of(terms.elbo),
        reconstruction=Estimate.of(terms.reconstruction),
        kl=Estimate.of(terms.kl),
        bits=bits_per_dim(score.nats.mean, _features(few)) if discrete else None,
        log_likelihood=score,
        single=module.posterior.single,
        annealed=annealed and Score.of(annealed),
        above=annealed and Estimate.of(annealed.each - log_p),
        **_along_the_path(module, fewer, seed, tell),
        approximation_gap=Estimate.of(
            (annealed.each if annealed and annealed.each.mean() > log_p.mean() else log_p) - local.best
        ),
        amortization_gap=Estimate.of(local.best - local.encoded),
        information=told,
        active=int(units.active.sum()),
        kl_per_unit=tuple(units.kl.tolist()),
        fidelity=beside,
        references=_references(module, some, summary, train, data_name, score),
        seconds=time.perf_counter() - started,
    )


def measure_elbo(
    module: VAEModule, rows: Batch, seed: int = 0, budget: Budget | None = None
) -> tuple[Batch, Terms]:
    """The ELBO of a model, for all who state it: of the same rows and seed it is the same number everywhere.

    Returns:
        The rows that were measured, at most ``budget.measured`` and evenly spread, and the terms of each, nats, (n,).
    """
    most = (budget or Budget()).measured
    some = _some(rows, most)
    # Less than a block of rows takes as long as one.
    draws = ceil(most / max(len(some.x), MAX_BATCH))
    return some, elbo(module, some, seed, draws, apart=True)


def _some(rows: Batch, most: int) -> Batch:
    """At most so many rows, evenly spread, in memory."""
    chosen = evenly_spaced(len(rows.x), most)
    return jax.tree.map(lambda column: np.asarray(column[chosen]), rows)


def _features(rows: Batch) -> float:
    """How many features of a row were observed, on average."""
    return float(prod(rows.x.shape[1:]) if rows.observed is None else rows.observed.sum() / len(rows.x))


def _along_the_path(module: VAEModule, rows: Batch, seed: int, tell: Callable[[str], None]) -> dict[str, Any]:
    """Bounds of rows that the model makes, and the rate-distortion curve; nothing where annealing cannot move."""
    if not can_anneal(module):
        return {"simulated": None, "rate_distortion": None}
    tell("annealing of simulated rows")
    bounds = check_both_ways(module, len(rows.x), seed=seed, context=rows.context)
    tell("rate-distortion curve")
    curve = anneal(module, rows, start="prior", seed=seed)
    error = float(np.hypot(bounds.lower.monte_carlo_error, bounds.upper.monte_carlo_error))
    lower, upper = float(bounds.lower.each.mean()), float(-bounds.upper.each.mean())
    return {
        "simulated": SimulatedBounds(lower, upper, error, len(rows.x)),
        "rate_distortion": RateDistortion.of(curve),
    }


def _references(
    module: VAEModule, rows: Batch, summary: Summary, train: np.ndarray | None, data_name: str, score: Score
) -> tuple[Baseline, ...]:
    """The constant model, probabilistic PCA, this model, and what is published for the data."""
    likelihood = module.likelihood
    values = "binary" if np.isin(rows.x, (0, 1)).all() else "other"
    part = likelihood.location_scale
    learned = part is not None and part.is_learned
    constant = "ignores the latents" + ("; scale of the measured rows" if learned else "")
    return (
        Baseline("constant model", constant_log_density(likelihood, summary, rows), constant),
        ppca_baseline(likelihood, module.latent_dim, rows.x if train is None else train, rows),
        Baseline("this model", score.nats.mean, "the log-likelihood above"),
        *published_baselines(data_name, {"rows": values, "likelihood": likelihood.name}),
    )


def _operations(module: VAEModule, context: np.ndarray | None) -> float:
    """Floating-point operations of decoding one point, as the compiler counts them."""
    point = np.zeros(module.latent_dim, np.float32)
    one = None if context is None else np.asarray(context[0], np.float32)
    arrays, static = eqx.partition(module, eqx.is_array)
    lowered = jax.jit(lambda arrays, z, c: eqx.combine(arrays, static).decode(z, c)).lower(arrays, point, one)
    return float((lowered.cost_analysis() or {}).get("flops", 0.0))
