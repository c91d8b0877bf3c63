"""The arrays that all peers read: written once as .npy files, so that no peer needs another's loader."""

from pathlib import Path

import numpy as np

__all__ = ["prepare"]

_BLOCK = 10**6


def prepare(name: str, folder: Path) -> Path:
    """The file of the array with this name, made where it is not there yet; float32."""
    path = folder / f"{name}.npy"
    if not path.exists():
        if name.startswith("normal-"):
            _write_normal(path, *map(int, name.split("-")[1:]))
        else:
            np.save(path, _ARRAYS[name]().astype(np.float32))
    return path


def _write_normal(path: Path, rows: int, features: int) -> None:
    """Independent normals, written block by block."""
    rng = np.random.default_rng(0)
    array = np.lib.format.open_memmap(path, "w+", np.float32, (rows, features))
    size = max(1, _BLOCK // features)
    for start in range(0, rows, size):
        block = array[start : start + size]
        block[:] = rng.standard_normal(block.shape, np.float32)
    array.flush()


def _mnist() -> np.ndarray:
    import elbax

    return elbax.load_data("mnist").x.reshape(-1, 784) / 255


def _mnist_all() -> np.ndarray:
    import elbax

    data = elbax.load_data("mnist")
    return np.concatenate([data.x, data.test_x]).reshape(-1, 784) / 255


def _levels(largest: int) -> np.ndarray:
    """Gray levels as integers from 0."""
    return np.round(largest * _mnist_all())


def _s_curve() -> np.ndarray:
    from benchmarks.s_curve import draw

    return draw(seed=0)[1]


def _digits() -> np.ndarray:
    from sklearn.datasets import load_digits

    return load_digits().data / 16


_ARRAYS = {
    "mnist": _mnist,
    "mnist_all": _mnist_all,
    "mnist_binary": lambda: _levels(1),
    "mnist_quarters": lambda: _levels(3),
    "mnist_sixteen": lambda: _levels(15),
    "s_curve": _s_curve,
    "digits": _digits,
}
