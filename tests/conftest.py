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

# Most of the time of these tests would go into compiling programs that run for milliseconds: nothing is optimised, and
# kernels come from XLA's older emitters, which take less than half as long. All of a program's kernels are compiled as
# one module: as 32 for as many threads they take a third longer. Nobody reads from where operations were called.
_QUICK = (
    "--xla_backend_optimization_level=0 --xla_cpu_use_fusion_emitters=false "
    "--xla_cpu_parallel_codegen_split_count=1"
)
os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} {_QUICK}".strip()
os.environ.setdefault("JAX_TRACEBACK_IN_LOCATIONS_LIMIT", "0")

# Every public signature of the core is checked against its shapes while the tests run.
install_import_hook(["elbax.core.networks", "elbax.core.posteriors", "elbax.core.vae"], "beartype.beartype")


def pytest_collection_modifyitems(items):
    """What starts processes of its own comes first: at the end one worker would do it while the other has nothing."""
    long = ("test_spread", "test_hosts", "test_examples", "test_resume")
    items.sort(key=lambda item: item.path.stem not in long)


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


@pytest.fixture
def evaluation():
    """A full evaluation that nothing was measured for."""
    from elbax.evaluate import Estimate, Evaluation, Fidelity, Information, RateDistortion, Reference
    from elbax.evaluate.evaluation import Score, Simulated

    few = Estimate(-4.0, 0.2, 40)
    score = Score(few, 0.01, -4.1, -3.8, 64, 30.0, 0.0, 0.5, (16, 32, 64), (-4.6, -4.2, -4.0))
    curve = RateDistortion(np.array([0.0, 1.0]), np.array([0.0, 2.0]), np.array([9.0, 2.0]))
    return Evaluation(
        rows=60,
        latent_dim=2,
        elbo=few._replace(mean=-4.5),
        reconstruction=few._replace(mean=2.0),
        kl=few._replace(mean=2.5),
        bits=0.75,
        log_likelihood=score,
        single=False,
        annealed=score,
        above=few._replace(mean=0.01),
        simulated=Simulated(-3.5, -3.4, 0.01, 40),
        approximation_gap=few._replace(mean=0.25),
        amortization_gap=few._replace(mean=0.125),
        information=Information(few._replace(mean=2.5), few._replace(mean=2.0), few._replace(mean=2.25), 40),
        active=2,
        kl_per_unit=(1.5, 1.0),
        rate_distortion=curve,
        fidelity=(Fidelity("columns", True, 0.9, 0.8, 1.5, (0.95, 0.94, 0.1), 40),),
        references=(
            Reference("<constant> model", -6.0, "ignores the latents"),
            Reference("pPCA", None, "none"),
        ),
        seconds=9.0,
    )
