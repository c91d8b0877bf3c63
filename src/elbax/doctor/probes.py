"""Controlled probes: what changes when one thing is changed."""

from dataclasses import dataclass, replace
from math import ceil, sqrt

import equinox as eqx
import jax
import numpy as np
from scipy.stats import wilcoxon

from elbax import evaluate
from elbax.core.likelihoods import Normal, SumOfSquares
from elbax.core.objectives import ELBO, AbstractObjective, choose_objective
from elbax.doctor.case import Case
from elbax.train.engine import train
from elbax.train.head_start import choose_init, latent_points

__all__ = ["Gain", "amortization_gap", "continued_gain", "dropout_gain", "with_free_scale"]

_PROBED_ROWS = 128
_JUDGING_ROWS = 2000
_LOW_SCALE = 0.1
_DRAWS = 8
_SHARE, _LEAST_STEPS = 0.3, 1000
_LEVEL = 0.025
_TAUGHT = 500


@dataclass(frozen=True)
class Gain:
    """What a change gained.

    Attributes:
        each: nats of each row, (n,).
        held_out: whether these rows were held out of the fit.
    """

    each: np.ndarray
    held_out: bool

    @property
    def nats(self) -> float:
        """The average."""
        return float(self.each.mean())

    @property
    def error(self) -> float:
        """Its standard error."""
        return float(self.each.std() / np.sqrt(len(self.each)))

    def exceeds(self, nats: float) -> bool:
        """Whether it is larger than this on average, and most rows say so (Wilcoxon 1945).

        A few rows that lose much would hide from a test of the mean what all others gain.
        """
        return self.nats > nats and wilcoxon(self.each - nats, alternative="greater").pvalue < _LEVEL

    def __sub__(self, other: "Gain") -> "Gain":
        """How much more was gained than by another change, row by row."""
        return Gain(self.each - other.each, self.held_out)

    def __str__(self) -> str:
        """Nats, and whose."""
        return f"{self.nats:.2f} ± {self.error:.2f} nats on {'held-out' if self.held_out else 'its'} rows"


_NOT_LOOKED = Gain(np.zeros(1), False)


def continued_gain(case: Case, *, objective: AbstractObjective | None = None, seconds: float = 10.0) -> Gain:
    """Nats of ELBO gained by training on for up to 30% of the plan, from the plan's step size to 0.

    Held-out rows are the judge where there are any, for training rows nearly always gain: a fit that stopped at its
    best validation ELBO has not stopped too early. Like the other probes it finds no gain where the case allows none.

    Args:
        case: what to train on.
        objective: what to train on with; by default the fit's own, warmed up.
        seconds: about how long it may take.
    """
    if not case.probes:
        return _NOT_LOOKED
    settings = case.settings
    steps_per_epoch = ceil(len(case.rows.x) / case.plan.batch_size)
    affordable = int(seconds / (_seconds_per_row(case) * len(case.rows.x)))
    epochs = max(1, min(ceil(_SHARE * case.plan.epochs) + _LEAST_STEPS // steps_per_epoch, affordable))
    plan = replace(
        case.plan,
        schedule="cosine",
        patience=None,
        epochs=epochs,
        pretraining_steps=0 if case.rows.latent is None else _TAUGHT,
        seed=case.plan.seed ^ 1,
    )
    if objective is None:
        objective = choose_objective(settings["objective"], settings, settings["posterior"]).when_settled()
    alone = list(jax.device_put(0).devices())
    after = train(case.module, objective, case.rows, plan, devices=alone).module
    held_out = None if case.held_out is None or len(case.held_out.x) < 2 else case.held_out
    rows = case.some(_JUDGING_ROWS, held_out)
    # Averages over draws: a few held-out rows are too noisy a judge with one.
    before, after = (evaluate.elbo(m, rows.x, 0, rows.context, _DRAWS).elbo for m in (case.module, after))
    return Gain(after - before, held_out is not None)


def with_free_scale(case: Case) -> Case:
    """The case with its likelihood's fixed scale free to move from where it stands.

    A sum of squares becomes the normal that it stands for, with a variance of 1/2.
    """
    likelihood = case.module.likelihood
    if isinstance(likelihood, SumOfSquares):
        likelihood = Normal("fixed", sqrt(0.5), likelihood.link)
    free = eqx.tree_at(lambda part: part.location_scale, likelihood, likelihood.location_scale.freed())
    return replace(case, module=eqx.tree_at(lambda module: module.likelihood, case.module, free))


def dropout_gain(case: Case) -> Gain:
    """How much more is gained by training on without dropout than with it.

    Both start over from a map of the data, with a learned scale that is low again: dropout can fold or collapse the
    latents, and a short fit would not come back from there.
    """
    if not case.probes:
        return _NOT_LOOKED
    latent_dim, rng = case.module.latent_dim, np.random.default_rng(case.plan.seed)
    rows, summary = case.rows, case.schema.summary
    if case.module.posterior.teachable:
        latent = latent_points(rows.x, summary, latent_dim, choose_init(latent_dim), rng, rows.context)
        case = replace(case, rows=rows._replace(latent=latent))
    part = getattr(case.module.likelihood, "location_scale", None)
    if part is not None:
        where = lambda module: module.likelihood.location_scale  # noqa: E731
        case = replace(case, module=eqx.tree_at(where, case.module, part.lowered(_LOW_SCALE)))
    without, with_it = (
        continued_gain(
            case, objective=ELBO(case.settings["beta"], case.settings["free_bits"], dropout=dropout)
        )
        for dropout in (False, True)
    )
    return without - with_it


def amortization_gap(case: Case, *, seconds: float = 10.0) -> Gain:
    """Nats per row that the encoder loses against posteriors optimised for each row (arXiv 1801.03558).

    Both are judged by the ELBO, with the weight of the KL that the encoder was trained for. Zero for posteriors other
    than the diagonal normal, and for encoders that were trained for another objective.

    Args:
        case: whose encoder.
        seconds: about how long it may take; it decides how many rows are looked at, 8 to 128.
    """
    known = case.settings["posterior"] == "diagonal_normal" and case.settings["objective"] == ELBO.name
    if not case.probes or not known:
        return _NOT_LOOKED
    affordable = seconds / (_seconds_per_row(case) * evaluate.LOCAL_PASSES)
    rows, beta = case.some(int(np.clip(affordable, 8, _PROBED_ROWS))), case.settings["beta"]
    found = evaluate.fit_locally(case.module, rows, beta)
    return Gain(found.best - found.encoded, False)


def _seconds_per_row(case: Case) -> float:
    """What one row cost in one epoch of the fit, without compilation where the history tells it apart."""
    seconds = case.history["seconds"].to_numpy()
    late = seconds[-1] - seconds[0] if len(seconds) > 1 and seconds[-1] > seconds[0] else seconds[-1]
    return max(late, 1e-3) / (max(1, len(seconds) - 1) * case.n_rows)
