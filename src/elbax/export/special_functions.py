"""Functions that ONNX lacks, from those it has, to single precision."""

from math import log, pi

import numpy as np

from elbax.export.graph import Graph, Value

_ERFC = (-1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587)
_ERFC += (-0.82215223, 0.17087277)  # Press and others, Numerical Recipes: relative error below 1.2e-7
_STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680)
_SHIFT = 7  # from where Stirling's series holds in single precision, relative to the result


def _f(value: float) -> np.ndarray:
    return np.float32(value)


def log1p(g: Graph, x: Value) -> Value:
    """Log of 1 + x, exact for small x: the rounding of 1 + x is divided out."""
    one = _f(1.0)
    sum_ = g.add("Add", one, x)
    rounded = g.add("Sub", sum_, one)
    corrected = g.add("Div", g.add("Mul", g.add("Log", sum_), x), rounded)
    large = g.add("Greater", g.add("Abs", x), _f(1e6))
    result = g.add("Where", large, g.add("Log", sum_), corrected)
    return g.add("Where", g.add("Equal", rounded, _f(0.0)), x, result)


def expm1(g: Graph, x: Value) -> Value:
    """exp(x) - 1, exact for small x."""
    one = _f(1.0)
    exponential = g.add("Exp", x)
    less = g.add("Sub", exponential, one)
    corrected = g.add("Div", g.add("Mul", less, x), g.add("Log", exponential))
    far = g.add("Greater", g.add("Abs", x), _f(1.0))
    result = g.add("Where", far, less, corrected)
    return g.add("Where", g.add("Equal", less, _f(0.0)), x, result)


def logistic(g: Graph, x: Value) -> Value:
    """1 / (1 + exp(-x)); runtimes clip their own Sigmoid at about 1e-8."""
    return g.add("Reciprocal", g.add("Add", _f(1.0), g.add("Exp", g.add("Neg", x))))


def erfc(g: Graph, x: Value) -> Value:
    """The complementary error function, with its tail."""
    size = g.add("Abs", x)
    t = g.add("Reciprocal", g.add("Add", _f(1.0), g.add("Mul", _f(0.5), size)))
    series: Value = _f(_ERFC[-1])
    for coefficient in _ERFC[-2::-1]:
        series = g.add("Add", _f(coefficient), g.add("Mul", t, series))
    tail = g.add("Mul", t, g.add("Exp", g.add("Sub", series, g.add("Mul", size, size))))
    return g.add("Where", g.add("Less", x, _f(0.0)), g.add("Sub", _f(2.0), tail), tail)


def log_gamma(g: Graph, x: Value) -> Value:
    """Log Γ(x) of x above 0: Stirling's series from 7 on, and the recursion below; in double precision."""
    number = lambda value: np.float64(value)  # noqa: E731
    x = g.add("Cast", x, to=g.onnx.TensorProto.DOUBLE)
    small = g.add("Less", x, number(_SHIFT))
    shifted = g.add("Where", small, g.add("Add", x, number(_SHIFT)), x)
    factors: Value = x
    for step in range(1, _SHIFT):
        factors = g.add("Mul", factors, g.add("Add", x, number(step)))
    inverse = g.add("Reciprocal", shifted)
    squared, series = g.add("Mul", inverse, inverse), number(_STIRLING[-1])
    for coefficient in _STIRLING[-2::-1]:
        series = g.add("Add", number(coefficient), g.add("Mul", squared, series))
    result = g.add("Mul", g.add("Sub", shifted, number(0.5)), g.add("Log", shifted))
    result = g.add("Add", g.add("Sub", result, shifted), number(0.5 * log(2 * pi)))
    result = g.add("Add", result, g.add("Mul", series, inverse))
    recursion = g.add("Log", g.add("Where", small, factors, number(1.0)))
    return g.add("Cast", g.add("Sub", result, recursion), to=g.onnx.TensorProto.FLOAT)
