"""Arrays that JAX, on a CPU, uses where they lie instead of copying them."""

import numpy as np

_ALIGNMENT = 64


def aligned_zeros(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """Zeros that begin where JAX wants arrays to begin; NumPy's own rarely do."""
    n_bytes = int(np.prod(shape)) * dtype.itemsize
    room = np.zeros(n_bytes + _ALIGNMENT, np.uint8)
    first = -room.ctypes.data % _ALIGNMENT
    return room[first : first + n_bytes].view(dtype).reshape(shape)
