"""The configuration of one training run."""

from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

import optax

from elbax.checks import check_choice
from elbax.train.optimizer import make_optimizer, make_transformation
from elbax.train.schedule import SCHEDULES


class StepConfig(NamedTuple):
    """The part of a configuration that the compiled program depends on."""

    optimizer: str
    schedule: str
    weight_decay: float
    clip_norm: float | None
    keeps_best: bool  # the weights with the best validation bound, rather than the last

    def transformation(self) -> optax.GradientTransformation:
        """The optimizer, at a learning rate of one."""
        return make_transformation(self.optimizer, self.weight_decay, self.clip_norm)


@dataclass(frozen=True)
class TrainConfig:
    """One training run; InputError if the optimizer or the schedule is unknown."""

    epochs: int  # passes over the rows
    batch_size: int  # rows per step
    learning_rate: float  # peak step size of a fit from new weights
    seed: int  # of every random draw
    optimizer: str = "adam"  # the name of an Optax optimizer, or one with settings
    schedule: str = "constant"  # one of `SCHEDULES`
    weight_decay: float = 0.0  # decoupled
    clip_norm: float | None = None  # largest gradient norm
    patience: int | None = None  # epochs without a better bound before it stops with the best weights; None: the last
    pretraining_steps: int = 0  # before the first epoch, on rows with target codes, whose weight falls to zero
    rate_factor: float = 1.0  # on the learning rate; below 1 where a fit goes on from another one
    kept_epoch: int | None = None  # the epoch whose weights are kept, 0 for the start; None: see patience

    def __post_init__(self) -> None:
        make_optimizer(self.optimizer)
        check_choice("schedule", self.schedule, SCHEDULES)

    def n_steps(self, n_rows: int) -> int:
        """The steps planned for this number of rows."""
        return self.epochs * ceil(n_rows / self.batch_size)

    @property
    def peak_rate(self) -> float:
        return self.learning_rate * self.rate_factor

    @property
    def step(self) -> StepConfig:
        keeps_best = self.patience is not None
        return StepConfig(self.optimizer, self.schedule, self.weight_decay, self.clip_norm, keeps_best)
