"""A 3×3 convolution as matrix products of shifted images, which XLA differentiates faster than its own convolution."""

from math import ceil

import jax.numpy as jnp
from jaxtyping import Array, Float

from elbax.core.xla.matmul import add_bias, matmul


def convolve(
    x: Float[Array, "h w c_in"],
    weight: Float[Array, "3 3 c_in c_out"],
    bias: Float[Array, " c_out"],
    stride: int = 1,
    precision: str = "float32",
) -> Float[Array, "h2 w2 c_out"]:
    """Convolve one image with "SAME" padding, (h, w, c_in) → (⌈h/stride⌉, ⌈w/stride⌉, c_out)."""
    c_in, c_out = weight.shape[2:]
    if 9 * c_out > c_in:
        windows = jnp.concatenate(_shifts(x, stride), axis=-1)  # (h2, w2, 9 c_in)
        return add_bias(matmul(windows, weight.reshape(-1, c_out), precision), bias)
    # With few output channels it is faster to multiply before shifting.
    y = matmul(x, weight.transpose(2, 0, 1, 3).reshape(c_in, -1), precision)  # (h, w, 9 c_out)
    shifts = _shifts(y, stride)
    return add_bias(sum(shift[..., i * c_out : (i + 1) * c_out] for i, shift in enumerate(shifts)), bias)


def _shifts(x: Float[Array, "h w c"], stride: int) -> list[Float[Array, "h2 w2 c"]]:
    """The 3×3 neighbors of every stride-th pixel, row by row, with zeros beyond the edge."""
    sizes = x.shape[:2]
    ends = [stride * (ceil(size / stride) - 1) + 1 for size in sizes]  # of a slice of every stride-th pixel
    padding = [max(end + 2 - size, 0) for end, size in zip(ends, sizes, strict=True)]
    x = jnp.pad(x, (*((total // 2, total - total // 2) for total in padding), (0, 0)))
    return [x[i : i + ends[0] : stride, j : j + ends[1] : stride] for i in range(3) for j in range(3)]
