"""Arrays of a pytree to and from safetensors bytes, by leaf path; loading never runs code."""

import equinox as eqx
import jax
import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from elbax.errors import InputError


def to_bytes(tree) -> bytes:
    """Write the arrays of a pytree under their paths, such as ``.encoder.layers[0].weight``."""
    leaves = jax.tree_util.tree_leaves_with_path(eqx.filter(tree, eqx.is_array_like))
    return save_tensors({jax.tree_util.keystr(path): np.asarray(leaf, order="C") for path, leaf in leaves})


def from_bytes(data: bytes, like):
    """Read arrays into a pytree like ``like``.

    Raises:
        InputError: the bytes are damaged, or paths, shapes or dtypes differ from those of ``like``.
    """
    try:
        stored = load_tensors(data)
    except (SafetensorError, ValueError, KeyError) as error:
        raise InputError(f"the stored weights are damaged ({error}); restore the file from a copy") from error
    expected = {jax.tree_util.keystr(path): leaf for path, leaf in jax.tree_util.tree_leaves_with_path(like)}
    if stored.keys() != expected.keys():
        unmatched = ", ".join(sorted(stored.keys() ^ expected.keys())[:3])
        raise InputError(f"the stored weights do not fit this model: {unmatched} is on one side only")
    for path, leaf in expected.items():
        array = stored[path]
        if array.shape != leaf.shape or array.dtype != leaf.dtype:
            raise InputError(
                f"the stored weights do not fit this model: expected {path} as {leaf.dtype}{list(leaf.shape)}; "
                f"got {array.dtype}{list(array.shape)}"
            )
    return jax.tree_util.tree_map_with_path(lambda path, _: stored[jax.tree_util.keystr(path)], like)
