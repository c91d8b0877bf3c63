"""The benchmarks run and compare like with like; training compiles once, and talks to the device once a chunk."""

import json
from dataclasses import replace

import jax
import numpy as np
import pytest
from benchmarks import compare, data, tables
from benchmarks.__main__ import main
from benchmarks.peers import with_elbax, with_jax
from benchmarks.worker import Session
from benchmarks.workloads import SUITED, WORKLOADS, Case, Network, quick
from jax._src.array import ArrayImpl

import elbax
from elbax.train import trainer
from elbax.types import Summary


@pytest.fixture
def without_mnist(monkeypatch):
    """Noise of MNIST's width in its place."""
    monkeypatch.setitem(data._ARRAYS, "mnist", lambda: np.random.default_rng(0).uniform(size=(1000, 784)))


class Here(Session):
    """A worker that is no process of its own."""

    def __init__(self, peer, case, places, repeat=0):
        super().__init__(peer, places.data)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def ask(self, **request):
        return self.answer(request)


def test_a_trial_run_does_equal_work_and_adds_to_what_is_there(tmp_path, without_mnist, monkeypatch):
    one_case = replace(WORKLOADS["W1"], cases=WORKLOADS["W1"].cases[:1])
    monkeypatch.setitem(WORKLOADS, "W1", one_case)
    start = compare.Worker
    monkeypatch.setattr(compare, "Worker", lambda peer, *rest: (Here if peer == "elbax" else start)(peer, *rest))
    earlier = {"W3": {**json.loads(json.dumps(RESULTS["W1"])), "title": "kept"}}
    (tmp_path / "peers.json").write_text(json.dumps(earlier))
    missing = tmp_path / "no-such-environment"
    arguments = ["W1", "--quick", "--repeats", "1", "--only", "elbax", "plain", "keras", "floor"]
    main([*arguments, "--output", str(tmp_path), "--peers", str(missing)])
    results = json.loads((tmp_path / "peers.json").read_text())
    assert list(results) == ["W1", "W3"] and results["W3"]["title"] == "kept"
    case = results["W1"]["cases"]["epoch"]
    assert case["peers"]["keras"] == {"absent": "not installed"}
    assert set(case["equal_work"]["parameters"]) == {"elbax", "plain"} and case["equal_work"]["equal"]
    assert all(case["peers"][peer]["median"] > 0 for peer in ("elbax", "plain", "floor"))
    assert "not installed" in (tmp_path / "peers.md").read_text()
    assert (tmp_path / "peers.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("likelihood", SUITED)
def test_the_loop_by_hand_has_elbaxs_likelihoods(likelihood):
    d = 5
    network = Network(d, (3,), 1, likelihood=likelihood)
    rng, parameters = np.random.default_rng(0), with_jax.parameters_of(network, 0)
    low, unit = np.zeros(d), np.ones(d)
    summary = Summary(low, unit, low, 15 * unit, low, unit, low)
    part = with_elbax.likelihood_of(network).prepare(summary)
    x = np.array([0.0, 1.0, 1.0, 0.0, 1.0], np.float32)
    outputs = rng.normal(size=part.n_outputs(d)).astype(np.float32)
    found = with_jax.log_likelihood(parameters, network, x, outputs)
    # The scale of discretized logistics has a floor of its own there.
    tolerance = 0.1 if likelihood == "discretized_logistic" else 1e-3
    assert float(found) == pytest.approx(float(part.log_prob(outputs, x)), rel=tolerance)


def test_a_trial_of_what_users_run(tmp_path, monkeypatch):
    noise = np.random.default_rng(0).uniform(size=(700, 784))
    monkeypatch.setitem(data._ARRAYS, "mnist_all", lambda: noise)
    monkeypatch.setitem(data._ARRAYS, "mnist_sixteen", lambda: np.round(15 * noise))
    names = ("preset", "flat-poisson", "images-poisson")
    some = [case for case in WORKLOADS["W13"].cases if case.name in names]
    monkeypatch.setitem(WORKLOADS, "W13", replace(WORKLOADS["W13"], cases=tuple(some)))
    monkeypatch.setattr(compare, "Worker", Here)
    monkeypatch.setattr("benchmarks.__main__.draw", lambda *_: None)
    main(["W13", "--quick", "--repeats", "1", "--only", "elbax", "plain", "--output", str(tmp_path)])
    cases = json.loads((tmp_path / "peers.json").read_text())["W13"]["cases"]
    assert tuple(cases) == names
    for case in cases.values():
        assert all(case["peers"][peer]["median"] > 0 for peer in ("elbax", "plain")), case
        assert case["equal_work"]["equal"], case
    assert "over that of flat ones: poisson " in (tmp_path / "peers.md").read_text()


RECORD = {"seconds": [2.0], "median": 2.0, "peak_mib": 50.0, "loss": 100.0, "parameters": 10, "note": ""}
MACHINE = {"processor": "a", "cores": 2, "backend": "cpu", "jax": "0"}
CASE = {
    "title": "epoch",
    "metric": "seconds",
    "size": None,
    "peers": {"elbax": RECORD, "torch": {**RECORD, "median": 5.0}},
    "equal_work": {"equal": True, "parameters": {}, "losses": {}, "tolerance": None},
}
RESULTS = {"W1": {"title": "t", "machine": MACHINE, "repeats": 1, "quick": False, "cases": {"epoch": CASE}}}


def test_ratios_are_a_peers_value_over_ours(tmp_path):
    assert tables.ratio(CASE, "torch") == 2.5
    assert tables.ratio({**CASE, "metric": "peak_mib"}, "torch") == 1.0
    assert tables.ratio(CASE, "keras") is None
    tables.write_markdown(RESULTS, tmp_path / "t.md")
    assert "| epoch | 2 s | 5 s (2.50×) |" in (tmp_path / "t.md").read_text()


def test_exponents_of_a_power_law():
    sizes = [10.0, 100.0, 1000.0]
    assert tables.exponent(sizes, [3 * size**1.5 for size in sizes]) == pytest.approx(1.5)


def test_growth_in_words(tmp_path):
    sizes = [10**i for i in range(4, 8)]
    seconds = [0.5, *(size / 1e6 for size in sizes[1:])]  # a fixed cost hides the slope of the smallest
    cases = {
        f"rows-{size}": {**CASE, "size": size, "peers": {"elbax": {**RECORD, "median": time}}}
        for size, time in zip(sizes, seconds, strict=True)
    }
    tables.write_markdown({"W9": {**RESULTS["W1"], "cases": cases}}, tmp_path / "t.md")
    words = (tmp_path / "t.md").read_text()
    assert "(1.00 from 100,000 on); memory from 1,000,000 to 10,000,000 by a factor of 1.00." in words


@pytest.mark.parametrize(
    ("change", "equal"),
    [({}, True), ({"parameters": 11}, False), ({"loss": 103.0}, False), ({"loss": 100.9}, True)],
)
def test_unequal_work_is_noticed(change, equal):
    case = Case("c", "c", Network(2, (3,), 1), tolerance=1.0)
    peers = {
        "elbax": RECORD,
        "plain": RECORD,
        "torch": {**RECORD, **change},
        "keras": {"absent": "not installed"},
    }
    assert compare.equal_work(case, peers)["equal"] is equal


def test_seconds_of_a_shortened_case_are_scaled():
    case = Case("c", "c", Network(2, (3,), 1), epochs=3000, per_epoch=False, shortened=("torch",))
    answer = {"seconds": 0.5, "peak_mib": 1.0}
    record = compare._record(case, case.for_peer("torch"), [answer])
    assert record["median"] == 5.0 and "scaled" in record["note"]
    assert compare._record(case, case, [answer])["median"] == 0.5


def test_cases_survive_json():
    for workload in WORKLOADS.values():
        for case in (*workload.cases, *quick(workload).cases):
            assert Case.of(json.loads(json.dumps(case.to_json()))) == case


def test_a_failing_peer_is_reported(tmp_path):
    data.prepare("digits", tmp_path)
    case = Case("c", "c", Network(64, (3,), 1, activation="no such"), data="digits", rows=10)
    found = compare.measure(case, ["plain"], 1, compare.Places(tmp_path, tmp_path))
    assert found["plain"] == {"absent": "failed: KeyError('no such')"}


def test_a_chunk_is_one_dispatch_and_one_program(monkeypatch):
    """Whatever the number of steps: no compilation after the first fit, one call and a few small reads a chunk."""
    x = np.random.default_rng(0).normal(size=(500, 4)).astype(np.float32)
    vae, *_ = elbax.make_vae(4, dim_intermediate=8, likelihood="sum_of_squares", random_state=0)
    vae.fit(x, epochs=2, batch_size=10)
    calls, compiled, reads, train_steps, read = [], [], [], trainer.train_steps, ArrayImpl._value.fget

    def counted(state, *arguments):
        calls.append(int(arguments[-2]))
        return train_steps(state, *arguments)

    def listen(name, seconds, **labels):
        if name.endswith("backend_compile_duration"):
            compiled.append(labels.get("fun_name"))

    monkeypatch.setattr(ArrayImpl, "_value", property(lambda array: [reads.append(array.shape), read(array)][1]))
    monkeypatch.setattr(trainer, "train_steps", counted)
    monkeypatch.setattr(trainer, "_CHUNK_SECONDS", 1e9)
    jax.monitoring.register_event_duration_secs_listener(listen)
    try:
        vae.fit(x, epochs=20, batch_size=10)
    finally:
        jax.monitoring.unregister_event_duration_listener(listen)
    assert sum(calls) == 20 * 50
    assert len(calls) <= 12, calls  # chunks grow at least twofold
    assert compiled == []
    assert 0 < len(reads) <= 6 * len(calls), reads  # where it stands, and whether it failed or stopped
