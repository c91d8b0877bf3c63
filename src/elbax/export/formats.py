"""The formats of exported programs: ONNX, and StableHLO as `jax.export` serializes it."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np
from jax import export as jax_export

from elbax.errors import MissingExtraError
from elbax.export.conversion import symbolic_shapes, to_onnx


class Program(NamedTuple):
    """A function to export.

    Attributes:
        function: of arrays, in the order of ``inputs``.
        inputs: their shapes by name; a size that is text is free.
        outputs: names of its results.
    """

    function: Callable[..., Any]
    inputs: Mapping[str, Sequence[Any]]
    outputs: tuple[str, ...]


def write_onnx(program: Program, schema: Mapping[str, Any]) -> bytes:
    """The program as an ONNX model, with the schema in its metadata."""
    metadata = {"elbax.schema": json.dumps(schema), "elbax.version": schema["elbax"]}
    return to_onnx(program.function, program.inputs, program.outputs, metadata).SerializeToString()


def run_onnx(data: bytes, arrays: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    """The results of an ONNX model in onnxruntime."""
    try:
        import onnxruntime
    except ImportError as error:
        raise MissingExtraError("exporting to ONNX needs the extra: pip install 'elbax[onnx]'") from error
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    return list(session.run(None, dict(arrays)))


def write_stablehlo(program: Program, schema: Mapping[str, Any]) -> bytes:
    """The program as `jax.export` serializes it, for CPUs, GPUs and TPUs."""
    shapes = symbolic_shapes(program.inputs)
    arguments = [jax.ShapeDtypeStruct(shape, np.float32) for shape in shapes.values()]
    exported = jax_export.export(jax.jit(program.function), platforms=("cpu", "cuda", "tpu"))(*arguments)
    return bytes(exported.serialize())


def run_stablehlo(data: bytes, arrays: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    """The results of a serialized program in JAX."""
    results = jax_export.deserialize(bytearray(data)).call(*arrays.values())
    return list(map(np.asarray, results if isinstance(results, list | tuple) else [results]))


class Format(NamedTuple):
    """How programs are written, and run to compare them."""

    write: Callable[[Program, Mapping[str, Any]], bytes]
    run: Callable[[bytes, Mapping[str, np.ndarray]], list[np.ndarray]]


FORMATS = {"onnx": Format(write_onnx, run_onnx), "stablehlo": Format(write_stablehlo, run_stablehlo)}
