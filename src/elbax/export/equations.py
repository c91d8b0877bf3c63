"""Evaluating single equations of a traced function."""

from typing import Any

import jax
import jax.numpy as jnp
from jax.extend.core import DebugInfo, Jaxpr


def evaluate(equation: Any, inputs: list[Any]) -> list[Any]:
    """The results of an equation of a jaxpr for values of its inputs, computed or traced."""
    pairs = zip(equation.invars, inputs, strict=True)
    own = {variable: value for variable, value in pairs if not is_literal(variable)}
    return jax.core.eval_jaxpr(as_jaxpr([equation], list(own), equation.outvars), (), *own.values())


def as_jaxpr(equations: list[Any], inputs: list[Any], results: list[Any]) -> Jaxpr:
    """Equations as a function of some variables."""
    info = DebugInfo("export", "equations", ("",) * len(inputs), ("",) * len(results))
    return Jaxpr((), inputs, results, equations, debug_info=info)


def is_literal(variable: Any) -> bool:
    """Whether an input of an equation is a constant written into it."""
    return hasattr(variable, "val")


def is_key(variable: Any) -> bool:
    """Whether a variable is a key of random numbers."""
    return jnp.issubdtype(variable.aval.dtype, jax.dtypes.prng_key)
