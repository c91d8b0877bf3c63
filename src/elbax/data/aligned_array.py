"""Arrays that JAX can use on a CPU without copying them."""

import numpy as np

_ALIGNMENT = 64


def aligned_zeros(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """Zeros whose memory starts at a multiple of 64 bytes, as JAX requires; NumPy's own rarely does."""
    n_bytes = int(np.prod(shape)) * dtype.itemsize
    room = np.zeros(n_bytes + _ALIGNMENT, np.uint8)
    first = -room.ctypes.data % _ALIGNMENT
    return room[first : first + n_bytes].view(dtype).reshape(shape)
