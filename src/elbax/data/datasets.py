"""Data sets by name: small ones that need no network, and two that are downloaded."""

import hashlib
import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from elbax.data.dataset import Dataset
from elbax.data.frames import as_array
from elbax.data.readers.idx import read_idx
from elbax.data.readers.tables import read_table
from elbax.errors import InputError, unknown_name
from elbax.files import atomic_write, make_folder

# SHA-256 of the 70000 x 784 pixel bytes, training rows first, as in the original IDX files and on OpenML.
_MNIST_PIXELS = "5b92582eb909c82a9bfefcd44acbe9233be3eb5b419a44cf211022ad2bf4bf96"
_MNIST_TRAIN = 60_000
_SEED = 0


class DatasetInfo(NamedTuple):
    """A data set by name."""

    name: str  # its name for ``load``
    kind: str  # "images", "table" or "points"
    shape: tuple[int, ...]  # of its training rows
    description: str  # one line
    build: Callable[[str], Dataset]  # makes or fetches it; the rows and their order are always the same


def dataset_names() -> tuple[str, ...]:
    """Names that ``load`` accepts, in alphabetical order.

    Example:
        >>> "digits" in dataset_names()
        True
    """
    return tuple(sorted(_REGISTRY))


def describe(name: str) -> DatasetInfo:
    """Kind, shape and description of a data set, without loading it; InputError if the name is unknown.

    Example:
        >>> describe("s-curve").shape
        (300, 2)
    """
    if name not in _REGISTRY:
        raise unknown_name("data set", name, _REGISTRY)
    return _REGISTRY[name]


def _local(*parts: str) -> Path | None:
    """A path in the folder ``ELBAX_DATA``, or None if it does not exist."""
    root = os.environ.get("ELBAX_DATA")
    path = Path(root or "", *parts)
    return path if root and path.exists() else None


def _fetch(wanted: str, hint: str, **options: Any) -> Any:
    """Download from OpenML; InputError if that fails."""
    from sklearn.datasets import fetch_openml

    try:
        return fetch_openml(**options, cache=False)
    except (OSError, ValueError) as error:  # URLError and timeouts are OSErrors; bad answers ValueErrors
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise InputError(
            f"{wanted} is not on this machine and could not be downloaded ({reason}); set ELBAX_DATA to a "
            f"folder holding {hint}, or try `digits`, which needs no network"
        ) from error


def _mnist(name: str) -> Dataset:
    if folder := _local("mnist"):
        x, test_x = (read_idx(folder / f"{part}-images-idx3-ubyte.gz") for part in ("train", "t10k"))
        y, test_y = (read_idx(folder / f"{part}-labels-idx1-ubyte.gz") for part in ("train", "t10k"))
        return Dataset(name, x[..., None], y, test_x=test_x[..., None], test_labels=test_y)
    pixels, labels = _cached_mnist() or _download_mnist()
    x = pixels.reshape(-1, 28, 28, 1)
    train, test = slice(None, _MNIST_TRAIN), slice(_MNIST_TRAIN, None)
    return Dataset(name, x[train], labels[train], test_x=x[test], test_labels=labels[test])


def _mnist_cache() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("elbax") / "mnist.npz"


def _genuine(pixels: np.ndarray) -> bool:
    return hashlib.sha256(np.ascontiguousarray(pixels)).hexdigest() == _MNIST_PIXELS


def _cached_mnist() -> tuple[np.ndarray, np.ndarray] | None:
    try:
        with open(_mnist_cache(), "rb") as file, np.load(file, allow_pickle=False) as archive:
            pixels, labels = archive["x"], archive["y"]
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile):
        return None
    return (pixels, labels) if _genuine(pixels) else None


def _download_mnist() -> tuple[np.ndarray, np.ndarray]:
    bunch = _fetch("mnist", "mnist/*.gz", name="mnist_784", version=1, as_frame=False)
    pixels, labels = np.asarray(bunch.data).astype(np.uint8), np.asarray(bunch.target).astype(np.uint8)
    if not _genuine(pixels):
        raise InputError(
            "the downloaded mnist is not the published one (its SHA-256 differs); try again, or set "
            "ELBAX_DATA to a folder holding mnist/*.gz"
        )
    buffer = io.BytesIO()
    np.savez_compressed(buffer, x=pixels, y=labels)
    make_folder(_mnist_cache().parent)
    atomic_write(_mnist_cache(), buffer.getvalue())
    return pixels, labels


def _adult(name: str) -> Dataset:
    if path := _local("adult", "adult.csv.gz"):
        frame = read_table(path)
        labels = frame.pop("income")
    else:
        bunch = _fetch(name, "adult/adult.csv.gz", name="adult", version=2, as_frame=True)
        frame, labels = bunch.data, bunch.target
    x, columns = as_array(frame.select_dtypes("number"))
    return Dataset(name, x, np.asarray(labels).astype(str), columns)


def _digits(name: str) -> Dataset:
    from sklearn.datasets import load_digits

    bunch = load_digits()
    return Dataset(name, bunch.images.astype(np.uint8)[..., None], bunch.target)


def _s_curve(name: str) -> Dataset:
    x = np.random.default_rng(_SEED).uniform(size=300)
    t = 3 * np.pi * (x - 0.5)
    points = np.stack([(1 + np.sin(t)) / 2, (np.sign(t) * (np.cos(t) - 1) + 2) / 4], axis=1)
    return Dataset(name, points, x)


def _sklearn(function: str, **options: Any) -> Callable[[str], Dataset]:
    """A builder that calls a function of scikit-learn, which returns points and labels or a table."""

    def build(name: str) -> Dataset:
        import sklearn.datasets

        made = getattr(sklearn.datasets, function)(**options)
        if isinstance(made, tuple):
            return Dataset(name, *made)
        return Dataset(name, made.data, made.target, tuple(made.feature_names))

    return build


_POINTS = {"n_samples": 1000, "random_state": _SEED}
_NOISY = {**_POINTS, "noise": 0.05}
_DATASETS = (
    ("digits", "images", (1797, 8, 8, 1), "handwritten digits of 17 gray levels", _digits),
    ("mnist", "images", (60_000, 28, 28, 1), "handwritten digits, 10 000 for testing (fetched)", _mnist),
    ("adult", "table", (32_561, 6), "numbers of a census, labels: income (fetched: 48 842 rows)", _adult),
    ("s-curve", "points", (300, 2), "a noise-free S in the unit square, labels: position along it", _s_curve),
    ("swiss-roll", "points", (1000, 3), "a rolled-up sheet", _sklearn("make_swiss_roll", **_NOISY)),
    ("s-curve-3d", "points", (1000, 3), "an S-shaped sheet", _sklearn("make_s_curve", **_NOISY)),
    ("moons", "points", (1000, 2), "two interleaved half circles", _sklearn("make_moons", **_NOISY)),
    ("circles", "points", (1000, 2), "a circle in a circle", _sklearn("make_circles", factor=0.5, **_NOISY)),
    ("blobs", "points", (1000, 2), "three round clusters", _sklearn("make_blobs", **_POINTS)),
    (
        "breast-cancer",
        "table",
        (569, 30),
        "cell nuclei, labels: benign or not",
        _sklearn("load_breast_cancer"),
    ),
    ("iris", "table", (150, 4), "flowers of three species", _sklearn("load_iris")),
    ("wine", "table", (178, 13), "chemistry of three cultivars", _sklearn("load_wine")),
    ("diabetes", "table", (442, 10), "patients, labels: progression", _sklearn("load_diabetes")),
)
_REGISTRY = {entry[0]: DatasetInfo(*entry) for entry in _DATASETS}
