"""The latent plane while a model trains."""

from collections.abc import Iterable, Mapping
from numbers import Integral
from typing import Any

import numpy as np

from elbax import evaluate
from elbax.data import as_array
from elbax.errors import InputError
from elbax.train.trainer import Progress
from elbax.types import Batch

_FRAMES = 40


class LatentFrames:
    """Keeps where the encoder puts given rows, at chosen moments of training.

    Training pauses exactly there, which changes no bit of its result. With several restarts the last one's frames
    stay. Draw them with `elbax.plots.latent_animation` or `elbax.plots.latent_frames`.

    Args:
        X: the rows, as `VAE.fit` takes them, for a model without context; a few hundred make a clear image.
        epochs: after which epochs, 0 being before the first; by default about 40, close together at the beginning,
            when most happens.

    Attributes:
        epochs: the epoch of each frame, (frames,).
        z: posterior means, (frames, n, latent_dim).

    Raises:
        InputError: the rows cannot be used, or an epoch is not an integer of at least 0.

    Example:
        >>> from elbax import VAE
        >>> x = np.random.default_rng(0).normal(size=(60, 3))
        >>> frames = LatentFrames(x[:10], epochs=[0, 1, 4])
        >>> _ = VAE(epochs=4, random_state=0, verbose=0).fit(x, callbacks=[frames])
        >>> frames.epochs, frames.z.shape
        ([0, 1, 4], (3, 10, 2))
    """

    def __init__(self, X: Any, epochs: Iterable[int] | None = None):
        """Read the rows."""
        self._rows = as_array(X, name="X")[0]
        self._chosen = None if epochs is None else sorted(set(epochs))
        if self._chosen is not None and not all(
            isinstance(e, Integral) and e >= 0 for e in self._chosen or [-1]
        ):
            raise InputError(f"epochs must be integers of at least 0; got {self._chosen}")
        self._wanted: set[int] = set()
        self.epochs: list[int] = []
        self._frames: list[np.ndarray] = []

    @property
    def z(self) -> np.ndarray:
        """Posterior means, (frames, n, latent_dim)."""
        return np.stack(self._frames)

    def begin(self, settings: Mapping[str, Any]) -> None:
        """Forget an earlier fit."""
        self.epochs, self._frames = [], []

    def pauses(self, epochs: int) -> list[int]:
        """The epochs, of so many planned, after which there is something to keep."""
        spread = np.round(np.geomspace(1, epochs + 1, _FRAMES)).astype(int) - 1
        self._wanted = set(np.unique(spread).tolist() if self._chosen is None else self._chosen)
        return sorted(epoch for epoch in self._wanted if epoch <= epochs)

    def __call__(self, progress: Progress) -> None:
        """Keep a frame where one is wanted."""
        if progress.between_epochs and progress.epoch in self._wanted and progress.epoch not in self.epochs:
            shape = progress.module.event_shape
            if self._rows[0].size != np.prod(shape):
                raise InputError(f"X must hold rows of shape {shape}; got {self._rows.shape[1:]}")
            self.epochs.append(progress.epoch)
            self._frames.append(evaluate.encode(progress.module, Batch(self._rows.reshape(-1, *shape))))
