"""Controlled probes: train a little further with one thing changed, and compare."""

from dataclasses import dataclass, replace
from math import ceil

import equinox as eqx
import jax
import numpy as np
from scipy.stats import wilcoxon

from elbax import evaluate
from elbax.core.likelihoods.location_scale import LocationScale
from elbax.core.objectives import ELBO, AbstractObjective, choose_objective
from elbax.doctor.fit_record import FitRecord
from elbax.train.pretraining import choose_init, make_target_codes
from elbax.train.trainer import train

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
        """Whether it is larger than this on average and for most rows (Wilcoxon 1945).

        In a test of the mean, a few rows that lose much would hide the gain of all others.
        """
        if len(self.each) == 1:
            return self.nats > nats
        return self.nats > nats and wilcoxon(self.each - nats, alternative="greater").pvalue < _LEVEL

    def __sub__(self, other: "Gain") -> "Gain":
        """How much more was gained than by another change, row by row."""
        return Gain(self.each - other.each, self.held_out)

    def __str__(self) -> str:
        """The average with its error, and the rows it is of."""
        if len(self.each) == 1:
            return f"{self.nats:.2f} nats"
        return f"{self.nats:.2f} ± {self.error:.2f} nats on {'held-out' if self.held_out else 'its'} rows"


_NOT_LOOKED = Gain(np.zeros(1), False)


def continued_gain(
    record: FitRecord, *, objective: AbstractObjective | None = None, seconds: float = 10.0
) -> Gain:
    """Nats of ELBO gained by training on for up to 30% of the plan, from the plan's step size to 0.

    Held-out rows are the judge where there are any, for training rows nearly always gain: a fit that stopped at its
    best validation ELBO has not stopped too early. Like the other probes it finds no gain where the record allows none.

    Args:
        record: the fit to continue.
        objective: the objective to continue with; by default the fit's own, warmed up.
        seconds: about how long it may take.
    """
    if not record.probes:
        return _NOT_LOOKED
    settings = record.settings
    steps_per_epoch = ceil(len(record.rows.x) / record.plan.batch_size)
    affordable = int(seconds / (_seconds_per_row(record) * len(record.rows.x)))
    epochs = max(1, min(ceil(_SHARE * record.plan.epochs) + _LEAST_STEPS // steps_per_epoch, affordable))
    plan = replace(
        record.plan,
        schedule="cosine",
        patience=None,
        epochs=epochs,
        pretraining_steps=0 if record.rows.target_codes is None else _TAUGHT,
        seed=record.plan.seed ^ 1,
    )
    if objective is None:
        objective = choose_objective(settings["objective"], settings, settings["posterior"]).after_warmup()
    alone = list(jax.device_put(0).devices())
    after = train(record.module, objective, record.rows, plan, devices=alone).module
    held_out = None if record.held_out is None or len(record.held_out.x) < 2 else record.held_out
    rows = record.some(_JUDGING_ROWS, held_out)
    # Averages over draws: a few held-out rows are too noisy a judge with one.
    before, after = (evaluate.elbo(m, rows, 0, _DRAWS).elbo for m in (record.module, after))
    return Gain(after - before, held_out is not None)


def with_free_scale(record: FitRecord) -> FitRecord:
    """The fit with its likelihood's fixed scale replaced by a learned one that starts there."""
    part = record.module.likelihood.location_scale
    return record if part is None else _with_location_scale(record, part.with_free_scale())


def _with_location_scale(record: FitRecord, part: LocationScale) -> FitRecord:
    changed = record.module.likelihood.with_location_scale(part)
    return replace(record, module=eqx.tree_at(lambda module: module.likelihood, record.module, changed))


def dropout_gain(record: FitRecord) -> Gain:
    """How much more is gained by training on without dropout than with it.

    Both start over from a map of the data, with a learned scale that is low again: dropout can fold or collapse the
    latents, and a short fit would not come back from there.
    """
    if not record.probes:
        return _NOT_LOOKED
    latent_dim, rng = record.module.latent_dim, np.random.default_rng(record.plan.seed)
    rows, summary = record.rows, record.schema.summary
    if record.module.posterior.can_pretrain:
        latent = make_target_codes(rows.x, summary, latent_dim, choose_init(latent_dim), rng, rows.context)
        record = replace(record, rows=rows._replace(target_codes=latent))
    part = record.module.likelihood.location_scale
    if part is not None and part.is_learned:
        record = _with_location_scale(record, part.with_scale(_LOW_SCALE))
    without, with_it = (
        continued_gain(
            record, objective=ELBO(record.settings["beta"], record.settings["free_bits"], dropout=dropout)
        )
        for dropout in (False, True)
    )
    return without - with_it


def amortization_gap(record: FitRecord, *, seconds: float = 10.0) -> Gain:
    """Nats per row that the encoder loses against posteriors optimized for each row (arXiv 1801.03558).

    Both are judged by the ELBO, with the weight of the KL that the encoder was trained for. Zero for posteriors other
    than the diagonal normal, and for encoders that were trained for another objective.

    Args:
        record: whose encoder.
        seconds: about how long it may take; it decides how many rows are looked at, 8 to 128.
    """
    posterior = record.module.posterior
    if not (record.probes and record.uses_elbo and posterior.factorized and posterior.has_density):
        return _NOT_LOOKED
    affordable = seconds / (_seconds_per_row(record) * evaluate.LOCAL_PASSES)
    rows, beta = record.some(int(np.clip(affordable, 8, _PROBED_ROWS))), record.settings["beta"]
    found = evaluate.fit_rowwise_posteriors(record.module, rows, beta)
    return Gain(found.best - found.encoded, False)


def _seconds_per_row(record: FitRecord) -> float:
    """Seconds per row and epoch of the fit, without compilation if the history has more than one epoch."""
    seconds = record.history["seconds"].to_numpy()
    late = seconds[-1] - seconds[0] if len(seconds) > 1 and seconds[-1] > seconds[0] else seconds[-1]
    return max(late, 1e-3) / (max(1, len(seconds) - 1) * record.n_rows)
