"""One peer in its own process: reads requests as lines of JSON, answers with lines of JSON.

    python -m benchmarks.worker PEER FOLDER

{"case": {...}, "seed": 0} builds the peer's task and runs it once, {} runs it once more; both answer with the seconds
this took, unless the task answers with seconds of its own. A peer's module lists its tasks in ``TASKS``: functions
(case, rows, seed) that return a function of no arguments, which does the timed work and returns a dictionary with
the loss, the number of parameters, or a note. What a peer cannot do raises NotImplementedError with the reason.
"""

import json
import os
import resource
import sys
import time
import traceback
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.workloads import Case

# The module of each peer, and the distribution whose version is reported.
MODULES = {
    "elbax": ("with_elbax", "elbax"),
    "plain": ("with_jax", "jax"),
    "keras": ("with_keras", "keras"),
    "torch": ("with_torch", "torch"),
    "torch.compile": ("with_torch", "torch"),
    "pythae": ("with_pythae", "pythae"),
    "floor": ("floor", "jax"),
}


def peak_mib() -> float:
    """Largest resident memory of this process so far, MiB."""
    status = Path("/proc/self/status")
    if status.exists():  # unlike getrusage, this leaves out the parent's memory before exec
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class Session:
    """A peer's module, and the task that was built last."""

    def __init__(self, peer: str, folder: Path):
        self.folder = folder
        self.run: Callable[[], dict[str, Any]] = dict
        module, package = MODULES[peer]
        try:
            # Now, so that no import is timed as part of a call.
            self.module = import_module(f"benchmarks.peers.{module}")
            self.version = version(package)
        except ModuleNotFoundError as error:
            self.module, self.version = error, ""
        else:
            if peer == "torch.compile":
                self.module.use_compiler()

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Do what is asked, timed."""
        if isinstance(self.module, ModuleNotFoundError):
            return {"absent": f"not installed ({self.module.name})"}
        began = time.perf_counter()
        try:
            if "case" in request:
                self._build(Case.of(request["case"]), request["seed"])
            found = self.run()
        except NotImplementedError as error:
            return {"absent": str(error)}
        except Exception as error:  # one peer's failure must not end the others' measurements
            traceback.print_exc()
            return {"absent": f"failed: {error!r}"}
        seconds = time.perf_counter() - began
        return {"seconds": seconds, **found, "peak_mib": peak_mib(), "version": self.version}

    def _build(self, case: Case, seed: int) -> None:
        if case.task not in self.module.TASKS:
            raise NotImplementedError("has no such function")
        rows = np.load(self.folder / f"{case.data}.npy", mmap_mode="r")[: case.rows]
        self.run = self.module.TASKS[case.task](case, rows if case.task == "grow" else np.array(rows), seed)


def main() -> None:
    peer, folder = sys.argv[1:]
    replies = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # whatever a library prints must not mix with the replies
    session = Session(peer, Path(folder))
    for line in sys.stdin:
        print(json.dumps(session.answer(json.loads(line))), file=replies, flush=True)


if __name__ == "__main__":
    main()
