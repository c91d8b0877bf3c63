"""Rows of a sparse matrix, made dense on demand."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from elbax.data.streamed_rows import StreamedRows

# Smaller matrices are made dense as a whole: streaming holds pieces of half that size.
SPARSE_BYTES = 2**25


@dataclass(frozen=True, eq=False)
class SparseRows(StreamedRows):
    """Rows of a matrix in SciPy's CSR format, of which only those that are read become dense.

    Example:
        >>> from scipy.sparse import csr_array
        >>> rows = SparseRows(csr_array(np.diag([1.0, 2.0, 3.0])), np.dtype(np.float32), (3,))
        >>> rows[[2, 0]]
        array([[0., 0., 3.],
               [1., 0., 0.]], dtype=float32)
    """

    def _fill(self, places: np.ndarray, out: np.ndarray) -> None:
        neighbors = len(places) and np.array_equal(places, np.arange(places[0], places[0] + len(places)))
        rows = self.source[places[0] : places[-1] + 1] if neighbors else self.source[places]
        rows.astype(out.dtype).toarray(out=out)
        if self.divisor is not None:
            out /= out.dtype.type(self.divisor)


def is_small(x: Any) -> bool:
    """Whether rows of a sparse matrix are better made dense at once."""
    return isinstance(x, SparseRows) and x.nbytes < SPARSE_BYTES


def keep_sparse(x: Any, dtype: np.dtype) -> np.ndarray | SparseRows:
    """A sparse matrix (n, d) of numbers as `SparseRows` of this dtype, or as an array if that is below 32 MiB."""
    n, d = x.shape
    if n * d * dtype.itemsize < SPARSE_BYTES:
        return x.astype(dtype).toarray()
    return SparseRows(x.tocsr(), dtype, (d,))
