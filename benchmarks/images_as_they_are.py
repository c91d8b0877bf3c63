"""Images and windows as people have them, each learned right.

    python -m benchmarks.images_as_they_are [CASE ...] [--epochs 60] [--output FILE]

For every case: the likelihood chosen, R² of each channel or series beside that of the noise-free truth, nats per row,
and whether samples hold allowed values only. Masks are fitted in five encodings, which must have equal nats.
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

from benchmarks.machine import describe_machine
from elbax import VAE
from elbax.report import collect

OUTPUT = Path(__file__).parent / "results" / "images_as_they_are.json"
SIDE, ROWS, STEPS = 12, 400, 24


class Case(NamedTuple):
    """Rows, their axes, the same rows without noise or None, the axis of channels, and the values allowed or None."""

    x: np.ndarray
    axes: str | None = None
    truth: np.ndarray | None = None
    channel_axis: int | None = None
    allowed: tuple[float, ...] | None = None


def _blobs(rng: np.random.Generator) -> np.ndarray:
    """One bright disk per image at a random place, within [0, 1], (ROWS, SIDE, SIDE)."""
    y, x = np.mgrid[:SIDE, :SIDE]
    center = rng.uniform(4, SIDE - 5, (ROWS, 2, 1, 1))
    return np.exp(-((y - center[:, 0]) ** 2 + (x - center[:, 1]) ** 2) / 12)


def _masks(low: float, high: float, dtype: Any) -> Callable[[np.random.Generator], Case]:
    def make(rng: np.random.Generator) -> Case:
        x = np.where(_blobs(rng) > 0.5, high, low).astype(dtype)
        return Case(x, allowed=tuple(np.unique(x).tolist()))

    return make


def _label_map(rng: np.random.Generator) -> Case:
    levels = np.array([0, 60, 120, 200], np.uint8)
    return Case(levels[np.digitize(_blobs(rng), [0.2, 0.5, 0.8])], allowed=tuple(levels.tolist()))


def _sixteen_bits(rng: np.random.Generator) -> Case:
    truth = 200 + 60_000 * _blobs(rng)
    return Case(rng.poisson(truth).clip(0, 50_000).astype(np.uint16), truth=truth.clip(0, 50_000))


def _microscope(rng: np.random.Generator) -> Case:
    """Two channels of very different range, channels first."""
    blobs = _blobs(rng)
    truth = np.stack([5 * blobs, 30_000 * (1 - blobs)], axis=1)
    noise = rng.normal(size=truth.shape) * np.array([0.1, 700.0])[:, None, None]
    return Case(truth + noise, "cyx", truth, channel_axis=1)


def _photographs(rng: np.random.Generator) -> Case:
    """Bytes of three colors, channels first, whose meaning is guessed."""
    blobs = _blobs(rng)[:, None] * np.array([1.0, 0.8, 0.6])[:, None, None]
    truth = 30 + 200 * blobs
    return Case((truth + rng.normal(0, 3, truth.shape)).clip(0, 255).astype(np.uint8), None, truth, channel_axis=1)


def _bands(rng: np.random.Generator) -> Case:
    """25 bands over four orders of magnitude."""
    blobs = _blobs(rng)[..., None]
    scale = np.geomspace(1, 1e4, 25)
    truth = scale * (blobs * (np.sin(np.arange(25) / 4) + 1.5) + 2)
    return Case(truth + 0.03 * scale * rng.normal(size=truth.shape), "yxc", truth, channel_axis=3)


def _windows(rng: np.random.Generator) -> Case:
    """Three series in units of 1, 300 and .01, the second around 1e5."""
    t = np.linspace(0, 2 * np.pi, STEPS)
    a, b = rng.normal(size=(2, ROWS, 1))
    shapes = np.stack([a * np.sin(t) + b * np.cos(t), a * np.cos(t), b * np.sin(2 * t)], axis=-1)
    unit, offset = np.array([1, 300, 0.01]), np.array([0, 1e5, 0])
    truth = offset + unit * shapes
    return Case(truth + 0.1 * unit * rng.normal(size=truth.shape), "tc", truth, channel_axis=2)


CASES: dict[str, Callable[[np.random.Generator], Case]] = {
    "mask 0/1": _masks(0, 1, np.uint8),
    "mask 0/255": _masks(0, 255, np.uint8),
    "mask true/false": _masks(0, 1, bool),
    "mask 1/2": _masks(1, 2, np.int64),
    "mask .2/.7": _masks(0.2, 0.7, np.float64),
    "label map": _label_map,
    "16 bits": _sixteen_bits,
    "microscope, channels first": _microscope,
    "photographs, channels first": _photographs,
    "25 bands": _bands,
    "windows of three series": _windows,
}


def measure(name: str, epochs: int, seed: int = 0) -> dict[str, Any]:
    """Fit one case; every case of masks has the same images."""
    case = CASES[name](np.random.default_rng(seed))
    start = perf_counter()
    vae = VAE(2, axes=case.axes, epochs=epochs, random_state=seed, verbose=0).fit(case.x)
    seconds = perf_counter() - start
    rows = case.x.astype(float)
    error = _by_channel(np.square(rows - vae.reconstruct(case.x)), case)
    spread = _by_channel(np.square(rows - rows.mean(axis=0)), case)
    record: dict[str, Any] = {
        "axes": vae.schema_.axes.names,
        "likelihood": vae.likelihood_reason_,
        "r2": (1 - error / spread).round(4).tolist(),
        "nats": round(float(vae.elbo(case.x, 10)["elbo"].mean()), 4),
        "figures": len(collect(vae, case.x).figures),
        "seconds": round(seconds, 1),
    }
    if case.truth is not None:
        least = _by_channel(np.square(rows - case.truth), case)
        record["r2_of_truth"] = (1 - least / spread).round(4).tolist()
    if case.allowed is not None:
        record["only_allowed"] = set(np.unique(vae.sample(500)).tolist()) <= set(map(float, case.allowed))
    return record


def _by_channel(values: np.ndarray, case: Case) -> np.ndarray:
    kept = case.channel_axis
    return np.atleast_1d(values.mean(axis=tuple(axis for axis in range(values.ndim) if axis != kept)))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.images_as_they_are", description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"by default all: {', '.join(CASES)}")
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--output", type=Path, default=OUTPUT)
    options = parser.parse_args()
    known = json.loads(options.output.read_text()) if options.output.exists() else {"cases": {}}
    for name in options.cases or CASES:
        known["cases"][name] = measure(name, options.epochs)
        print(name, known["cases"][name], flush=True)
        known |= {"epochs": options.epochs, "machine": describe_machine()}
        options.output.write_text(json.dumps(known, indent=1) + "\n")


if __name__ == "__main__":
    main()
