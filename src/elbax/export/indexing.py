"""Gather and scatter of JAX as operators of ONNX."""

from typing import Any

import jax
import numpy as np

from elbax.errors import InputError
from elbax.export.graph import Value


def gather(call: Any, operand: Value, indices: Value) -> Value:
    """Slices of an array at indices that are known, or single entries at any."""
    if isinstance(indices, np.ndarray):
        return _gather_constant(call, operand, indices)
    numbers, sizes = call.params["dimension_numbers"], call.params["slice_sizes"]
    batch = list(numbers.operand_batching_dims)
    indexed = list(numbers.start_index_map)
    shape = call.shape_of(0)
    rest = [axis for axis in range(len(shape)) if axis not in (*batch, *indexed)]
    whole = all(str(sizes[axis]) == str(shape[axis]) for axis in rest)
    if not whole or any(sizes[axis] != 1 for axis in indexed):
        raise InputError("this model cuts windows at places that depend on the data; export it with to='stablehlo'")
    left_out = (*numbers.collapsed_slice_dims, *batch)
    offsets = zip(numbers.offset_dims, (axis for axis in range(len(shape)) if axis not in left_out), strict=True)
    of_rest = {own: axis for axis, own in offsets}
    single = [int(of_rest[axis]) for axis in indexed if axis in of_rest]  # windows of one entry
    graph = call.graph
    ends = [shape[axis] - 1 for axis in indexed]
    indices = call.add("Max", call.cast(indices, np.int64), np.array(0, np.int64))
    indices = call.add("Min", indices, np.array(ends, np.int64))
    n_axes = len(call.shape_of(1)) - 1
    index_batch = list(numbers.start_indices_batching_dims)
    others = [axis for axis in range(n_axes) if axis not in index_batch]
    operand = graph.transpose(operand, [*batch, *indexed, *rest])
    indices = graph.transpose(indices, [*index_batch, *others, n_axes])
    found = call.add("GatherND", operand, indices, batch_dims=len(batch))  # batch, others, rest
    placed = iter([axis for axis in range(len(call.shape)) if axis not in numbers.offset_dims])
    axes = [*sorted(zip([*index_batch, *others], range(n_axes), strict=True))]
    where = {place: next(placed) for _, place in axes}  # of each axis of what was found, the axis of the result
    where |= {n_axes + place: int(of_rest[axis]) for place, axis in enumerate(rest)}
    found = graph.transpose(found, sorted(where, key=lambda place: where[place]))
    return graph.add("Unsqueeze", found, np.array(sorted(single), np.int64)) if single else found


def _gather_constant(call: Any, operand: Value, indices: np.ndarray) -> Value:
    """Known places, as positions in the array flattened over the axes that they concern."""
    numbers, sizes, shape = call.params["dimension_numbers"], call.params["slice_sizes"], call.shape_of(0)
    apart = {*numbers.start_index_map, *numbers.collapsed_slice_dims, *numbers.operand_batching_dims}
    free = [axis for axis in range(len(shape)) if str(sizes[axis]) == str(shape[axis]) and axis not in apart]
    concerned = [axis for axis in range(len(shape)) if axis not in free]
    lengths = [shape[axis] for axis in concerned]
    places = np.arange(int(np.prod(lengths)), dtype=np.int32)
    places = places.reshape([1 if axis in free else shape[axis] for axis in range(len(shape))])
    own_sizes = tuple(1 if axis in free else size for axis, size in enumerate(sizes))
    found = np.asarray(jax.lax.gather(places, indices, numbers, own_sizes, mode="clip"))
    offsets = [
        axis
        for axis in range(len(shape))
        if axis not in (*numbers.collapsed_slice_dims, *numbers.operand_batching_dims)
    ]
    is_free = [axis for axis, own in zip(numbers.offset_dims, offsets, strict=True) if own in free]
    rest = [axis for axis in range(found.ndim) if axis not in is_free]
    graph = call.graph
    flat = graph.reshape(graph.transpose(operand, [*free, *concerned]), [*(shape[axis] for axis in free), places.size])
    taken = graph.add("Gather", flat, found.ravel().astype(np.int64), axis=len(free))
    taken = graph.reshape(taken, [*(shape[axis] for axis in free), *(call.shape[axis] for axis in rest)])
    order = np.argsort([*is_free, *rest]).tolist()
    return graph.transpose(taken, order)


def scatter(call: Any, operand: Value, indices: Value, updates: Value) -> Value:
    """Replace entries, or add to them, at places that are known."""
    numbers, shape = call.params["dimension_numbers"], call.shape_of(0)
    if not isinstance(indices, np.ndarray) or numbers.operand_batching_dims:
        raise InputError("this model writes to places that depend on the data; export it with to='stablehlo'")
    apart = {*numbers.scatter_dims_to_operand_dims}
    free = [axis for axis in range(len(shape)) if axis not in apart]
    windows = [axis for axis in range(len(shape)) if axis not in numbers.inserted_window_dims]
    is_free = [axis for axis, own in zip(numbers.update_window_dims, windows, strict=True) if own in free]
    update_shape = call.shape_of(2)
    concerned = sorted(apart)
    total = int(np.prod([shape[axis] for axis in concerned]))
    marks = np.arange(1, int(np.prod([s for a, s in enumerate(update_shape) if a not in is_free])) + 1, dtype=np.int32)
    marks = marks.reshape([1 if axis in is_free else size for axis, size in enumerate(update_shape)])
    empty = np.zeros([1 if axis in free else size for axis, size in enumerate(shape)], np.int32)
    placed = (
        np.asarray(jax.lax.scatter(empty, indices, marks, numbers, mode="drop")).transpose([*free, *concerned]).ravel()
    )
    graph, sizes = call.graph, [shape[axis] for axis in free]
    rest = [axis for axis in range(len(update_shape)) if axis not in is_free]
    new = graph.reshape(graph.transpose(updates, [*is_free, *rest]), [*sizes, marks.size])
    own = graph.reshape(graph.transpose(operand, [*free, *concerned]), [*sizes, total])
    new = graph.add("Gather", new, np.maximum(placed - 1, 0).astype(np.int64), axis=len(free))
    if call.equation.primitive.name == "scatter-add":
        new = graph.add("Add", own, new)
    result = graph.add("Where", placed > 0, new, own)
    result = graph.reshape(result, [*sizes, *(shape[axis] for axis in concerned)])
    return graph.transpose(result, np.argsort([*free, *concerned]).tolist())
