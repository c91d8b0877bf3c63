"""Controlled probes: continued training with one change, and its gain."""

from contextlib import suppress
from dataclasses import dataclass, replace
from math import ceil

import equinox as eqx
import jax
import numpy as np
from scipy.stats import wilcoxon

from elbax import evaluate
from elbax.core.likelihoods.location_scale import LocationScale
from elbax.core.objectives import ELBO, AbstractObjective, choose_objective
from elbax.core.vae import VAEModule
from elbax.doctor.fit_record import FitRecord
from elbax.errors import TrainingError
from elbax.fit.choices import usual_rate
from elbax.train.config import TrainConfig
from elbax.train.pretraining import make_target_codes
from elbax.train.trainer import train

_PROBED_ROWS = 128
_SCORED_ROWS = 2000
_LOW_SCALE = 0.1
_DRAWS = 8
_SHARE, _LEAST_STEPS = 0.3, 1000
_LEVEL = 0.025
_PRETRAINING_STEPS = 500


@dataclass(frozen=True)
class Gain:
    """ELBO gained by a change."""

    per_row: np.ndarray  # nats, (n,)
    held_out: bool  # whether the rows are held out

    @property
    def nats(self) -> float:
        """Mean gain, nats per row."""
        return float(self.per_row.mean())

    def exceeds(self, nats: float) -> bool:
        """Whether the mean and most rows exceed a threshold, by a test robust to few large losses (Wilcoxon 1945)."""
        if self.nats <= nats or len(self.per_row) == 1:
            return self.nats > nats
        return wilcoxon(self.per_row - nats, alternative="greater").pvalue < _LEVEL

    def __sub__(self, other: "Gain") -> "Gain":
        return Gain(self.per_row - other.per_row, self.held_out)

    def __str__(self) -> str:
        if len(self.per_row) == 1:
            return f"{self.nats:.2f} nats"
        error = self.per_row.std() / np.sqrt(len(self.per_row))
        return f"{self.nats:.2f} ± {error:.2f} nats on {'held-out' if self.held_out else 'its'} rows"


_NO_GAIN = Gain(np.zeros(1), False)


def continued_gain(record: FitRecord, *, objective: AbstractObjective | None = None, seconds: float = 10.0) -> Gain:
    """ELBO gained by training for up to 30% more epochs and about ``seconds``, with the learning rate decaying to 0.

    With the fit's own objective, after warmup, training starts at the usual learning rate if that is higher than the
    fit's; with another one at the fit's, so that one thing is changed. The gain is measured on held-out rows if there
    are any, since training rows nearly always gain. Like the other probes, it is zero unless ``record.probes``.
    """
    if not record.probes:
        return _NO_GAIN
    settings = record.settings
    widths = (*(settings["hidden"] or ()), *(settings["decoder_hidden"] or ()))
    steps_per_epoch = ceil(len(record.rows.x) / record.plan.batch_size)
    affordable = int(seconds / (_seconds_per_row(record) * len(record.rows.x)))
    epochs = max(1, min(ceil(_SHARE * record.plan.epochs) + _LEAST_STEPS // steps_per_epoch, affordable))
    plan = replace(
        record.plan,
        schedule="cosine",
        patience=None,
        epochs=epochs,
        pretraining_steps=0 if record.rows.target_codes is None else _PRETRAINING_STEPS,
        seed=record.plan.seed ^ 1,
    )
    rates = [plan.learning_rate]
    if objective is None:
        objective = choose_objective(settings["objective"], settings, settings["posterior"]).after_warmup()
        rates = sorted({plan.learning_rate, max(plan.learning_rate, usual_rate(settings, widths))})
    after = _trained(record, objective, plan, rates)
    if after is None:
        return _NO_GAIN
    held_out = None if record.held_out is None or len(record.held_out.x) < 2 else record.held_out
    rows = record.subsample(_SCORED_ROWS, held_out)
    # A few held-out rows are too noisy with a single draw.
    before, after = (evaluate.elbo(m, rows, 0, _DRAWS).elbo for m in (record.module, after))
    return Gain(after - before, held_out is not None)


def _trained(
    record: FitRecord, objective: AbstractObjective, plan: TrainConfig, rates: list[float]
) -> VAEModule | None:
    """The module after training at the highest of the rates, ascending, at which that is possible; None if at none."""
    device = list(jax.device_put(0).devices())
    for rate in reversed(rates):
        with suppress(TrainingError):
            plan = replace(plan, learning_rate=rate)
            return train(record.module, objective, record.rows, plan, devices=device).module
    return None


def with_free_scale(record: FitRecord) -> FitRecord:
    """Replace the likelihood's fixed scale by a learned one with the same initial value."""
    scale = record.module.likelihood.location_scale
    return record if scale is None else _with_location_scale(record, scale.with_free_scale())


def _with_location_scale(record: FitRecord, scale: LocationScale) -> FitRecord:
    likelihood = record.module.likelihood.with_location_scale(scale)
    return replace(record, module=eqx.tree_at(lambda module: module.likelihood, record.module, likelihood))


def dropout_gain(record: FitRecord) -> Gain:
    """ELBO gained by continued training without dropout rather than with it.

    Both start from a map of the data and a low learned scale, since a short fit does not undo a fold or collapse.
    """
    if not record.probes:
        return _NO_GAIN
    latent_dim, rng = record.module.latent_dim, np.random.default_rng(record.plan.seed)
    rows, summary = record.rows, record.schema.summary
    numbers = record.module.inputs is None and rows.observed is None
    if record.module.posterior.can_pretrain and numbers:
        codes = make_target_codes(rows.x, summary, latent_dim, rng, rows.context)
        record = replace(record, rows=rows._replace(target_codes=codes))
    scale = record.module.likelihood.location_scale
    if scale is not None and scale.is_learned:
        record = _with_location_scale(record, scale.with_scale(_LOW_SCALE))
    beta, free_bits = record.settings["beta"], record.settings["free_bits"]
    without, with_dropout = (
        continued_gain(record, objective=ELBO(beta, free_bits, dropout=dropout)) for dropout in (False, True)
    )
    return without - with_dropout


def amortization_gap(record: FitRecord, *, seconds: float = 10.0) -> Gain:
    """ELBO gained by posteriors optimized for each row over the encoder's (arXiv 1801.03558).

    The ELBO has the KL weight of training. Zero for posteriors other than the diagonal normal, and for objectives other
    than the ELBO. The approximate time limit ``seconds`` determines the number of rows, 8 to 128.
    """
    posterior = record.module.posterior
    if not (record.probes and record.uses_elbo and posterior.factorized and posterior.has_density):
        return _NO_GAIN
    affordable = seconds / (_seconds_per_row(record) * evaluate.LOCAL_PASSES)
    # A power of two, or nearly every diagnosis would compile a program of its own.
    rows = record.subsample(2 ** int(np.log2(np.clip(affordable, 8, _PROBED_ROWS))))
    posteriors = evaluate.fit_rowwise_posteriors(record.module, rows, record.settings["beta"])
    return Gain(posteriors.best - posteriors.encoded, False)


def _seconds_per_row(record: FitRecord) -> float:
    """Seconds per row and epoch of the fit, without compilation if there are several epochs."""
    seconds = record.history["seconds"].to_numpy()
    late = seconds[-1] - seconds[0] if len(seconds) > 1 and seconds[-1] > seconds[0] else seconds[-1]
    return max(late, 1e-3) / (max(1, len(seconds) - 1) * record.n_rows)
