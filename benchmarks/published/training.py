"""What the published tables share: training that stops and goes on, binary digits, and where results go."""

import argparse
import json
import pickle
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

import elbax
from benchmarks.machine import describe_machine
from elbax.evaluate import Estimate
from elbax.files import atomic_write

__all__ = ["Training", "binarised", "digits", "options_of", "score", "write_row"]

HERE = Path(__file__).parent
SAVED_EVERY = 300.0  # seconds


def options_of(description: str) -> argparse.ArgumentParser:
    """The options that every one of these commands has."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--minutes", type=float, default=100.0, help="of this sitting")
    parser.add_argument("--output", type=Path, default=HERE.parent / "results")
    parser.add_argument("--state", type=Path, default=HERE / "state", help="where the training state is kept")
    return parser


def digits() -> tuple[np.ndarray, np.ndarray]:
    """MNIST's training and test images as rows of gray levels from 0 to 1, float32."""
    data = elbax.load_data("mnist")
    x, test_x = (images.reshape(len(images), -1) / np.float32(255) for images in (data.x, data.test_x))
    return x, test_x


def binarised(gray: np.ndarray, seed: list[int]) -> np.ndarray:
    """Pixels that are 1 with their gray level's probability, bytes."""
    draws = np.random.default_rng(seed).random(gray.shape, np.float32)
    return (draws < gray).astype(np.uint8)


def score(vae: elbax.VAE, x: np.ndarray, samples: int) -> tuple[float, float]:
    """Mean negative log-likelihood of rows, nats, and its standard error over rows."""
    found = Estimate.of(-vae.score_samples(x, samples))
    return found.mean, found.error


class Training:
    """A VAE trained one epoch at a time, kept in a file between sittings.

    Attributes:
        vae: the estimator.
        epoch: epochs it has had.
        seconds: which they took.
        scores: what was measured after some of them: (mean, standard error or None), nats.
        best: the lowest of these means, and the estimator that had it.
    """

    def __init__(self, path: Path, untrained: Callable[[], elbax.VAE]):
        self.path = path
        self.epoch, self.seconds, self.scores, self.best = 0, 0.0, {}, None
        if path.exists():
            # Written by this class: nothing else belongs in that folder.
            self.__dict__ |= pickle.loads(path.read_bytes())
        else:
            self.vae = untrained()

    def save(self) -> None:
        """Keep what there is."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        kept = {name: value for name, value in vars(self).items() if name != "path"}
        atomic_write(self.path, pickle.dumps(kept))

    def go_on(
        self,
        epochs: int,
        minutes: float,
        rows: Callable[[int], np.ndarray],
        settings: Callable[[int], dict],
        measure: Callable[["Training"], tuple[float, float | None] | None],
    ) -> None:
        """Train until the epochs or the minutes are over.

        Args:
            epochs: all there are to be.
            minutes: of this sitting.
            rows: of an epoch, counted from 0; drawn on a thread of their own while the epoch before trains.
            settings: what the estimator is to have changed for that epoch.
            measure: a score after an epoch, nats and its standard error where it has one, or None for no score.
        """
        began = saved = time.monotonic()
        with ThreadPoolExecutor(1) as aside:
            drawn = aside.submit(rows, self.epoch)
            while self.epoch < epochs and time.monotonic() - began < 60 * minutes:
                x, drawn = drawn.result(), aside.submit(rows, self.epoch + 1)
                start = time.monotonic()
                self.vae.set_params(**settings(self.epoch)).partial_fit(x)
                self.seconds += time.monotonic() - start
                self.epoch += 1
                if (found := measure(self)) is not None:
                    self.scores[self.epoch] = found
                    if self.best is None or found[0] < self.best[0]:
                        self.best = (found[0], pickle.dumps(self.vae))
                    print(f"{self.path.stem}, epoch {self.epoch}: {found[0]:.2f} nats", flush=True)
                if time.monotonic() - saved > SAVED_EVERY:
                    self.save()
                    saved = time.monotonic()
        self.save()

    def chosen(self) -> elbax.VAE:
        """The estimator as it was when its score was best."""
        return self.vae if self.best is None else pickle.loads(self.best[1])

    @property
    def record(self) -> dict:
        """What a row of a table says of its training."""
        return {
            "epochs": self.epoch,
            "seconds_per_epoch": self.seconds / max(self.epoch, 1),
            "scores": self.scores,
            "seed": self.vae.random_state,
            "machine": describe_machine(),
        }


def write_row(path: Path, row: dict, same: tuple[str, ...]) -> None:
    """Put a row into a table of results, in the place of one that has the same values of ``same``, and print it."""
    rows = json.loads(path.read_text()) if path.exists() else []
    others = [each for each in rows if [each[name] for name in same] != [row[name] for name in same]]
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic_write(path, (json.dumps([*others, row], indent=1) + "\n").encode())
    print(json.dumps({name: value for name, value in row.items() if name != "machine"}, indent=1))
