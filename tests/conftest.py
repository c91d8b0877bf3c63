"""Shared fixtures: quiet, quick, and shape-checked."""

import os
from pathlib import Path

import numpy as np
import pytest
from jaxtyping import install_import_hook

# XLA gives every process as many threads as it may use processors, and those of two workers would spin against each
# other: each worker, with the processes that it starts, keeps to one processor.
if (worker := os.environ.get("PYTEST_XDIST_WORKER")) and hasattr(os, "sched_setaffinity"):
    allowed = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {allowed[int(worker.removeprefix("gw")) % len(allowed)]})

# Every public signature of the core is checked against its shapes while the tests run.
install_import_hook(["elbax.core.networks", "elbax.core.posteriors", "elbax.core.vae"], "beartype.beartype")


@pytest.fixture(scope="module")
def quickly_compiled():
    """For many programs that each run for a moment: compiling them well would take longer than it saves."""
    import jax

    jax.config.update("jax_disable_most_optimizations", True)
    yield
    jax.config.update("jax_disable_most_optimizations", False)


@pytest.fixture
def data_folder() -> Path:
    """The folder with MNIST and Adult, where there is one."""
    folder = os.environ.get("ELBAX_DATA")
    if not folder:
        pytest.skip("set ELBAX_DATA to a folder holding mnist/*.gz to run this test")
    return Path(folder)


@pytest.fixture
def s_curve() -> np.ndarray:
    """The notebook's S-shaped curve, (300, 2)."""
    x = np.random.default_rng(0).uniform(size=300)
    t = 3 * np.pi * (x - 0.5)
    return np.column_stack([(1 + np.sin(t)) / 2, (np.sign(t) * (np.cos(t) - 1) + 2) / 4]).astype(np.float32)
