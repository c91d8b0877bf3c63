"""Frames of the latent plane during training."""

from collections.abc import Callable, Iterable, Mapping
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
    """Records posterior means of some rows at chosen epochs.

    Training pauses at these epochs, which changes no bit of its result. Of several restarts the last one's frames are
    kept. Draw them with `elbax.plots.latent_animation` or `elbax.plots.latent_frames`.

    Args:
        X: rows as for `VAE.fit`, of a model without context; a few hundred make a clear image.
        epochs: the epochs to record, 0 for the untrained model; by default about 40, most of them early.

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
        as_array(X, name="X")  # an error now, not in the fit
        self._given = X
        self._requested = None if epochs is None else sorted(set(epochs))
        if self._requested is not None and not all(isinstance(e, Integral) and e >= 0 for e in self._requested or [-1]):
            raise InputError(f"epochs must be integers of at least 0; got {self._requested}")
        self._pauses: set[int] = set()
        self.epochs: list[int] = []
        self._frames: list[np.ndarray] = []

    @property
    def z(self) -> np.ndarray:
        return np.stack(self._frames)

    def read(self, encode: Callable[..., Batch]) -> None:
        """Encode the rows as those of the fit that begins."""
        self._batch = encode(self._given)

    def begin(self, settings: Mapping[str, Any]) -> None:
        """Drop the frames of an earlier fit."""
        self.epochs, self._frames = [], []

    def pauses(self, epochs: int) -> list[int]:
        """The epochs to record, of this number of planned epochs."""
        default = np.round(np.geomspace(1, epochs + 1, _FRAMES)).astype(int) - 1
        self._pauses = set(np.unique(default).tolist() if self._requested is None else self._requested)
        return sorted(epoch for epoch in self._pauses if epoch <= epochs)

    def __call__(self, progress: Progress) -> None:
        if progress.between_epochs and progress.epoch in self._pauses and progress.epoch not in self.epochs:
            self.epochs.append(progress.epoch)
            self._frames.append(evaluate.encode(progress.module, self._batch))
