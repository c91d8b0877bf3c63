"""The ONNX form of each primitive of JAX."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from string import ascii_letters
from typing import Any

import numpy as np

from elbax.errors import InputError
from elbax.export import special_functions
from elbax.export.graph import Graph, Value
from elbax.export.indexing import gather, scatter


@dataclass(frozen=True)
class Call:
    """One equation of a jaxpr: the graph, the values of its inputs, and the equation itself."""

    graph: Graph
    inputs: list[Value]
    equation: Any

    @property
    def params(self) -> dict[str, Any]:
        return self.equation.params

    @property
    def shape(self) -> tuple[Any, ...]:
        """Shape of the first result."""
        return self.equation.outvars[0].aval.shape

    @property
    def dtype(self) -> np.dtype:
        return self.equation.outvars[0].aval.dtype

    def shape_of(self, i: int) -> tuple[Any, ...]:
        """Shape of an input."""
        return self.equation.invars[i].aval.shape

    def dtype_of(self, i: int) -> np.dtype:
        return self.equation.invars[i].aval.dtype

    def add(self, operator: str, *inputs: Value, **attributes: Any) -> Any:
        return self.graph.add(operator, *inputs, **attributes)

    def cast(self, value: Value, dtype: np.dtype) -> Value:
        return self.add("Cast", value, to=self.graph.onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))


PRIMITIVES: dict[str, Callable[..., Any]] = {}


def _rule(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        PRIMITIVES.update(dict.fromkeys(names, function))
        return function

    return register


def _same(operator: str, **attributes: Any) -> Callable[..., Any]:
    """A primitive that is one operator with the same inputs."""
    return lambda call, *inputs: call.add(operator, *inputs, **attributes)


_OPERATORS = {
    "neg": "Neg", "exp": "Exp", "log": "Log", "tanh": "Tanh", "sqrt": "Sqrt", "abs": "Abs", "sign": "Sign",
    "floor": "Floor", "ceil": "Ceil", "erf": "Erf", "sin": "Sin", "cos": "Cos", "tan": "Tan", "asin": "Asin",
    "acos": "Acos", "atan": "Atan", "sinh": "Sinh", "cosh": "Cosh", "asinh": "Asinh", "acosh": "Acosh",
    "atanh": "Atanh", "add": "Add", "add_any": "Add", "add_bias": "Add", "sub": "Sub", "mul": "Mul", "max": "Max",
    "min": "Min", "pow": "Pow", "eq": "Equal", "lt": "Less", "le": "LessOrEqual", "gt": "Greater",
    "ge": "GreaterOrEqual", "lt_to": "Less", "le_to": "LessOrEqual",
}  # fmt: skip
PRIMITIVES.update({name: _same(operator) for name, operator in _OPERATORS.items()})
PRIMITIVES.update(
    dict.fromkeys(
        ("copy", "copy_p", "stop_gradient", "reduce_precision", "optimization_barrier"), lambda call, *x: list(x)
    )
)
_SPECIAL = {
    "log1p": special_functions.log1p,
    "expm1": special_functions.expm1,
    "logistic": special_functions.logistic,
    "erfc": special_functions.erfc,
    "lgamma": special_functions.log_gamma,
}
PRIMITIVES.update({name: (lambda call, x, own=own: own(call.graph, x)) for name, own in _SPECIAL.items()})


@_rule("square")
def _square(call: Call, x: Value) -> Value:
    return call.add("Mul", x, x)


@_rule("rsqrt")
def _rsqrt(call: Call, x: Value) -> Value:
    return call.add("Reciprocal", call.add("Sqrt", x))


@_rule("exp2")
def _exp2(call: Call, x: Value) -> Value:
    return call.add("Pow", np.array(2.0, call.dtype), x)


@_rule("integer_pow")
def _integer_pow(call: Call, x: Value) -> Value:
    power = call.params["y"]
    if power == 2:
        return call.add("Mul", x, x)
    return call.add("Reciprocal", x) if power == -1 else call.add("Pow", x, np.array(power, call.dtype))


@_rule("round")
def _round(call: Call, x: Value) -> Value:
    if int(call.params["rounding_method"]) == 1:  # half to even
        return call.add("Round", x)
    half = np.array(0.5, call.dtype)
    return call.add("Mul", call.add("Sign", x), call.add("Floor", call.add("Add", call.add("Abs", x), half)))


@_rule("is_finite")
def _is_finite(call: Call, x: Value) -> Value:
    return call.add("Less", call.add("Abs", x), np.array(np.inf, call.dtype_of(0)))  # false for NaN


@_rule("div")
def _div(call: Call, a: Value, b: Value) -> Value:
    return call.add("Div", a, b)


@_rule("rem")
def _rem(call: Call, a: Value, b: Value) -> Value:
    return call.add("Mod", a, b, fmod=1)


@_rule("ne")
def _ne(call: Call, a: Value, b: Value) -> Value:
    return call.add("Not", call.add("Equal", a, b))


@_rule("not")
def _not(call: Call, x: Value) -> Value:
    return call.add("Not" if call.dtype == np.bool_ else "BitwiseNot", x)


@_rule("and", "or", "xor")
def _logic(call: Call, a: Value, b: Value) -> Value:
    name = {"and": "And", "or": "Or", "xor": "Xor"}[call.equation.primitive.name]
    return call.add(name if call.dtype == np.bool_ else f"Bitwise{name}", a, b)


@_rule("clamp")
def _clamp(call: Call, low: Value, x: Value, high: Value) -> Value:
    return call.add("Min", call.add("Max", x, low), high)


@_rule("select_n")
def _select(call: Call, which: Value, *cases: Value) -> Value:
    if call.dtype == np.uint32:  # before 1.31 onnxruntime has no Where of it
        wide = np.dtype(np.int64)
        return call.cast(_selected(call, which, *(call.cast(case, wide) for case in cases)), call.dtype)
    return _selected(call, which, *cases)


def _selected(call: Call, which: Value, *cases: Value) -> Value:
    if call.dtype_of(0) == np.bool_:
        return call.add("Where", which, cases[1], cases[0])
    chosen = cases[0]
    for place, case in enumerate(cases[1:], 1):
        chosen = call.add("Where", call.add("Equal", which, np.array(place, call.dtype_of(0))), case, chosen)
    return chosen


@_rule("convert_element_type")
def _convert(call: Call, x: Value) -> Value:
    return x if call.dtype == call.dtype_of(0) else call.cast(x, call.dtype)


@_rule("reshape")
def _reshape(call: Call, x: Value, *_: Any) -> Value:
    return call.graph.reshape(x, call.shape)


@_rule("squeeze", "expand_dims")
def _squeeze(call: Call, x: Value) -> Value:
    name = {"squeeze": "Squeeze", "expand_dims": "Unsqueeze"}[call.equation.primitive.name]
    return call.add(name, x, np.array(call.params["dimensions"], np.int64))


@_rule("transpose")
def _transpose(call: Call, x: Value) -> Value:
    return call.graph.transpose(x, call.params["permutation"])


@_rule("broadcast_in_dim")
def _broadcast(call: Call, x: Value, *_: Any) -> Value:
    places = list(map(int, call.params["broadcast_dimensions"]))
    missing = [axis for axis in range(len(call.shape)) if axis not in places]
    if missing:
        x = call.add("Unsqueeze", x, np.array(missing, np.int64))
    own = dict(zip(places, call.shape_of(0), strict=True))
    if all(str(own.get(axis, 1)) == str(size) for axis, size in enumerate(call.shape)):
        return x
    return call.add("Expand", x, call.graph.shape(call.shape))


@_rule("concatenate")
def _concatenate(call: Call, *pieces: Value) -> Value:
    return call.add("Concat", *pieces, axis=call.params["dimension"])


@_rule("stack")
def _stack(call: Call, *pieces: Value) -> Value:
    axis = np.array([next(iter(call.params.values()))], np.int64)
    return call.add("Concat", *(call.add("Unsqueeze", piece, axis) for piece in pieces), axis=int(axis[0]))


@_rule("slice")
def _slice(call: Call, x: Value) -> Value:
    starts, limits = call.params["start_indices"], call.params["limit_indices"]
    strides = call.params["strides"] or (1,) * len(starts)
    cut = [
        axis
        for axis, size in enumerate(call.shape_of(0))
        if (str(starts[axis]), str(limits[axis]), strides[axis]) != ("0", str(size), 1)
    ]
    if not cut:
        return x
    rows = (np.array([own[axis] for axis in cut], np.int64) for own in (starts, limits, range(len(starts)), strides))
    return call.add("Slice", x, *rows)


@_rule("split")
def _split(call: Call, x: Value) -> list[Value]:
    sizes = np.array(call.params["sizes"], np.int64)
    parts = call.add("Split", x, sizes, axis=call.params["axis"], outputs=len(sizes))
    return parts if isinstance(parts, list) else [parts]


@_rule("rev")
def _rev(call: Call, x: Value) -> Value:
    axes = np.array(call.params["dimensions"], np.int64)
    last, end, back = np.full(len(axes), -1), np.full(len(axes), np.iinfo(np.int64).min), np.full(len(axes), -1)
    return call.add("Slice", x, last, end, axes, back)


@_rule("pad")
def _pad(call: Call, x: Value, value: Value) -> Value:
    low, high, inner = zip(*call.params["padding_config"], strict=True)
    if any(inner) or min(*low, *high) < 0:
        raise InputError("this model pads between cells, which has no form in ONNX; export it with to='stablehlo'")
    return call.add("Pad", x, np.array([*low, *high], np.int64), value)


@_rule("iota")
def _iota(call: Call) -> Value:
    axis = call.params["dimension"]
    steps = (
        np.arange(call.shape[axis]).astype(call.dtype).reshape([-1 if i == axis else 1 for i in range(len(call.shape))])
    )
    return call.add("Expand", steps, call.graph.shape(call.shape))


def _reduced(operator: str, call: Call, x: Value) -> Value:
    if not call.params["axes"]:
        return x  # ONNX would reduce all
    return call.add(operator, x, np.array(call.params["axes"], np.int64), keepdims=0)


for _name, _operator in {"sum": "ReduceSum", "max": "ReduceMax", "min": "ReduceMin", "prod": "ReduceProd"}.items():
    PRIMITIVES[f"reduce_{_name}"] = partial(_reduced, _operator)


@_rule("reduce_and", "reduce_or")
def _reduce_logic(call: Call, x: Value) -> Value:
    operator = {"reduce_and": "ReduceMin", "reduce_or": "ReduceMax"}[call.equation.primitive.name]
    return call.cast(_reduced(operator, call, call.cast(x, np.int32)), np.bool_)


@_rule("argmax", "argmin")
def _arg(call: Call, x: Value) -> Value:
    operator = {"argmax": "ArgMax", "argmin": "ArgMin"}[call.equation.primitive.name]
    return call.cast(call.add(operator, x, axis=call.params["axes"][0], keepdims=0), call.dtype)


@_rule("cumsum")
def _cumsum(call: Call, x: Value) -> Value:
    return call.add("CumSum", x, np.array(call.params["axis"], np.int64), reverse=int(call.params["reverse"]))


@_rule("sort")
def _sort(call: Call, *keys: Value) -> list[Value]:
    if len(keys) > 1:
        raise InputError("this model sorts several arrays together; export it with to='stablehlo'")
    axis = call.params["dimension"]
    values, _ = call.add("TopK", keys[0], call.graph.size(call.shape[axis]), axis=axis, largest=0, outputs=2)
    return [values]


@_rule("matmul")
def _elbax_matmul(call: Call, a: Value, b: Value) -> Value:
    return _einsum(call, a, b, *call.params["axes"])


@_rule("dot_general")
def _dot_general(call: Call, a: Value, b: Value) -> Value:
    (contracted_a, contracted_b), (batch_a, batch_b) = call.params["dimension_numbers"]
    letters = iter(ascii_letters)
    axes_a = [next(letters) for _ in call.shape_of(0)]
    axes_b = [next(letters) for _ in call.shape_of(1)]
    for i, j in zip((*contracted_a, *batch_a), (*contracted_b, *batch_b), strict=True):
        axes_b[j] = axes_a[i]
    batch = [axes_a[i] for i in batch_a]
    free = [x for i, x in enumerate(axes_a) if i not in (*contracted_a, *batch_a)]
    free += [x for j, x in enumerate(axes_b) if j not in (*contracted_b, *batch_b)]
    return _einsum(call, a, b, "".join(axes_a), "".join(axes_b), "".join(batch + free))


def _einsum(call: Call, a: Value, b: Value, first: str, second: str, result: str) -> Value:
    """A product of two arrays whose axes have letters; a matrix product where it is one."""
    wanted = np.dtype(np.float32)
    a, b = (x if call.dtype_of(i) == wanted else call.cast(x, wanted) for i, x in enumerate((a, b)))
    if len(second) == 2 and first[-1] == second[0] and result == first[:-1] + second[1] and second[1] not in first:
        return call.add("MatMul", a, b)
    return call.add("Einsum", a, b, equation=f"{first},{second}->{result}")


@_rule("gather")
def _gather(call: Call, operand: Value, indices: Value) -> Value:
    return gather(call, operand, indices)


@_rule("scatter", "scatter-add", "scatter-max", "scatter-min", "scatter-mul")
def _scatter(call: Call, operand: Value, indices: Value, updates: Value) -> Value:
    return scatter(call, operand, indices, updates)


@_rule("dynamic_slice")
def _dynamic_slice(call: Call, operand: Value, *starts: Value) -> Value:
    sizes = call.params["slice_sizes"]
    axes = [axis for axis, size in enumerate(sizes) if str(size) != str(call.shape_of(0)[axis])]
    if not axes:
        return operand
    first = [call.graph.reshape(call.cast(starts[axis], np.int64), (1,)) for axis in axes]
    begin = call.add("Concat", *first, axis=0)
    end = call.add("Add", begin, np.array([sizes[axis] for axis in axes], np.int64))
    return call.add("Slice", operand, begin, end, np.array(axes, np.int64))
