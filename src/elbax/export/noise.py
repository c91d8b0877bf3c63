"""Random draws as an input: a function of a key becomes a function of standard normal numbers."""

from collections.abc import Callable, Iterator
from math import prod
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import ndtr
from jaxtyping import Array, Float

from elbax.errors import InputError
from elbax.export.equations import evaluate, is_key, is_literal

# The draws of `jax.random` by the names of their compiled functions, from standard normal numbers and the arguments.
_DRAWS: dict[str, Callable[..., Array]] = {
    "_normal": lambda noise: noise,
    "_uniform": lambda noise, low, high: jnp.maximum(low, ndtr(noise) * (high - low) + low),
    "_gumbel": lambda noise, *_: -jnp.log(-jnp.log(ndtr(noise))),
}


def with_noise(function: Callable[..., Any], *example: Any) -> tuple[Callable[..., Any], int]:
    """A function of noise in place of a key, and how many numbers the noise has.

    Args:
        function: of some arguments and then a key.
        example: arguments, without the key; arrays may be shapes.

    Returns:
        ``noisy(*arguments, noise)`` with noise (n,), standard normal, and n.

    Raises:
        InputError: a draw is none of normal, uniform or Gumbel numbers.

    Example:
        >>> noisy, n = with_noise(lambda x, key: x + jax.random.normal(key, (2,)), 1.0)
        >>> n, noisy(1.0, jnp.array([0.5, -0.5])).tolist()
        (2, [1.5, 0.5])
    """
    closed, shape = jax.make_jaxpr(function, return_shape=True)(*example, jax.random.key(0))
    structure = jax.tree.structure(shape)

    def noisy(*arguments: Any) -> Any:
        *others, noise = arguments
        return jax.tree.unflatten(structure, _run(closed, [*jax.tree.leaves(others), None], _Noise(noise)))

    counted = _Noise(None)
    jax.eval_shape(lambda *others: _run(closed, [*jax.tree.leaves(others), None], counted), *example)
    return noisy, counted.used


class _Noise:
    """Hands out numbers of a vector in turn; zeros, counted, without one."""

    def __init__(self, numbers: Float[Array, " n"] | None):
        self.numbers, self.used = numbers, 0

    def take(self, shape: tuple[int, ...]) -> Array:
        first, self.used = self.used, self.used + prod(shape)
        if self.numbers is None:
            return jnp.zeros(shape)
        return self.numbers[first : self.used].reshape(shape)


def _run(closed: Any, arguments: list[Any], noise: _Noise) -> list[Any]:
    """Evaluate a jaxpr; keys are None."""
    values: dict[Any, Any] = dict(zip(closed.jaxpr.constvars, closed.consts, strict=True))
    values |= dict(zip(closed.jaxpr.invars, arguments, strict=True))
    read = lambda variable: variable.val if is_literal(variable) else values[variable]  # noqa: E731
    for equation in closed.jaxpr.eqns:
        inputs = list(map(read, equation.invars))
        values |= dict(zip(equation.outvars, _evaluate(equation, inputs, noise), strict=True))
    return list(map(read, closed.jaxpr.outvars))


def _evaluate(equation: Any, inputs: list[Any], noise: _Noise) -> list[Any]:
    if all(map(is_key, equation.outvars)):
        return [None] * len(equation.outvars)
    if not any(map(is_key, equation.invars)):
        return evaluate(equation, inputs)
    if (draw := _DRAWS.get(equation.params.get("name", ""))) is not None:
        return [draw(noise.take(equation.outvars[0].aval.shape), *inputs[1:])]
    inner = next(_inner(equation.params), None)
    if inner is None:
        raise InputError(
            f"this model draws with {equation.primitive.name!r}, which has no form with noise as an input; leave the "
            "score out"
        )
    return _run(inner, inputs, noise)


def _inner(parameters: dict[str, Any]) -> Iterator[Any]:
    """The jaxpr of a call."""
    return (value for name, value in parameters.items() if name in ("jaxpr", "call_jaxpr") and hasattr(value, "consts"))


def draw_noise(rows: int, samples: int, numbers: int, seed: int = 0) -> np.ndarray:
    """Standard normal numbers, (rows, samples, numbers), float32."""
    return np.random.default_rng(seed).standard_normal((rows, samples, numbers), np.float32)
