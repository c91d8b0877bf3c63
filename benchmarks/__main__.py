"""elbax and its peers on the same work, on the same machine, in turn.

    python -m benchmarks [W1 W2 ...] [--repeats 5] [--only PEER ...] [--quick] [--output FOLDER] [--peers FOLDER]

Results are added to peers.json in the output folder, a workload's replacing those it had; peers.md and peers.png
are drawn again from all of them. benchmarks/README.md says what is compared.
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

from benchmarks.compare import Places, equal_work, measure
from benchmarks.data import prepare
from benchmarks.machine import describe_machine
from benchmarks.tables import draw, metric_of, write_markdown
from benchmarks.worker import MODULES
from benchmarks.workloads import WORKLOADS, quick

HERE = Path(__file__).parent


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("workloads", nargs="*", metavar="W", help=f"by default all: {' '.join(WORKLOADS)}")
    parser.add_argument("--repeats", type=int, default=5, help="at most so many; long workloads have fewer")
    parser.add_argument("--only", nargs="+", choices=MODULES, default=list(MODULES), metavar="PEER")
    parser.add_argument("--quick", action="store_true", help="tiny sizes: whether it works, not how fast")
    parser.add_argument("--output", type=Path, default=HERE / "results")
    parser.add_argument("--peers", type=Path, default=HERE / ".venv", help="what peers/install.sh made")
    options = parser.parse_args(arguments)
    options.workloads = options.workloads or list(WORKLOADS)
    if unknown := [name for name in options.workloads if name not in WORKLOADS]:
        parser.error(f"no workload {', '.join(unknown)}; there are {', '.join(WORKLOADS)}")
    return options


def run(name: str, options: argparse.Namespace, places: Places) -> dict:
    """Measure one workload."""
    workload = quick(WORKLOADS[name]) if options.quick else WORKLOADS[name]
    repeats = min(options.repeats, workload.most_repeats)
    cases = {}
    for case in workload.cases:
        array = prepare(case.data, places.data)
        peers = [peer for peer in case.peers if peer in options.only]
        found = measure(case, peers, repeats, places)
        if case.size is not None:
            array.unlink()  # up to 640 MB each
        for peer, record in found.items():
            print(
                f"{name} {case.name:12} {peer:14} {metric_of(record, case.metric)}",
                file=sys.stderr,
                flush=True,
            )
        cases[case.name] = {
            "title": case.title,
            "metric": case.metric,
            "size": case.size,
            "peers": found,
            "equal_work": equal_work(case, found),
        }
    return {
        "title": workload.title,
        "machine": describe_machine(),
        "repeats": repeats,
        "quick": options.quick,
        "cases": cases,
    }


def main(arguments: list[str] | None = None) -> None:
    options = parse(arguments)
    os.environ["XLA_PYTHON_CLIENT_PREALLOCATE"] = "false"  # several processes share a GPU
    options.output.mkdir(parents=True, exist_ok=True)
    path = options.output / "peers.json"
    results = json.loads(path.read_text()) if path.exists() else {}
    with tempfile.TemporaryDirectory() as folder:
        places = Places(Path(folder), options.peers)
        for name in options.workloads:
            results[name] = run(name, options, places)
            results = {known: results[known] for known in WORKLOADS if known in results}
            path.write_text(json.dumps(results, indent=1) + "\n")
            write_markdown(results, options.output / "peers.md")
            draw(results, options.output / "peers.png")


if __name__ == "__main__":
    main()
