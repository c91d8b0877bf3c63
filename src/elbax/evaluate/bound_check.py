"""A check that bounds on log p(x) are possible."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import jax
import numpy as np

from elbax.core.bound_limit import highest_bound
from elbax.core.vae import VAEModule
from elbax.errors import BoundError
from elbax.evaluate.inference import posterior_moments
from elbax.types import Batch


class Excess(NamedTuple):
    """A bound on log p(x) that is above every possible one, or not a number."""

    row: int
    value: float  # nats
    highest: float  # the largest possible bound, nats
    latent: int  # the latent dimension whose posterior is narrowest in this row

    def __str__(self) -> str:
        narrow = f"the posterior or the prior is degenerate (narrowest in latent {self.latent})"
        if np.isnan(self.value):
            return f"log p(x) of row {self.row} is not a number: {narrow}"
        return (
            f"log p(x) of row {self.row} comes out as {self.value:.3g} nats, where this likelihood allows at most "
            f"{self.highest:.3g}: {narrow}"
        )


def find_excess(module: VAEModule, rows: Batch, bounds: np.ndarray) -> Excess | None:
    """Find the worst of the bounds (n,) that no model with this likelihood can have; None if all are possible.

    Such a number comes from a posterior or prior whose scale is degenerate, so that its own density is rounded away.
    """
    highest = np.broadcast_to(highest_bound(module, rows), np.shape(bounds))
    excess = np.where(np.isnan(bounds), np.inf, np.asarray(bounds, np.float64) - highest)
    row = int(excess.argmax())
    if not excess[row] > 0:
        return None
    one = jax.tree.map(lambda column: np.asarray(column[row : row + 1]), rows._replace(target_codes=None))
    variance = posterior_moments(module, one)[1][0]
    return Excess(row, float(bounds[row]), float(highest[row]), int(np.argmin(variance)))


def check_bounds(module: VAEModule, rows: Batch, bounds: np.ndarray) -> np.ndarray:
    """Return the bounds on log p(x) of rows, (n,); BoundError if one of them is impossible."""
    if (excess := find_excess(module, rows, bounds)) is not None:
        raise BoundError(str(excess))
    return bounds


@contextmanager
def naming_the_cause(learning_rate: float, uneven_weights: str = "") -> Iterator[None]:
    """Add the cause to the message of a `BoundError`: uneven weights of rows if described, else the step size."""
    try:
        yield
    except BoundError as error:
        if uneven_weights:
            raise BoundError(f"{error}, since {uneven_weights}; bring the largest weights down") from error
        raise BoundError(
            f"{error}, as after steps that are too large; fit again with learning_rate={learning_rate / 10:g} instead "
            f"of {learning_rate:g}"
        ) from error
