"""What training does, as plain values: the optimiser, its schedule, and when to stop."""

from dataclasses import dataclass
from types import MappingProxyType

import optax

from elbax.errors import unknown_name

__all__ = ["OPTIMIZERS", "SCHEDULES", "Plan", "Recipe"]

OPTIMIZERS = MappingProxyType(
    {
        "adabelief": optax.adabelief,
        "adagrad": optax.adagrad,
        "adam": optax.adam,
        "adamax": optax.adamax,
        "lamb": optax.lamb,
        "lion": optax.lion,
        "nadam": optax.nadam,
        "radam": optax.radam,
        "rmsprop": optax.rmsprop,
        "sgd": optax.sgd,
        "yogi": optax.yogi,
    }
)

# Each maps the fraction of the planned steps that is done to a factor on the learning rate.
SCHEDULES = MappingProxyType(
    {
        "constant": optax.constant_schedule(1.0),
        "cosine": optax.cosine_decay_schedule(1.0, decay_steps=1),
        "linear": optax.linear_schedule(1.0, 0.0, transition_steps=1),
        "exponential": optax.exponential_decay(1.0, transition_steps=1, decay_rate=0.01),
    }
)


@dataclass(frozen=True)
class Recipe:
    """The part of a plan that shapes the compiled program; two fits with equal recipes share it."""

    optimizer: str = "adam"
    schedule: str = "constant"
    weight_decay: float = 0.0
    clip_norm: float | None = None
    patience: int | None = None

    def __post_init__(self) -> None:
        """Check the names."""
        for argument, known in (("optimizer", OPTIMIZERS), ("schedule", SCHEDULES)):
            if getattr(self, argument) not in known:
                raise unknown_name(argument, getattr(self, argument), known)

    def transformation(self) -> optax.GradientTransformation:
        """Build the optimiser for a learning rate of one; the engine multiplies by the scheduled rate.

        Weight decay is decoupled (arXiv 1711.05101) whatever the optimiser.
        """
        steps = [OPTIMIZERS[self.optimizer](1.0)]
        if self.clip_norm is not None:
            steps.insert(0, optax.clip_by_global_norm(self.clip_norm))
        if self.weight_decay:
            steps.append(optax.add_decayed_weights(-self.weight_decay))
        return optax.chain(*steps)


@dataclass(frozen=True)
class Plan:
    """A whole training run: a recipe, how long it lasts, and the seed that decides every random draw.

    ``head_start`` steps come before the first epoch; they visit only rows whose latent point is given.
    """

    recipe: Recipe
    epochs: int
    batch_size: int
    learning_rate: float
    seed: int
    head_start: int = 0
