"""elbax on tables, beside the methods one would use instead.

    python -m benchmarks.tabular adult [penguins happiness weather randhie flights] [--methods elbax ...]
    python -m benchmarks.tabular filling | conditions | outliers | defaults [--only PART ...]

Results are added to benchmarks/results/tabular-*.json as they come; parts that are there are not measured again, so
that a run that was stopped goes on. --only names tables of a part. Names of tables compare synthetic rows; rows of
SDV's TVAE and CTGAN are made before, in an environment of their own, by
`python -m benchmarks.tabular.peers TABLE PEER`, and
found in the folder --samples. MissForest (PyPI's missforest, which needs lightgbm) and ECOD (pyod) are measured where
they are installed.
"""

import argparse
import json
from pathlib import Path

from benchmarks.machine import describe_machine
from benchmarks.tabular import conditions, defaults, filling, odd_rows, quality
from benchmarks.tabular.tables import TABLES
from elbax.files import atomic_write

PARTS = ("filling", "conditions", "outliers", "defaults")


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.tabular", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", nargs="+", choices=[*TABLES, *PARTS])
    parser.add_argument("--methods", nargs="+", help="by default all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="+", default=[], help="tables of a part; by default all")
    parser.add_argument("--most-rows", type=int, default=quality.MOST_ROWS, help="that classifiers and distances use")
    parser.add_argument("--settings", type=json.loads, default={}, help="of elbax.VAE, as in '{\"epochs\": 5}'")
    parser.add_argument("--samples", type=Path, default=Path("benchmarks/.samples"))
    parser.add_argument("--output", type=Path, default=Path("benchmarks/results"))
    options = parser.parse_args(arguments)
    options.output.mkdir(parents=True, exist_ok=True)
    if names := [name for name in options.what if name in TABLES]:
        methods = options.methods or list(quality.METHODS)
        quality.run(names, options.output, options.samples, options.seed, options.settings, methods, options.most_rows)
    for part in [part for part in options.what if part in PARTS]:
        path = options.output / f"tabular-{part}.json"
        record = json.loads(path.read_text()) if path.exists() else {}
        record |= {"machine": describe_machine(), "settings": options.settings}

        def save(path: Path = path, record: dict = record) -> None:
            atomic_write(path, (json.dumps(record, indent=1, default=float) + "\n").encode())

        if part == "filling":
            filling.run(options.methods or list(filling.METHODS), options.settings, record, save, options.only)
        elif part == "defaults":
            defaults.run(record, save, options.only, options.seed)
            path.with_suffix(".md").write_text(defaults.as_markdown(record["fits"]))
        else:
            (conditions if part == "conditions" else odd_rows).run(options.settings, record, save, options.only)


if __name__ == "__main__":
    main()
