"""Which start is trained, and which epoch is kept: by gains on rows held out."""

from contextlib import suppress
from dataclasses import replace
from math import ceil
from typing import NamedTuple

import jax
import numpy as np

from elbax.core.objectives import AbstractObjective
from elbax.core.vae import VAEModule
from elbax.data import take_evenly
from elbax.errors import TrainingError
from elbax.fit.folds import MOST_FOLDED, fold_size, split_folds
from elbax.fit.linear_start import MOST_ROWS
from elbax.fit.paired import PairedGain, row_bounds, row_weights
from elbax.fit.plan import FitPlan
from elbax.fit.starts import Starts
from elbax.train.trainer import Progress, train
from elbax.types import Batch

_TRIALS, _TRIAL_STEPS = (0.05, 0.2), 500  # shares of the plan after which starts are compared, and the fewest steps
_CLEAR = 3.0  # errors by which a start leads clearly
_DECISIVE = 5.0  # errors of a lead, or of a gain on folds, beyond which folds would not change the choice
_CHECKPOINTS = 24
_PATIENCE = 0.1  # of a fold, as a share of the plan
_FEWEST_STEPS = 1000  # of a plan whose epoch is chosen on folds


class Selection(NamedTuple):
    """The start to train from, and its lead over the other; where folds decide, the gain and the epoch to keep.

    Without an epoch the gain on folds was decisive: the trained weights are kept.
    """

    init: str
    rival: str | None = None
    lead: PairedGain | None = None
    kept_epoch: int | None = None
    gain: PairedGain | None = None


def least_gain(n_rows: int) -> float:
    """The gain over the linear model from which training is believed, in standard errors."""
    return 1 + 40 / n_rows


def select(starts: Starts, objective: AbstractObjective, rows: Batch, held_out: Batch | None) -> Selection:
    """Choose the start by training each for a while; then the epoch, on folds, if rows are few."""
    names, folds = starts.names, uses_folds(starts, objective, rows, held_out)
    size = fold_size(len(rows.x)) if folds else 0
    init, rival, lead = names[0], None, None
    if len(names) > 1:
        lead = _lead(starts, objective, rows, held_out, size)
        ahead = lead.exceeds(1.0)
        init, rival = (names[1], names[0]) if ahead else names
        lead = lead if ahead else PairedGain(-lead.mean, lead.error)
        folds = folds and not (ahead and lead.exceeds(_DECISIVE))
    if not folds:
        return Selection(init, rival, lead)
    epoch, gain = _choose_epoch(starts, init, objective, rows)
    # Where folds have shown the gain beyond doubt, the plan's own patience chooses the epoch.
    return Selection(init, rival, lead, None if gain.exceeds(_DECISIVE) else epoch, gain)


def can_keep_start(starts: Starts, objective: AbstractObjective) -> bool:
    """Whether the linear model competes with the trained ones: they are chosen by the bound that is trained."""
    return starts.names != ("random",) and objective.is_bound and starts.plan.train.patience is not None


def uses_folds(starts: Starts, objective: AbstractObjective, rows: Batch, held_out: Batch | None) -> bool:
    """Whether the epoch is chosen on folds: rows are few, training them is quick, and long enough to gain by it."""
    plan, n = starts.plan, len(rows.x)
    worth = n < MOST_FOLDED and plan.model.network == "mlp" and plan.train.n_steps(n) >= _FEWEST_STEPS
    split = plan.split
    own = held_out is not None and not split.external and split.positions is None and split.order == "random"
    return can_keep_start(starts, objective) and worth and own


def _lead(starts: Starts, objective: AbstractObjective, rows: Batch, held_out: Batch | None, size: int) -> PairedGain:
    """Gain of the second start over the first after a trial of both: a twentieth of the plan, at least 500 steps.

    If neither leads clearly by then, and the first, a linear map, has hardly departed, a trial of a fifth decides.
    Trials end with the plan.
    """
    epochs, n_steps = starts.plan.train.epochs, starts.plan.train.n_steps(len(rows.x))
    trials = [_Trial(starts, objective, rows, held_out, name, size) for name in starts.names]
    weights = row_weights(trials[0].scored)
    for last_epoch in sorted({min(epochs, ceil(max(share, _TRIAL_STEPS / n_steps) * epochs)) for share in _TRIALS}):
        first, second = (trial.train_to(last_epoch) for trial in trials)
        lead = PairedGain.of(second, first, weights)
        departed = PairedGain.of(first, trials[0].start_bounds, weights).mean
        if max(abs(lead.mean), departed) > _CLEAR * lead.error:
            break
    return lead


class _Trial:
    """A start, trained for longer and longer."""

    def __init__(self, starts: Starts, objective, rows: Batch, held_out: Batch | None, name: str, size: int):
        seed = starts.plan.seeds[0]
        self.module, self.objective, self.size = starts.module(name, rows, seed), objective, size
        self.rows, self.held_out = rows._replace(target_codes=starts.codes), held_out
        self.config, self.training = starts.config(name, seed), None
        self.scored = rows._replace(target_codes=None) if held_out is None else held_out
        self.start_bounds = self.best = row_bounds(self.module, objective, self.scored, seed, size)

    def train_to(self, last_epoch: int) -> np.ndarray:
        """The bounds of rows at the end of an epoch, or earlier if they were better."""
        options = {"validation": self.held_out, "validation_size": self.size, "earlier": self.training}
        with suppress(TrainingError):  # the training of the whole plan will say so
            self.training = train(self.module, self.objective, self.rows, self.config, last_epoch=last_epoch, **options)
            after = row_bounds(self.training.module, self.objective, self.scored, self.config.seed, self.size)
            if PairedGain.of(after, self.best, row_weights(self.scored)).mean > 0:
                self.best = after
        return self.best


class _Checkpoints:
    """A listener that scores held-out rows after some epochs."""

    def __init__(self, epochs: list[int], objective: AbstractObjective, rows: Batch, seed: int, size: int):
        self.epochs, self.bounds, self.last_reached = epochs, {}, 0
        self._score = lambda module: row_bounds(module, objective, rows, seed, size)

    def pauses(self, epochs: int) -> list[int]:
        return self.epochs

    def __call__(self, progress: Progress) -> None:
        if progress.between_epochs and progress.epoch in self.epochs and progress.epoch not in self.bounds:
            self.bounds[progress.epoch] = self._score(progress.module)
            self.last_reached = progress.epoch

    def carry_last(self) -> None:
        """Score the epochs after the end of training like the last one that was scored."""
        if self.bounds:
            last = self.bounds[self.last_reached]
            self.bounds.update({epoch: last for epoch in self.epochs if epoch > self.last_reached})


def short_patience(plan: FitPlan) -> int:
    """Epochs without a better bound after which a fold ends: bounds of few rows rarely rise again."""
    return min(plan.train.patience, max(20, ceil(_PATIENCE * plan.train.epochs)))


def _choose_epoch(starts: Starts, init: str, objective: AbstractObjective, rows: Batch) -> tuple[int, PairedGain]:
    """The epoch to keep, 0 for the linear model, and the gain of the best epoch over that model on rows held out."""
    plan, n = starts.plan, len(rows.x)
    seed = plan.seeds[0]
    epochs = plan.train.epochs
    looked_at = np.unique(np.ceil((np.arange(1, _CHECKPOINTS + 1) / _CHECKPOINTS) ** 1.5 * epochs).astype(int)).tolist()
    size, patience = fold_size(n), short_patience(plan)
    start, after = np.empty(n), {epoch: np.full(n, np.nan) for epoch in looked_at}
    last_reached = []
    for kept, tested in split_folds(n, seed):
        held_out = jax.tree.map(lambda column, tested=tested: np.asarray(column[tested]), rows)
        module = starts.module(init, rows, seed, kept)
        linear = module if init == "linear" else starts.module("linear", rows, seed, kept)
        start[tested] = row_bounds(linear, objective, held_out, seed, size)
        checkpoints = _Checkpoints(looked_at, objective, held_out, seed, size)
        with suppress(TrainingError):  # the training of the whole plan will say so
            train(
                module,
                objective,
                rows._replace(target_codes=starts.codes),
                replace(starts.config(init, seed), patience=patience),
                validation=held_out,
                listeners=(checkpoints,),
                positions=kept,
                validation_size=size,
            )
            checkpoints.carry_last()
        last_reached.append(checkpoints.last_reached)
        for epoch, bounds in checkpoints.bounds.items():
            after[epoch][tested] = bounds
    # One fold that stops, on a plateau for instance, does not hide what later epochs bring in most of the others.
    furthest = np.median(last_reached)
    gains = {
        epoch: PairedGain.of(bounds, start, rows.weight)
        for epoch, bounds in after.items()
        if epoch <= furthest and np.isfinite(bounds).all()
    }
    if not gains:
        return 0, PairedGain(0.0, 0.0)
    best = max(gains, key=lambda epoch: gains[epoch].mean)
    return (best if gains[best].exceeds(least_gain(n)) else 0), gains[best]


def linear_module(starts: Starts, rows: Batch, held_out: Batch | None, seed: int) -> VAEModule:
    """The linear model of all rows of a fit, those that were held out included; of many, a sample."""
    if held_out is None or starts.plan.split.external:
        return starts.module("linear", rows, seed)
    parts = [take_evenly(part, MOST_ROWS) for part in (rows._replace(target_codes=None), held_out)]
    return starts.linear_module(jax.tree.map(lambda *columns: np.concatenate(columns), *parts), seed)


def choose_end(
    starts: Starts, objective, trained: VAEModule, rows: Batch, held_out: Batch, seed: int
) -> tuple[bool, PairedGain]:
    """Whether the trained module is kept, and its gain over the linear model on held-out rows."""
    before = row_bounds(starts.module("linear", rows, seed), objective, held_out, seed)
    gain = PairedGain.of(row_bounds(trained, objective, held_out, seed), before, row_weights(held_out))
    return gain.exceeds(least_gain(len(held_out.x))), gain
