"""Numbers of rows that compiled programs see: few, since each other number is another program.

A program takes about a second to compile and 10 MB of memory that is not returned. Arrays are therefore padded to one
of a few sizes, and the true number of rows is an argument.
"""

import numpy as np

_ROOM = 2**26  # bytes


def padded_size(n: int, *, per_doubling: int = 1) -> int:
    """The least of a few sizes that holds n rows: powers of two, and sizes between if there are several per doubling.

    Example:
        >>> [padded_size(n) for n in (1, 3, 8, 9, 100)]
        [1, 4, 8, 16, 128]
        >>> [padded_size(n, per_doubling=4) for n in (8, 9, 65, 100)]
        [8, 10, 80, 112]
    """
    step = max(1, (1 << (n - 1).bit_length()) // (2 * per_doubling))
    return -(-n // step) * step


def roomy_size(n: int, row_bytes: int, fewest: int = 1024) -> int:
    """A size with room for n rows: ``fewest``, 4, 16, 64, … times as many, or less room if that takes over 64 MiB.

    It is for arrays whose padding is never read.

    Example:
        >>> [roomy_size(n, 40) for n in (100, 1500)], roomy_size(100, 300_000), roomy_size(100, 10**8)
        ([1024, 4096], 128, 100)
    """
    size = fewest
    while size < n:
        size *= 4
    sizes = (size, padded_size(n), padded_size(n, per_doubling=8))
    return next((size for size in sizes if size * row_bytes <= _ROOM), n)


def repeat_rows(x: np.ndarray, n: int) -> np.ndarray:
    """The rows of an array, repeated from the first up to n of them; the array itself if it has as many."""
    return x if len(x) == n else np.resize(x, (n, *x.shape[1:]))
