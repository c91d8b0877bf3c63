"""Arrays of a pytree to and from safetensors bytes, by leaf path; loading never runs code (no pickle)."""

import equinox as eqx
import jax
import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from elbax.errors import InputError


def to_bytes(tree) -> bytes:
    """Write every array of a pytree under its path, such as ``.encoder.layers[0].weight``.

    Example:
        >>> from_bytes(to_bytes({"a": np.ones(2)}), {"a": np.zeros(2)})
        {'a': array([1., 1.])}
    """
    leaves = jax.tree_util.tree_leaves_with_path(eqx.filter(tree, eqx.is_array_like))
    return save_tensors({jax.tree_util.keystr(path): np.asarray(leaf, order="C") for path, leaf in leaves})


def from_bytes(data: bytes, like):
    """Read arrays into the places of ``like``, a pytree of arrays or shapes.

    Raises:
        InputError: the bytes are damaged, or paths, shapes or dtypes differ from those of ``like``.
    """
    try:
        stored = load_tensors(data)
    except (SafetensorError, ValueError, KeyError) as error:
        raise InputError(f"the stored weights are damaged ({error}); restore the file from a copy") from error
    wanted = {jax.tree_util.keystr(path): leaf for path, leaf in jax.tree_util.tree_leaves_with_path(like)}
    if stored.keys() != wanted.keys():
        odd = ", ".join(sorted(stored.keys() ^ wanted.keys())[:3])
        raise InputError(f"the stored weights do not fit this model: {odd} is on one side only")
    for path, leaf in wanted.items():
        found = stored[path]
        if found.shape != leaf.shape or found.dtype != leaf.dtype:
            raise InputError(
                f"the stored weights do not fit this model: expected {path} as {leaf.dtype}{list(leaf.shape)}; "
                f"got {found.dtype}{list(found.shape)}"
            )
    return jax.tree_util.tree_map_with_path(lambda path, _: stored[jax.tree_util.keystr(path)], like)
