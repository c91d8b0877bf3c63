"""From a traced JAX function to an ONNX graph, primitive by primitive."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import export as jax_export
from jax.extend.core import ClosedJaxpr, jaxprs_in_params

from elbax.errors import InputError
from elbax.export.equations import as_jaxpr, evaluate, is_literal
from elbax.export.graph import Graph, Value
from elbax.export.primitives import PRIMITIVES, Call

_LARGEST_FOLDED = 2**22  # numbers in a constant that is computed from smaller ones
_LONGEST_LOOP = 1000
_FEW = 3  # equations, which are computed one by one


def to_onnx(
    function: Callable[..., Any],
    inputs: Mapping[str, Sequence[Any]],
    outputs: Sequence[str],
    metadata: Mapping[str, str],
) -> Any:
    """Write a function of arrays as an ONNX model.

    Args:
        function: traceable by JAX; it takes float32 arrays in the order of ``inputs``.
        inputs: shapes by name; a size that is text is free.
        outputs: names of the results.
        metadata: texts that the model carries.

    Raises:
        InputError: a part of the function has no form in ONNX; the message names it.
    """
    shapes = symbolic_shapes(inputs)
    closed = jax.make_jaxpr(function)(*(jax.ShapeDtypeStruct(shape, np.float32) for shape in shapes.values()))
    graph = Graph()
    arguments = [graph.add_input(name, shape) for name, shape in shapes.items()]
    results = _convert(graph, closed.jaxpr, closed.consts, arguments)
    pairs = zip(results, closed.out_avals, strict=True)
    named = dict(zip(outputs, ((value, aval.shape) for value, aval in pairs), strict=True))
    return graph.model(named, metadata)


def symbolic_shapes(inputs: Mapping[str, Sequence[Any]]) -> dict[str, tuple[Any, ...]]:
    """Shapes for tracing: sizes that are text become symbols of JAX."""
    names = sorted({size for shape in inputs.values() for size in shape if isinstance(size, str)})
    sizes = dict(zip(names, jax_export.symbolic_shape(", ".join(names)), strict=True)) if names else {}
    return {name: tuple(sizes.get(size, size) for size in shape) for name, shape in inputs.items()}


def _convert(graph: Graph, jaxpr: Any, constants: Sequence[Any], arguments: Sequence[Value]) -> list[Value]:
    """Add the nodes of a jaxpr; its results."""
    values: dict[Any, Value] = dict(zip(jaxpr.constvars, map(_as_constant, constants), strict=True))
    values |= dict(zip(jaxpr.invars, arguments, strict=True))
    read = lambda variable: _as_constant(variable.val) if is_literal(variable) else values[variable]  # noqa: E731
    values |= _fold(jaxpr, values)
    for equation in jaxpr.eqns:
        if equation.outvars[0] not in values:
            outputs = _evaluate(graph, equation, list(map(read, equation.invars)))
            values |= dict(zip(equation.outvars, outputs, strict=True))
    return list(map(read, jaxpr.outvars))


def _fold(jaxpr: Any, values: Mapping[Any, Value]) -> dict[Any, Value]:
    """What a jaxpr computes from constants alone, in one compiled program if that is more than a little."""
    known, folded = {variable for variable, value in values.items() if not isinstance(value, str)}, []
    for equation in jaxpr.eqns:
        own = [variable for variable in equation.invars if not is_literal(variable)]
        if known.issuperset(own) and _can_fold(equation):
            folded.append(equation)
            known.update(equation.outvars)
    if len(folded) <= _FEW:
        return {}
    results = [variable for equation in folded for variable in equation.outvars]
    own = [variable for variable in values if variable in known]
    program = as_jaxpr(folded, own, results)
    outputs = jax.jit(lambda *arguments: jax.core.eval_jaxpr(program, (), *arguments))(*(values[v] for v in own))
    return dict(zip(results, map(_as_constant, outputs), strict=True))


def _evaluate(graph: Graph, equation: Any, inputs: list[Value]) -> list[Value]:
    name, parameters = equation.primitive.name, equation.params
    if not any(isinstance(value, str) for value in inputs) and _can_fold(equation):
        return list(map(_as_constant, evaluate(equation, inputs)))
    if name == "scan":
        return _unroll_scan(graph, parameters, inputs)
    if name == "while":
        return _unroll_while(graph, parameters, inputs)
    if name == "cond":
        return _choose(graph, equation, inputs)
    inner = parameters.get("jaxpr", parameters.get("call_jaxpr"))
    if inner is not None:
        closed = inner if hasattr(inner, "consts") else ClosedJaxpr(inner, ())
        return _convert(graph, closed.jaxpr, closed.consts, inputs)
    if name not in PRIMITIVES:
        raise InputError(f"this model computes with {name!r}, which has no form in ONNX; export it with to='stablehlo'")
    call = Call(graph, inputs, equation)
    outputs = PRIMITIVES[name](call, *inputs)
    return outputs if isinstance(outputs, list) else [outputs]


def _can_fold(equation: Any) -> bool:
    """Whether all sizes in an equation are known, and its results are not too large for constants."""
    shapes = [variable.aval.shape for variable in equation.outvars]
    known = all(isinstance(size, int) for shape in shapes for size in shape)
    small = known and sum(int(np.prod(shape)) for shape in shapes) <= _LARGEST_FOLDED
    return small and all(map(_can_fold, (e for inner in jaxprs_in_params(equation.params) for e in inner.eqns)))


def _as_constant(value: Any) -> Value:
    """A constant as an array of NumPy; keys of random numbers, which only constants come from, as they are."""
    if isinstance(value, str) or jnp.issubdtype(getattr(value, "dtype", np.float32), jax.dtypes.prng_key):
        return value
    array = np.asarray(value)
    return array.astype(np.float32) if array.dtype == np.float64 and not isinstance(value, np.ndarray) else array


def _unroll_scan(graph: Graph, parameters: Mapping[str, Any], inputs: list[Value]) -> list[Value]:
    n_constants, n_carry, length = parameters["num_consts"], parameters["num_carry"], parameters["length"]
    _check_length(length)
    constants, carry = inputs[:n_constants], inputs[n_constants : n_constants + n_carry]
    stacked, closed = inputs[n_constants + n_carry :], parameters["jaxpr"]
    collected: list[list[Value]] = []
    steps = range(length)[::-1] if parameters["reverse"] else range(length)
    for step in steps:
        own = [
            x[step] if isinstance(x, np.ndarray) else graph.add("Gather", x, np.array(step, np.int64), axis=0)
            for x in stacked
        ]
        outputs = _convert(graph, closed.jaxpr, closed.consts, [*constants, *carry, *own])
        carry = outputs[:n_carry]
        collected.append(outputs[n_carry:])
    collected = collected[::-1] if parameters["reverse"] else collected
    return [*carry, *(_stack(graph, list(parts)) for parts in zip(*collected, strict=True))]


def _stack(graph: Graph, parts: list[Value]) -> Value:
    if not any(isinstance(part, str) for part in parts):
        return np.stack(parts)
    first = np.array([0], np.int64)
    return graph.add("Concat", *(graph.add("Unsqueeze", part, first) for part in parts), axis=0)


def _unroll_while(graph: Graph, parameters: Mapping[str, Any], inputs: list[Value]) -> list[Value]:
    n_cond, n_body = parameters["cond_nconsts"], parameters["body_nconsts"]
    cond, body = parameters["cond_jaxpr"], parameters["body_jaxpr"]
    own, constants, carry = inputs[:n_cond], inputs[n_cond : n_cond + n_body], inputs[n_cond + n_body :]
    for step in range(_LONGEST_LOOP + 1):
        _check_length(step)
        (again,) = _convert(graph, cond.jaxpr, cond.consts, [*own, *carry])
        if isinstance(again, str):
            raise InputError("this model has a loop whose length depends on the data; export it with to='stablehlo'")
        if not again:
            break
        carry = _convert(graph, body.jaxpr, body.consts, [*constants, *carry])
    return carry


def _choose(graph: Graph, equation: Any, inputs: list[Value]) -> list[Value]:
    """All branches, of which one is taken."""
    index, arguments = inputs[0], inputs[1:]
    branches = equation.params["branches"]
    if isinstance(index, np.ndarray):
        closed = branches[int(np.clip(index, 0, len(branches) - 1))]
        return _convert(graph, closed.jaxpr, closed.consts, arguments)
    results = [_convert(graph, closed.jaxpr, closed.consts, arguments) for closed in branches]
    chosen = results[-1]
    for place in range(len(branches) - 2, -1, -1):
        test = graph.add("LessOrEqual", index, np.array(place, equation.invars[0].aval.dtype))
        chosen = [graph.add("Where", test, own, other) for own, other in zip(results[place], chosen, strict=True)]
    return chosen


def _check_length(length: int) -> None:
    if length > _LONGEST_LOOP:
        raise InputError(
            f"this model has a loop of more than {_LONGEST_LOOP} steps; export it with to='stablehlo' instead of 'onnx'"
        )
