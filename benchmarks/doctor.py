"""The doctor against planted faults: fits of known cause, and healthy ones, on data sets nobody tuned it on.

    ELBAX_DATA=... python -m benchmarks.doctor [--seeds 100 101] [--quick] [--only PATTERN] [--add] [--output FOLDER]

Each fit of `benchmarks.fault_plants` declares the codes that must be found and those that may be true besides; any
other finding is a false alarm, save notes on healthy fits. The seed draws the rows, the split and the weights. Writes
doctor.json and doctor.md, and prints the table. ``--quick`` runs one fit for each code; ``--add`` keeps the fits of
earlier runs, save those that are made again.
"""

import argparse
import json
import re
import time
from pathlib import Path

import elbax
from benchmarks.fault_data import draw
from benchmarks.fault_plants import PLANTS, Plant
from benchmarks.machine import describe_machine
from elbax.doctor import CODES


def run(plant: Plant, seed: int) -> dict:
    """Fit one plant and diagnose it."""
    x = draw(plant.data, seed, plant.change)[: plant.rows]
    start = time.perf_counter()
    vae = elbax.VAE(**plant.settings, random_state=seed, verbose=0).fit(x)
    fitted = time.perf_counter()
    if plant.tamper is not None:
        plant.tamper(vae)
    diagnosis = vae.diagnose(x)
    found = [finding.code for finding in diagnosis.findings if plant.expected or not finding.note]
    extra = [code for code in found if code not in (*plant.expected, *plant.allowed, "healthy")]
    return {
        "data": plant.data,
        "seed": seed,
        "rows": len(x),
        "change": _name(plant.change),
        "tamper": _name(plant.tamper),
        "settings": dict(plant.settings),
        "expected": list(plant.expected) or ["healthy"],
        "found": found,
        "missed": [code for code in plant.expected if code not in found],
        "false": extra,
        "values": {f.code: [f.value, f.threshold] for f in diagnosis.findings},
        "seconds": [fitted - start, time.perf_counter() - fitted],
    }


def added(earlier: list[dict], fits: list[dict]) -> list[dict]:
    """Earlier fits and new ones; a new fit of the same plant and seed replaces the earlier one."""
    same = ("data", "seed", "rows", "change", "tamper", "settings", "expected")
    fits = json.loads(json.dumps(fits))  # as those that were read
    again = [[fit[name] for name in same] for fit in fits]
    return [fit for fit in earlier if [fit[name] for name in same] not in again] + fits


def _name(function) -> str | None:
    return None if function is None else function.__name__


def score(fits: list[dict]) -> dict[str, dict]:
    """Precision and recall of each code."""
    table = {}
    for code in CODES:
        planted = [fit for fit in fits if code in fit["expected"]]
        found = sum(_says(fit, code) for fit in planted)
        false = sum(code in fit["false"] for fit in fits)
        if code == "healthy":
            false = sum(fit["found"] == ["healthy"] for fit in fits if fit["expected"] != ["healthy"])
        table[code] = {
            "planted": len(planted),
            "data sets": len({fit["data"] for fit in planted}),
            "found": found,
            "false": false,
            "precision": found / max(1, found + false),
            "recall": found / max(1, len(planted)),
        }
    return table


def _says(fit: dict, code: str) -> bool:
    return not fit["false"] if code == "healthy" else code in fit["found"]


def as_markdown(fits: list[dict], table: dict[str, dict]) -> str:
    """The table and every miss and false alarm behind it."""
    lines = [
        "| code | planted | on data sets | found | false alarms | precision | recall |",
        "|---|---|---|---|---|---|---|",
    ]
    for code, row in table.items():
        counts = " | ".join(str(row[name]) for name in ("planted", "data sets", "found", "false"))
        lines.append(f"| `{code}` | {counts} | {row['precision']:.0%} | {row['recall']:.0%} |")
    healthy = [fit for fit in fits if fit["expected"] == ["healthy"]]
    alarms = sum(bool(fit["false"]) for fit in healthy)
    lines += ["", f"False alarms on healthy fits: {alarms} of {len(healthy)}.", ""]
    for fit in fits:
        for kind in ("missed", "false"):
            if fit[kind]:
                planted = ", ".join(fit["expected"])
                lines.append(f"- {fit['data']}, seed {fit['seed']}, {planted}: {kind} {', '.join(fit[kind])}")
    return "\n".join(lines) + "\n"


def _first_of_each(plants) -> tuple[Plant, ...]:
    return tuple({plant.expected: plant for plant in reversed(plants)}.values())[::-1]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--add", action="store_true")
    parser.add_argument("--output", type=Path, default=Path("benchmarks/results"))
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    plants = _first_of_each(PLANTS) if options.quick else PLANTS
    fits = []
    for seed in options.seeds:
        for plant in plants:
            title = f"{plant.data} {' '.join(plant.expected) or 'healthy'}"
            if re.search(options.only, title):
                fits.append(run(plant, seed))
                print(
                    title,
                    seed,
                    fits[-1]["found"],
                    "missed",
                    fits[-1]["missed"],
                    "false",
                    fits[-1]["false"],
                    {code: [round(v, 4) for v in pair] for code, pair in fits[-1]["values"].items()},
                    flush=True,
                )
    path = options.output / "doctor.json"
    if options.add and path.exists():
        fits = added(json.loads(path.read_text())["fits"], fits)
    table = score(fits)
    result = {"machine": describe_machine(), "codes": table, "fits": fits}
    path.write_text(json.dumps(result, indent=1) + "\n")
    markdown = as_markdown(fits, table)
    (options.output / "doctor.md").write_text(markdown)
    print(markdown)


if __name__ == "__main__":
    main()
