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
    """Replace entries at places that are known, or combine entries with them by a sum, a maximum or a minimum."""
    numbers, shape, update_shape = call.params["dimension_numbers"], call.shape_of(0), call.shape_of(2)
    if not isinstance(indices, np.ndarray) or numbers.operand_batching_dims:
        raise InputError("this model writes to places that depend on the data; export it with to='stablehlo'")
    windows = [axis for axis in range(len(shape)) if axis not in numbers.inserted_window_dims]
    length = {axis: update_shape[own] for axis, own in zip(windows, numbers.update_window_dims, strict=True)}
    apart = {*numbers.scatter_dims_to_operand_dims, *numbers.inserted_window_dims}
    free = [axis for axis in windows if axis not in apart and str(length[axis]) == str(shape[axis])]
    concerned = [axis for axis in range(len(shape)) if axis not in free]
    is_free = [own for axis, own in zip(windows, numbers.update_window_dims, strict=True) if axis in free]
    rest = [axis for axis in range(len(update_shape)) if axis not in is_free]
    targets = _scatter_targets(numbers, shape, length, free, indices).transpose([*is_free, *rest]).ravel()
    graph, sizes = call.graph, [shape[axis] for axis in free]
    total = int(np.prod([shape[axis] for axis in concerned]))
    new = graph.reshape(graph.transpose(updates, [*is_free, *rest]), [*sizes, targets.size])
    own = graph.reshape(graph.transpose(operand, [*free, *concerned]), [*sizes, total])
    name = call.equation.primitive.name
    sources = _sources(targets, total, last_only=name == "scatter")  # (total, most updates of one place)
    entries = graph.add("Gather", new, np.maximum(sources, 0), axis=len(free))
    if name == "scatter":
        entries = graph.reshape(entries, [*sizes, total])
        own = graph.add("Where", sources[:, 0] >= 0, entries, own)
    else:
        reduce, combine, neutral = _COMBINED[name]
        entries = graph.add("Where", sources >= 0, entries, _as_type(neutral, call.dtype))
        entries = graph.add(reduce, entries, np.array([len(free) + 1], np.int64), keepdims=0)
        own = graph.add(combine, own, entries)
    result = graph.reshape(own, [*sizes, *(shape[axis] for axis in concerned)])
    return graph.transpose(result, np.argsort([*free, *concerned]).tolist())


_COMBINED = {
    "scatter-add": ("ReduceSum", "Add", 0.0),
    "scatter-max": ("ReduceMax", "Max", -np.inf),
    "scatter-min": ("ReduceMin", "Min", np.inf),
    "scatter-mul": ("ReduceProd", "Mul", 1.0),
}


def _as_type(value: float, dtype: np.dtype) -> np.ndarray:
    """A number, or instead of infinity the end of a type of integers."""
    if np.issubdtype(dtype, np.integer):
        value = np.clip(value, np.iinfo(dtype).min, np.iinfo(dtype).max)
    return np.array(value).astype(dtype)


def _scatter_targets(
    numbers: Any, shape: tuple[Any, ...], length: dict[int, Any], free: list[int], indices: np.ndarray
) -> np.ndarray:
    """For each update the flat place of the operand that it goes to, -1 outside; free axes have one place."""
    places_shape = [1 if axis in free else size for axis, size in enumerate(shape)]
    places = np.arange(int(np.prod(places_shape)), dtype=np.int32).reshape(places_shape)
    as_gather = jax.lax.GatherDimensionNumbers(
        offset_dims=numbers.update_window_dims,
        collapsed_slice_dims=numbers.inserted_window_dims,
        start_index_map=numbers.scatter_dims_to_operand_dims,
    )
    sizes = tuple(1 if axis in free else length.get(axis, 1) for axis in range(len(shape)))
    return np.asarray(jax.lax.gather(places, indices, as_gather, sizes, mode="fill", fill_value=-1))


def _sources(targets: np.ndarray, total: int, last_only: bool) -> np.ndarray:
    """For each place the updates that come to it in their order, padded by -1; or only the last."""
    order = np.flatnonzero(targets >= 0)
    if last_only:
        last = np.full((total, 1), -1, np.int64)
        last[targets[order], 0] = order  # of equal places NumPy keeps the last
        return last
    order = order[np.argsort(targets[order], kind="stable")]
    own = targets[order]
    turn = np.arange(len(own)) - np.searchsorted(own, own)
    sources = np.full((total, int(turn.max(initial=0)) + 1), -1, np.int64)
    sources[own, turn] = order
    return sources
