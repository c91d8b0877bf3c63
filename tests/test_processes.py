"""Forked, spawned and threaded callers: each works, or ends at once with one sentence."""

import multiprocessing
import os
import pickle
import select
import signal
import sys
import time
import warnings
from multiprocessing.pool import ThreadPool
from pathlib import Path
from threading import Barrier

import numpy as np
import pytest

import elbax
from elbax.processes import return_memory

X = np.random.default_rng(0).normal(size=(60, 3))
SENTENCE = "forked after JAX had started"


def small(**settings):
    return elbax.VAE(**{"epochs": 2, "hidden": (8,), "random_state": 0, "verbose": 0} | settings)


@pytest.fixture(scope="module")
def fitted():
    return small().fit(X)


def in_forked_child(function, seconds=20.0) -> tuple[str, float]:
    """What a function raises in a forked child, or "done", and after how many seconds."""
    reader, writer = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # JAX and Python warn of any fork
        began, child = time.monotonic(), os.fork()
    if child == 0:
        try:
            function()
            message = "done"
        except BaseException as error:
            message = f"{type(error).__name__}: {error}"
        os.write(writer, message.encode())
        os._exit(0)
    os.close(writer)
    ready, _, _ = select.select([reader], [], [], seconds)
    message = os.read(reader, 10_000).decode() if ready else "hangs"
    if not ready:
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(reader)
    return message, time.monotonic() - began


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.parametrize(
    "call",
    [
        lambda vae, folder: vae.transform(X),
        lambda vae, folder: vae.inverse_transform(np.zeros((2, 2))),
        lambda vae, folder: vae.sample(3),
        lambda vae, folder: vae.score_samples(X[:1]),
        lambda vae, folder: vae.fit(X),
        lambda vae, folder: vae.partial_fit(X),
        lambda vae, folder: small().fit(X[:50]),
        lambda vae, folder: elbax.load(folder).transform(X),
        lambda vae, folder: pickle.loads(pickle.dumps(vae)).transform(X),
        lambda vae, folder: elbax.make_vae(3, random_state=0)[0].fit(np.tanh(X**2)),
    ],
    ids=["transform", "decode", "sample", "score", "fit", "partial_fit", "new fit", "load", "pickle", "make_vae"],
)
def test_a_forked_process_ends_with_one_sentence(fitted, tmp_path, call):
    fitted.save(tmp_path / "model")
    message, seconds = in_forked_child(lambda: call(fitted, tmp_path / "model"))
    assert message.startswith("InputError") and SENTENCE in message
    assert seconds < 1


@pytest.mark.skipif("forkserver" not in multiprocessing.get_all_start_methods(), reason="no forkserver")
def test_other_processes_work(fitted):
    with multiprocessing.get_context("forkserver").Pool(1) as pool:
        np.testing.assert_allclose(pool.apply(fitted.transform, (X,)), fitted.transform(X), rtol=1e-5, atol=1e-6)


def test_threads_share_an_estimator():
    vae, again = small().fit(X), small().fit(X)
    with ThreadPool(4) as pool:
        codes = pool.map(vae.transform, [X] * 8)
        scores = pool.map(vae.score_samples, [X[:5]] * 8)
        drawn = pool.map(lambda _: vae.sample(1)[0], range(20))
    assert all(np.array_equal(code, codes[0]) for code in codes)
    assert all(np.array_equal(score, scores[0]) for score in scores)
    # The sequence of one thread, in any order: no row is drawn twice, and none is left out.
    expected = [again.sample(1)[0] for _ in range(20)]
    np.testing.assert_array_equal(np.sort(drawn, axis=0), np.sort(expected, axis=0))


def test_fits_in_threads_are_those_of_one_thread():
    seeds = [0, 1, 2]

    def fit(seed):
        return small(random_state=seed).fit(X).transform(X)

    with ThreadPool(3) as pool:
        for threaded, alone in zip(pool.map(fit, seeds), map(fit, seeds), strict=True):
            np.testing.assert_array_equal(threaded, alone)


def test_single_rows_are_quick(fitted):
    """The least of many times, since tests share their processors; see benchmarks/processes.py for medians."""
    row = X[:1]
    for call, most in ((fitted.transform, 5), (fitted.score_samples, 20), (lambda _: fitted.sample(1), 20)):
        seconds = []
        for _ in range(30):
            began = time.perf_counter()
            call(row)
            seconds.append(time.perf_counter() - began)
        assert 1000 * min(seconds) < most


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is read from /proc")
def test_memory_that_threads_have_freed_is_returned():
    def resident() -> float:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 2**20

    def use(_) -> bytearray:
        arrays = [np.ones(2**21) for _ in range(4)]  # of 16 MiB
        barrier.wait()
        del arrays
        return bytearray(3000)

    np.ones(31 * 2**17)  # smaller arrays are no longer mapped once this one is freed
    barrier, before = Barrier(4), resident()
    with ThreadPool(4) as pool:
        kept = pool.map(use, range(4), chunksize=1)
    return_memory()
    assert resident() < before + 64 and len(kept) == 4  # of 256 MiB
