"""Learning-rate schedules, by name."""

from types import MappingProxyType

import optax

# Each maps the completed fraction of the planned steps to a factor on the learning rate.
SCHEDULES = MappingProxyType(
    {
        "constant": optax.constant_schedule(1.0),
        "cosine": optax.cosine_decay_schedule(1.0, decay_steps=1),
        "linear": optax.linear_schedule(1.0, 0.0, transition_steps=1),
        "exponential": optax.exponential_decay(1.0, transition_steps=1, decay_rate=0.01),
    }
)
