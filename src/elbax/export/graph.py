"""Writing an ONNX graph: names, constants, and shapes with a free number of rows."""

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import numpy as np

from elbax.errors import InputError, MissingExtraError

OPSET = 18
Value = Any  # a name in the graph (str), or a constant (np.ndarray)


def import_onnx() -> Any:
    """The package onnx; MissingExtraError says how to install it."""
    try:
        import onnx
    except ImportError as error:
        raise MissingExtraError("exporting to ONNX needs the extra: pip install 'elbax[onnx]'") from error
    return onnx


class Graph:
    """Nodes and constants of one ONNX model, in the order of computation.

    Sizes that are free have names, such as "rows"; they are read from the inputs when the model runs.
    """

    def __init__(self):
        self.onnx = import_onnx()
        self.nodes: list[Any] = []
        self.inputs: list[Any] = []
        self.constants: dict[str, np.ndarray] = {}
        self._known: dict[tuple, str] = {}
        self._sizes: dict[str, tuple[str, int]] = {}  # of each free size an input that has it, and the axis
        self._count = 0

    def add_input(self, name: str, shape: Sequence[Any]) -> str:
        """An input of float32; a size that is no integer is free."""
        sizes = [size if isinstance(size, int) else str(size) for size in shape]
        self.inputs.append(self.onnx.helper.make_tensor_value_info(name, self.onnx.TensorProto.FLOAT, sizes))
        for axis, size in enumerate(sizes):
            if isinstance(size, str):
                self._sizes.setdefault(size, (name, axis))
        return name

    def add(self, operator: str, *inputs: Value, outputs: int = 1, **attributes: Any) -> Any:
        """Add a node; the name of its output, or a list of them."""
        names = [self._new() for _ in range(outputs)]
        given = ["" if value is None else self.name(value) for value in inputs]
        self.nodes.append(self.onnx.helper.make_node(operator, given, names, **attributes))
        return names[0] if outputs == 1 else names

    def name(self, value: Value) -> str:
        """The name of a value; constants are stored once."""
        if isinstance(value, str):
            return value
        array = np.asarray(value)
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self._known:
            self._known[key] = self._new()
            self.constants[self._known[key]] = array
        return self._known[key]

    def size(self, size: Any) -> Value:
        """A size as a tensor (1,) of int64: a constant, or the product of free ones."""
        if isinstance(size, int | np.integer):
            return np.array([size], np.int64)
        total: Value = None
        for factor in str(size).split("*"):
            own = np.array([int(factor)], np.int64) if factor.isdecimal() else self._free_size(factor)
            total = own if total is None else self.add("Mul", total, own)
        return total

    def shape(self, shape: Sequence[Any]) -> Value:
        """A shape as a tensor of int64."""
        if all(isinstance(size, int | np.integer) for size in shape):
            return np.array(shape, np.int64)
        return self.add("Concat", *map(self.size, shape), axis=0)

    def reshape(self, value: Value, shape: Sequence[Any]) -> Value:
        """A value in another shape, of which at most one size is free, or all are read."""
        free = [not isinstance(size, int | np.integer) for size in shape]
        if isinstance(value, np.ndarray) and not any(free):
            return value.reshape(tuple(shape))
        if sum(free) == 1 and prod(size for size in shape if isinstance(size, int)) > 0:
            return self.add("Reshape", value, np.array([-1 if f else s for s, f in zip(shape, free, strict=True)]))
        return self.add("Reshape", value, self.shape(shape), allowzero=1)

    def transpose(self, value: Value, order: Sequence[int]) -> Value:
        """A value with its axes in another order."""
        if list(order) == sorted(order):
            return value
        return value.transpose(order) if isinstance(value, np.ndarray) else self.add("Transpose", value, perm=order)

    def model(self, outputs: Mapping[str, tuple[Value, Sequence[Any]]], metadata: Mapping[str, str]) -> Any:
        """The model with these outputs, by name with their shapes, without nodes that they do not need."""
        helper, kind = self.onnx.helper, self.onnx.TensorProto.FLOAT
        for name, (value, _) in outputs.items():
            self.nodes.append(helper.make_node("Identity", [self.name(value)], [name]))
        self._prune(set(outputs))
        results = [
            helper.make_tensor_value_info(name, kind, [s if isinstance(s, int) else str(s) for s in shape])
            for name, (_, shape) in outputs.items()
        ]
        used = {name for node in self.nodes for name in node.input}
        constants = [
            self.onnx.numpy_helper.from_array(array, name) for name, array in self.constants.items() if name in used
        ]
        graph = helper.make_graph(self.nodes, "elbax", self.inputs, results, constants)
        opset = helper.make_opsetid("", OPSET)
        model = helper.make_model(graph, opset_imports=[opset], producer_name="elbax", ir_version=10)
        helper.set_model_props(model, dict(metadata))
        self.onnx.checker.check_model(model)
        return model

    def _prune(self, needed: set[str]) -> None:
        kept = []
        for node in reversed(self.nodes):
            if needed & set(node.output):
                kept.append(node)
                needed |= set(node.input)
        self.nodes = kept[::-1]

    def _free_size(self, name: str) -> Value:
        if name not in self._sizes:
            raise InputError(f"the size {name!r} of a part of this model depends on its inputs; it cannot be exported")
        source, axis = self._sizes[name]
        shape = self._once("Shape", source)
        return self._once("Gather", shape, np.array([axis], np.int64))

    def _once(self, operator: str, *inputs: Value) -> str:
        key = (operator, *map(self.name, inputs))
        if key not in self._known:
            self._known[key] = self.add(operator, *inputs)
        return self._known[key]

    def _new(self) -> str:
        self._count += 1
        return f"v{self._count}"
