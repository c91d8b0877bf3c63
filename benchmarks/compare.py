"""Peers side by side: one process each, asked in turn, so that a busy moment of the machine hits all alike."""

import json
import os
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.workloads import TARGET, Case

__all__ = ["Places", "equal_work", "measure"]

ROOT = Path(__file__).parent.parent
OWN = ("elbax", "plain", "floor")


@dataclass(frozen=True)
class Places:
    """Where the arrays are, and the virtual environment that the peers are installed in."""

    data: Path
    environment: Path

    def python(self, peer: str) -> Path:
        """The interpreter that runs a peer."""
        return Path(sys.executable) if peer in OWN else self.environment / "bin" / "python"


class Worker:
    """A peer's process."""

    def __init__(self, peer: str, case: Case, places: Places, repeat: int = 0):
        self.log = places.data / f"{peer}.log"
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        own = {key: value.format(folder=places.data, repeat=repeat) for key, value in case.environment.items()}
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [places.python(peer).absolute(), "-m", "benchmarks.worker", peer, places.data],
                env={**os.environ, "PYTHONPATH": path, "ELBAX_CACHE": "", **own},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def __enter__(self) -> "Worker":
        return self

    def ask(self, **request: Any) -> dict[str, Any]:
        """The answer to a request; a process that died is absent, with its last words."""
        try:
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
            if line := self.process.stdout.readline():
                return json.loads(line)
        except BrokenPipeError:
            pass
        words = self.log.read_text(errors="replace").strip().splitlines()
        return {"absent": f"failed: {words[-1] if words else 'no message'}"}

    def __exit__(self, kind: Any, *_: Any) -> None:
        if kind is not None:
            self.process.kill()
        with suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def measure(case: Case, peers: list[str], repeats: int, places: Places) -> dict[str, dict[str, Any]]:
    """Seconds, final loss and peak memory of each peer; {"absent": reason} where there are none."""
    installed = [peer for peer in peers if places.python(peer).exists()]
    absent = {peer: {"absent": "not installed"} for peer in peers if peer not in installed}
    cases = {peer: case.for_peer(peer) for peer in installed}
    if case.task == "reach" and "elbax" in cases:
        cases["elbax"] = _fewest_epochs(cases["elbax"], places)
    rounds = _fresh_rounds if case.fresh else _steady_rounds
    answers = rounds(cases, repeats, places)
    return absent | {peer: _record(case, cases[peer], found) for peer, found in answers.items()}


def _steady_rounds(cases: dict[str, Case], repeats: int, places: Places) -> dict[str, list[dict]]:
    """One process a peer: each warms up alone, then they take turns."""
    answers: dict[str, list[dict]] = {}
    with ExitStack() as stack:
        workers = {peer: stack.enter_context(Worker(peer, case, places)) for peer, case in cases.items()}
        for peer, worker in workers.items():
            first = worker.ask(case=cases[peer].to_json(), seed=0)
            answers[peer] = [first] if "absent" in first else []
        for _ in range(repeats):
            for peer, worker in workers.items():
                if not _absent(answers[peer]):
                    answers[peer].append(worker.ask())
    return answers


def _absent(answers: list[dict[str, Any]]) -> bool:
    return bool(answers) and "absent" in answers[-1]


def _fresh_rounds(cases: dict[str, Case], repeats: int, places: Places) -> dict[str, list[dict]]:
    """A new process for each peer and repeat."""
    answers: dict[str, list[dict]] = {peer: [] for peer in cases}
    for repeat in range(-next(iter(cases.values())).discarded, repeats):
        for peer, case in cases.items():
            if _absent(answers[peer]):
                continue
            found = _fresh(peer, case, places, repeat)
            if repeat >= 0 or "absent" in found:
                answers[peer].append(found)
    return answers


def _fresh(peer: str, case: Case, places: Places, repeat: int) -> dict[str, Any]:
    began = time.perf_counter()
    with Worker(peer, case, places, repeat) as worker:
        found = worker.ask(case=case.to_json(), seed=max(repeat, 0))
    whole = time.perf_counter() - began
    return found if case.clock == "call" or "absent" in found else {**found, "seconds": whole}


def _fewest_epochs(case: Case, places: Places) -> Case:
    """The case with the fewest planned epochs that reach the target."""
    for epochs in range(1, case.epochs + 1):
        planned = replace(case, epochs=epochs)
        if _fresh("elbax", planned, places, 0).get("loss", -TARGET) <= TARGET:
            break
    return planned


def _record(case: Case, own: Case, answers: list[dict[str, Any]]) -> dict[str, Any]:
    """What is kept of a peer's answers: seconds for the unit that the case reports."""
    last = answers[-1]
    if _absent(answers):
        return {"absent": last["absent"]}
    if case.task == "reach" and last["loss"] > TARGET:
        return {"absent": f"not reached in {last['epochs']} epochs: {last['loss']:.2f} nats"}
    passes = 1 if case.task == "reach" else own.epochs / (1 if case.per_epoch else case.epochs)
    seconds = [answer["seconds"] / passes for answer in answers]
    notes = [last["note"]] if "note" in last else []
    if own.epochs < case.epochs and case.task != "reach":
        notes.append(f"measured on {own.epochs} of {case.epochs} passes and scaled")
    losses = [answer["loss"] for answer in answers if "loss" in answer]
    record = {
        "seconds": seconds,
        "median": statistics.median(seconds),
        "peak_mib": max(answer["peak_mib"] for answer in answers),
        "loss": (statistics.median(losses) if case.fresh else losses[-1]) if losses else None,
        "note": "; ".join(notes),
    }
    kept = ("parameters", "gigaflop", "rows", "epochs", "version")
    return record | {name: last[name] for name in kept if name in last}


def equal_work(case: Case, peers: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Whether all peers trained networks of one size on the same rows to losses within the case's tolerance."""
    present = {peer: found for peer, found in peers.items() if "parameters" in found}
    parameters = {peer: found["parameters"] for peer, found in present.items()}
    equal = len(set(parameters.values())) <= 1
    losses = {peer: found["loss"] for peer, found in present.items() if found["loss"] is not None}
    if case.tolerance is not None and losses:
        middle = statistics.median(losses.values())
        equal = equal and all(abs(loss - middle) <= case.tolerance for loss in losses.values())
    return {"equal": equal, "parameters": parameters, "losses": losses, "tolerance": case.tolerance}
