"""The configuration of one training run."""

from dataclasses import dataclass
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
    patience: int | None

    def transformation(self) -> optax.GradientTransformation:
        """The optimizer, at a learning rate of one."""
        return make_transformation(self.optimizer, self.weight_decay, self.clip_norm)


@dataclass(frozen=True)
class TrainConfig:
    """One training run.

    Attributes:
        epochs: passes over the rows.
        batch_size: rows per step.
        learning_rate: peak step size.
        seed: of every random draw.
        optimizer: the name of an Optax optimizer, or one with settings.
        schedule: one of `SCHEDULES`.
        weight_decay: decoupled weight decay.
        clip_norm: largest gradient norm, or None.
        patience: epochs without a better validation bound before training stops with the best weights; None trains
            to the end and keeps the last.
        pretraining_steps: steps before the first epoch, on rows with target codes only.

    Raises:
        InputError: the optimizer or the schedule is unknown.
    """

    epochs: int
    batch_size: int
    learning_rate: float
    seed: int
    optimizer: str = "adam"
    schedule: str = "constant"
    weight_decay: float = 0.0
    clip_norm: float | None = None
    patience: int | None = None
    pretraining_steps: int = 0

    def __post_init__(self) -> None:
        make_optimizer(self.optimizer)
        check_choice("schedule", self.schedule, SCHEDULES)

    @property
    def step(self) -> StepConfig:
        """The part that the compiled program depends on."""
        return StepConfig(self.optimizer, self.schedule, self.weight_decay, self.clip_norm, self.patience)
