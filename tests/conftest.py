"""Shared fixtures, and what keeps the tests quick: few compilations, shared between processes, in bounded memory."""

import os
import resource
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from jaxtyping import install_import_hook

# Files that take longest come first, and those that start processes of their own before all: at the end one worker
# would be busy with them while the other has nothing.
LONGEST = (
    "test_spread",
    "test_hosts",
    "test_examples",
    "test_as_users_run",
)
WORKER = os.environ.get("PYTEST_XDIST_WORKER")
# Tests of `as_users_run` take the flags that users have; `test_as_users_run.py` starts them in a process of their own.
AS_USERS_RUN = bool(os.environ.get("ELBAX_AS_USERS_RUN"))
MOST_MEMORY = 2.5  # GB, of one process at its peak
ROOMY, FULL = 1.3, 1.8  # GB; beyond this, compiled programs are dropped between two files, or two tests
PEAKS: list[float] = []
collect_ignore = [] if AS_USERS_RUN else ["as_users_run"]

# XLA gives every process as many threads as it may use processors, and those of two workers would spin against each
# other: each worker, with the processes that it starts, keeps to one processor.
if WORKER and hasattr(os, "sched_setaffinity"):
    allowed = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {allowed[int(WORKER.removeprefix("gw")) % len(allowed)]})

# Most of the time of these tests would go into compiling programs that run for milliseconds: nothing is optimized, and
# kernels come from XLA's older emitters, which take less than half as long. All of a program's kernels are compiled as
# one module: as 32 for as many threads they take a third longer. Nobody reads from where operations were called. All
# processes share what they compile, in a folder that goes with the run.
QUICK = {
    "XLA_FLAGS": "--xla_backend_optimization_level=0 --xla_cpu_use_fusion_emitters=false "
    "--xla_cpu_parallel_codegen_split_count=1",
    "JAX_TRACEBACK_IN_LOCATIONS_LIMIT": "0",
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    "MALLOC_ARENA_MAX": "2",
}
if AS_USERS_RUN:
    for name in (*QUICK, "JAX_COMPILATION_CACHE_DIR"):
        os.environ.pop(name, None)
    os.environ["XLA_FLAGS"] = os.environ.get("ELBAX_USERS_XLA_FLAGS", "")
elif "ELBAX_USERS_XLA_FLAGS" not in os.environ:  # not yet set by the process that started this one
    os.environ["ELBAX_USERS_XLA_FLAGS"] = own = os.environ.get("XLA_FLAGS", "")
    os.environ |= QUICK | {"XLA_FLAGS": f"{own} {QUICK['XLA_FLAGS']}".strip()}

# Every public signature of the core is checked against its shapes while the tests run.
if not AS_USERS_RUN:
    install_import_hook(["elbax.core.networks", "elbax.core.posteriors", "elbax.core.vae"], "beartype.beartype")


def pytest_configure(config):
    if not AS_USERS_RUN and "JAX_COMPILATION_CACHE_DIR" not in os.environ:
        config.compiled = tempfile.TemporaryDirectory(prefix="elbax-tests-", ignore_cleanup_errors=True)
        os.environ["JAX_COMPILATION_CACHE_DIR"] = config.compiled.name


def pytest_unconfigure(config):
    if hasattr(config, "compiled"):
        config.compiled.cleanup()


def pytest_collection_modifyitems(items):
    rank = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(item.path.stem, len(rank)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """A file stays with one worker: tests of one file share fixtures and compiled programs."""
    from xdist.scheduler import LoadFileScheduling

    config.option.loadscopereorder = False
    return LoadFileScheduling(config, log)


def pytest_runtest_teardown(item, nextitem):
    """Compiled programs would fill several GiB by the end."""
    file_ends = nextitem is not None and nextitem.path != item.path
    make_room(ROOMY if file_ends else FULL)


@pytest.fixture(scope="session", name="make_room")
def make_room_fixture():
    """For tests that compile much: drop compiled programs where there are many."""
    return make_room


def make_room(most: float = ROOMY) -> None:
    """Drop compiled programs if this process holds more, GB."""
    if resident_memory() > most:
        from elbax.train.compilation import drop_compiled_programs  # not before the import hook

        drop_compiled_programs()


def resident_memory() -> float:
    """What this process holds now, GB; 0 where the system has no such file."""
    statistics = Path("/proc/self/statm")
    return int(statistics.read_text().split()[1]) * resource.getpagesize() / 1e9 if statistics.exists() else 0.0


def peak_memory() -> float:
    """Most that this process, or one that it started and waited for, held at a time; GB."""
    unit = 1 if sys.platform == "darwin" else 1024
    return (
        max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) * unit / 1e9
    )


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node, error):
    """A worker has ended."""
    PEAKS.append(getattr(node, "workeroutput", {}).get("peak_memory", 0.0))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    """A process that has grown too large fails the run."""
    if WORKER:
        session.config.workeroutput["peak_memory"] = peak_memory()
        return
    PEAKS.append(peak_memory())
    if max(PEAKS) > MOST_MEMORY and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter):
    if PEAKS:
        line = f"largest process: {max(PEAKS):.2f} GB of {MOST_MEMORY} GB allowed"
        terminalreporter.write_line(line, red=max(PEAKS) > MOST_MEMORY)


@pytest.fixture
def data_folder() -> Path:
    """The folder with MNIST and Adult, where there is one."""
    folder = os.environ.get("ELBAX_DATA")
    if not folder:
        pytest.skip("set ELBAX_DATA to a folder holding mnist/*.gz to run this test")
    return Path(folder)


@pytest.fixture
def programs():
    """Names of the programs compiled since the list was last cleared."""
    import jax

    names = []

    def listen(name, _, **labels):
        if name.endswith("backend_compile_duration"):
            names.append(labels.get("fun_name"))

    jax.monitoring.register_event_duration_secs_listener(listen)
    yield names
    jax.monitoring.unregister_event_duration_listener(listen)


@pytest.fixture
def s_curve() -> np.ndarray:
    """The notebook's S-shaped curve, (300, 2)."""
    x = np.random.default_rng(0).uniform(size=300)
    t = 3 * np.pi * (x - 0.5)
    return np.column_stack([(1 + np.sin(t)) / 2, (np.sign(t) * (np.cos(t) - 1) + 2) / 4]).astype(np.float32)


@pytest.fixture
def evaluation():
    """A full evaluation that nothing was measured for."""
    from elbax.evaluate import Baseline, Estimate, Evaluation, Fidelity, Information, RateDistortion
    from elbax.evaluate.evaluation import Score, SimulatedBounds

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
        simulated=SimulatedBounds(-3.5, -3.4, 0.01, 40),
        approximation_gap=few._replace(mean=0.25),
        amortization_gap=few._replace(mean=0.125),
        information=Information(few._replace(mean=2.5), few._replace(mean=2.0), few._replace(mean=2.25), 40),
        active=2,
        kl_per_unit=(1.5, 1.0),
        rate_distortion=curve,
        fidelity=(Fidelity("columns", True, 0.9, 0.8, 1.5, (0.95, 0.94, 0.1), 40),),
        references=(
            Baseline("<constant> model", -6.0, "ignores the latents"),
            Baseline("pPCA", None, "none"),
        ),
        seconds=9.0,
    )
