"""Optimizers and learning-rate schedules, by name."""

from inspect import signature
from types import MappingProxyType

import equinox as eqx
import optax
from jax.flatten_util import ravel_pytree
from jaxtyping import PyTree

from elbax.core.config import parse_call, syntax_error
from elbax.errors import InputError, unknown_name

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

# Optimizers that do not treat every number alike, wherever it stands.
_ARRAY_BY_ARRAY = {"lamb"}
# Arrays of fewer numbers than this cost more in calls than in arithmetic.
_SMALL = 2**14

# Each maps the fraction of the planned steps that is done to a factor on the learning rate.
SCHEDULES = MappingProxyType(
    {
        "constant": optax.constant_schedule(1.0),
        "cosine": optax.cosine_decay_schedule(1.0, decay_steps=1),
        "linear": optax.linear_schedule(1.0, 0.0, transition_steps=1),
        "exponential": optax.exponential_decay(1.0, transition_steps=1, decay_rate=0.01),
    }
)


def make_transformation(
    optimizer: str, weight_decay: float = 0.0, clip_norm: float | None = None
) -> optax.GradientTransformation:
    """Build an optimizer for a learning rate of one; the training loop multiplies by the scheduled rate.

    Weight decay is decoupled (arXiv 1711.05101) whatever the optimizer.
    """
    steps = [make_optimizer(optimizer)]
    if parse_call(optimizer)[0] not in _ARRAY_BY_ARRAY:
        steps = [_small_as_one(*steps)]
    if clip_norm is not None:
        steps.insert(0, optax.clip_by_global_norm(clip_norm))
    if weight_decay:
        steps.append(optax.add_decayed_weights(-weight_decay))
    return optax.chain(*steps)


def _small_as_one(optimizer: optax.GradientTransformation) -> optax.GradientTransformation:
    """The same optimizer, with all small arrays in one: for each of them it would need kernels of its own."""

    def packed(tree: PyTree):
        small, large = eqx.partition(tree, lambda leaf: leaf.size < _SMALL)
        one, unravel = ravel_pytree(small)
        return (one, large), unravel

    def update(gradient, state, params=None):
        packed_gradient, unravel = packed(gradient)
        packed_params = None if params is None else packed(params)[0]
        (one, large), state = optimizer.update(packed_gradient, state, packed_params)
        return eqx.combine(unravel(one), large), state

    return optax.GradientTransformation(lambda params: optimizer.init(packed(params)[0]), update)


def make_optimizer(text: str) -> optax.GradientTransformation:
    """The Optax optimizer that a name, or a name with settings, stands for, at a learning rate of one.

    Raises:
        InputError: the name or a setting is unknown, or its value is no number.

    Example:
        >>> make_optimizer("adam(eps=1e-4)").init(0.0)[0].count.item()
        0
    """
    try:
        name, settings = parse_call(text)
    except (AttributeError, ValueError) as error:
        raise syntax_error("optimizer", text, OPTIMIZERS, error) from error
    if name not in OPTIMIZERS:
        raise unknown_name("optimizer", name, OPTIMIZERS)
    known = [each for each in signature(OPTIMIZERS[name]).parameters if each != "learning_rate"]
    for key, value in settings.items():
        if key not in known:
            raise unknown_name(f"setting of optimizer {name!r}:", key, known)
        if not isinstance(value, int | float):
            raise InputError(f"{key} of optimizer {name!r} must be a number; got {value!r}")
    return OPTIMIZERS[name](1.0, **settings)
