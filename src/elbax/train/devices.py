"""Devices: one, or all devices of all hosts, each with a part of every batch."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

import jax
import numpy as np
from jax.sharding import AxisType, Mesh, NamedSharding, PartitionSpec
from jaxtyping import Array, PyTree

_ROWS = "rows"


@dataclass(frozen=True)
class Devices:
    """The devices of one compiled program; on a single device nothing is divided."""

    mesh: Mesh | None = None  # all devices in one row, or None for JAX's default device

    @classmethod
    def of(cls, devices: Sequence) -> Self:
        """These devices; they may belong to several processes."""
        if len(devices) == 1:
            return cls()
        return cls(Mesh(np.asarray(devices), (_ROWS,), axis_types=(AxisType.Auto,)))

    @property
    def several_hosts(self) -> bool:
        """Whether the devices belong to several processes."""
        return self.mesh is not None and len({device.process_index for device in self.mesh.devices.flat}) > 1

    def copy(self, x: np.ndarray) -> Array:
        """The whole array on every device; all processes must pass equal arrays."""
        if self.mesh is None:
            return jax.device_put(x)
        return jax.make_array_from_callback(x.shape, self._sharding(), lambda part: x[part])

    def copies(self, tree: PyTree) -> PyTree:
        """All arrays of a tree whole on every device; the tree itself for a single device."""
        if self.mesh is None:
            return tree

        def place(leaf):
            return self.copy(np.asarray(leaf)) if isinstance(leaf, jax.Array | np.ndarray) else leaf

        return jax.tree.map(place, tree)

    def parts(self, shape: tuple[int, ...], read: Callable[[tuple[slice, ...]], np.ndarray]) -> Array:
        """An array of batches, (batches, batch, ...); each device holds its part of every batch.

        Batches that do not divide evenly are whole on every device. ``read`` returns the part that an index selects; it
        is called for this process's devices only.
        """
        if self.mesh is None:
            return jax.device_put(read(tuple(map(slice, shape))))
        divisible = shape[1] % self.mesh.size == 0
        sharding = self._sharding(None, _ROWS) if divisible else self._sharding()
        return jax.make_array_from_callback(shape, sharding, read)

    def own(self, tree: PyTree) -> PyTree:
        """This process's copy of arrays that are whole on every device, as ordinary arrays."""
        if self.mesh is None:
            return tree
        return jax.tree.map(lambda leaf: leaf.addressable_data(0) if isinstance(leaf, jax.Array) else leaf, tree)

    def split(self, tree: PyTree) -> PyTree:
        """Inside a compiled function: divide a batch among the devices, evenly or not."""
        return self._constrained(tree, _ROWS)

    def whole(self, tree: PyTree) -> PyTree:
        """Inside a compiled function: keep arrays whole on every device."""
        return self._constrained(tree)

    def _constrained(self, tree: PyTree, *axes: str) -> PyTree:
        return tree if self.mesh is None else jax.lax.with_sharding_constraint(tree, self._sharding(*axes))

    def _sharding(self, *axes: str | None) -> NamedSharding:
        return NamedSharding(self.mesh, PartitionSpec(*axes))
