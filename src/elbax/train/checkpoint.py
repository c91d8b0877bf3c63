"""Checkpoints: training state and history in one file, written atomically."""

import json
import time
from math import inf
from pathlib import Path

import numpy as np

from elbax.core.serialization import from_bytes, to_bytes
from elbax.errors import InputError
from elbax.files import atomic_write
from elbax.train.hosts import is_first
from elbax.train.state import TrainState


class Checkpoint:
    """A file with one complete training state, written every ``seconds``, however the process ends.

    The fingerprint identifies data and settings; a file with another fingerprint is refused.
    """

    def __init__(self, path: Path, seconds: float, fingerprint: bytes):
        self.path = Path(path)
        self.seconds = seconds
        self.fingerprint = np.frombuffer(fingerprint, np.uint8)
        self._written = -inf

    def due(self) -> bool:
        """Whether it is time to write again."""
        return time.monotonic() - self._written >= self.seconds

    def save(self, state: TrainState, history: np.ndarray) -> None:
        """Replace the file by this state and history (epochs × columns); only the first process writes."""
        if not is_first():
            return
        tree = {"state": state, "history": history, "fingerprint": self.fingerprint}
        atomic_write(self.path, to_bytes(tree))
        self._written = time.monotonic()

    def load(self, like: TrainState, n_columns: int) -> tuple[TrainState, np.ndarray] | None:
        """Start the clock and read the state back; None if there is no file.

        InputError if the file is damaged, or belongs to other data or settings.
        """
        self._written = time.monotonic()
        if not self.path.exists():
            return None
        data = self.path.read_bytes()
        try:
            history = np.zeros((_history_rows(data), n_columns), np.float64)
            tree = from_bytes(data, {"state": like, "history": history, "fingerprint": self.fingerprint})
        except InputError as error:
            raise InputError(f"cannot resume from {self.path}: {error}") from error
        if not np.array_equal(tree["fingerprint"], self.fingerprint):
            raise InputError(
                f"cannot resume from {self.path}: it was written with other data or settings; "
                "start a new run in another folder"
            )
        return tree["state"], tree["history"]


def _history_rows(data: bytes) -> int:
    """The number of epochs in the saved history, from the file's header alone."""
    try:
        size = int.from_bytes(data[:8], "little")
        return json.loads(data[8 : 8 + size])["['history']"]["shape"][0]
    except (ValueError, KeyError) as error:
        raise InputError("the file is damaged; delete it to start again") from error
