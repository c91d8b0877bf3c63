"""Optimizers, by name."""

from inspect import signature
from types import MappingProxyType

import equinox as eqx
import optax
from jax.flatten_util import ravel_pytree
from jaxtyping import PyTree

from elbax.core.config import parse_call, syntax_error
from elbax.errors import InputError, unknown_name

_NAMES = "adabelief adagrad adam adamax lamb lion nadam radam rmsprop sgd yogi"
OPTIMIZERS = MappingProxyType({name: getattr(optax, name) for name in _NAMES.split()})

# Optimizers whose update depends on how numbers are grouped into arrays.
_PER_ARRAY = {"lamb"}
# Smaller arrays cost more in kernel calls than in arithmetic.
_SMALL = 2**14


def make_transformation(
    optimizer: str, weight_decay: float = 0.0, clip_norm: float | None = None
) -> optax.GradientTransformation:
    """Build an optimizer at a learning rate of one; the training loop multiplies by the scheduled rate.

    Weight decay is decoupled (arXiv 1711.05101) for every optimizer.
    """
    steps = [make_optimizer(optimizer)]
    if parse_call(optimizer)[0] not in _PER_ARRAY:
        steps = [_pack_small(*steps)]
    if clip_norm is not None:
        steps.insert(0, optax.clip_by_global_norm(clip_norm))
    if weight_decay:
        steps.append(optax.add_decayed_weights(-weight_decay))
    return optax.chain(*steps)


def _pack_small(optimizer: optax.GradientTransformation) -> optax.GradientTransformation:
    """The same optimizer with all small arrays concatenated, so that they share kernels."""

    def packed(tree: PyTree):
        small, large = eqx.partition(tree, lambda leaf: leaf.size < _SMALL)
        flat, unravel = ravel_pytree(small)
        return (flat, large), unravel

    def update(gradient, state, params=None):
        packed_gradient, unravel = packed(gradient)
        packed_params = None if params is None else packed(params)[0]
        (flat, large), state = optimizer.update(packed_gradient, state, packed_params)
        return eqx.combine(unravel(flat), large), state

    return optax.GradientTransformation(lambda params: optimizer.init(packed(params)[0]), update)


def make_optimizer(text: str) -> optax.GradientTransformation:
    """The Optax optimizer for a name, or a name with settings, at a learning rate of one.

    InputError if the name or a setting is unknown, or its value is no number.
    """
    try:
        name, settings = parse_call(text)
    except (AttributeError, ValueError) as error:
        raise syntax_error("optimizer", text, OPTIMIZERS, error) from error
    if name not in OPTIMIZERS:
        raise unknown_name("optimizer", name, OPTIMIZERS)
    known = [key for key in signature(OPTIMIZERS[name]).parameters if key != "learning_rate"]
    for key, value in settings.items():
        if key not in known:
            raise unknown_name(f"setting of optimizer {name!r}:", key, known)
        if not isinstance(value, int | float):
            raise InputError(f"{key} of optimizer {name!r} must be a number; got {value!r}")
    return OPTIMIZERS[name](1.0, **settings)
