"""The results as a Markdown table and a figure."""

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.worker import MODULES
from elbax.plots.style import GRAY, INK, dress, new_figure, save_png

__all__ = ["draw", "exponent", "metric_of", "ratio", "write_markdown"]

PEERS = tuple(MODULES)
NAMES = {
    "elbax": "elbax",
    "plain": "plain JAX loop",
    "keras": "Keras on JAX",
    "torch": "PyTorch eager",
    "torch.compile": "torch.compile",
    "pythae": "Pythae",
    "floor": "matrix products alone",
}
COLOURS = {
    "plain": "#7d8a99",
    "keras": "#2b6a99",
    "torch": "#d9822b",
    "torch.compile": "#eab676",
    "pythae": "#8d6a9f",
    "floor": "#cfd4da",
}


def value_of(record: dict[str, Any], metric: str) -> float | None:
    """A peer's median seconds or peak memory; None where it is absent."""
    return None if "absent" in record else record["median" if metric == "seconds" else metric]


def metric_of(record: dict[str, Any], metric: str) -> str:
    """The same, in words."""
    value = value_of(record, metric)
    if value is None:
        return record["absent"]
    if metric == "peak_mib":
        return f"{value:,.0f} MiB"
    return f"{value:.3g} s" if value >= 1 else f"{1000 * value:.3g} ms"


def ratio(case: dict[str, Any], peer: str) -> float | None:
    """How many times elbax's value a peer's is; above 1 elbax is ahead."""
    values = [value_of(case["peers"].get(name, {"absent": ""}), case["metric"]) for name in (peer, "elbax")]
    return None if None in values else values[0] / values[1]


def exponent(sizes: list[float], values: list[float]) -> float:
    """The slope of values against sizes, both as logarithms."""
    return float(np.polyfit(np.log(sizes), np.log(values), 1)[0])


def write_markdown(results: dict[str, Any], path: Path) -> None:
    """One section for each workload."""
    lines = ["# elbax beside its peers", ""]
    lines += [
        "Medians; in brackets how many times elbax's value that is, so above 1 elbax is ahead.",
        "",
    ]
    for name, workload in results.items():
        lines += [f"## {name}. {workload['title']}", ""]
        growth = any(case["size"] for case in workload["cases"].values())
        lines += _growth(workload) if growth else _table(workload)
        lines += [*_notes(workload), ""]
    path.write_text("\n".join(lines))


def _table(workload: dict[str, Any]) -> list[str]:
    peers = [peer for peer in PEERS if any(peer in case["peers"] for case in workload["cases"].values())]
    lines = [f"| | {' | '.join(NAMES[peer] for peer in peers)} |", f"|---|{'---|' * len(peers)}"]
    for case in workload["cases"].values():
        cells = [_cell(case, peer) for peer in peers]
        lines.append(f"| {case['title']} | {' | '.join(cells)} |")
    return lines


def _cell(case: dict[str, Any], peer: str) -> str:
    if peer not in case["peers"]:
        return "–"
    words, times = metric_of(case["peers"][peer], case["metric"]), ratio(case, peer)
    return words if times is None or peer == "elbax" else f"{words} ({times:.2f}×)"


def _growth(workload: dict[str, Any]) -> list[str]:
    lines, axes = ["| | epoch | peak memory |", "|---|---|---|"], {}
    for name, case in workload["cases"].items():
        found = case["peers"].get("elbax", {"absent": "not run"})
        memory = metric_of(found, "peak_mib")
        lines.append(f"| {case['title']} | {metric_of(found, 'seconds')} | {memory} |")
        if "absent" not in found:
            axes.setdefault(name.split("-")[0], []).append((case["size"], found["median"], found["peak_mib"]))
    for axis, points in axes.items():
        if len(points) > 1:
            lines += ["", _in_words(axis, *map(list, zip(*points, strict=True)))]
    return lines


def _in_words(axis: str, sizes: list[int], seconds: list[float], memory: list[float]) -> str:
    """Exponents of time: of all sizes, and of the largest hundredfold, where no fixed cost hides the slope."""
    late = [i for i, size in enumerate(sizes) if size >= max(sizes) / 100]
    slope, tail = (
        exponent(sizes, seconds),
        exponent(*([values[i] for i in late] for values in (sizes, seconds))),
    )
    return (
        f"Time grows as {axis} to the {slope:.2f} ({tail:.2f} from {sizes[late[0]]:,} on); "
        f"memory from {sizes[-2]:,} to {sizes[-1]:,} by a factor of {memory[-1] / memory[-2]:.2f}."
    )


def _device(machine: dict[str, Any]) -> str:
    return machine["backend"] if machine["backend"] == "cpu" else machine["device"]


def _notes(workload: dict[str, Any]) -> list[str]:
    machine = workload["machine"]
    lines = [
        "",
        f"{machine['processor']}, {machine['cores']} cores, {_device(machine)}; JAX {machine['jax']}",
    ]
    versions = {
        NAMES[peer]: found["version"]
        for case in workload["cases"].values()
        for peer, found in case["peers"].items()
        if peer not in ("plain", "floor") and "version" in found
    }
    lines[-1] += "".join(f", {name} {number}" for name, number in versions.items())
    lines[-1] += f"; {workload['repeats']} repeats." + (" Tiny sizes: a trial run." * workload["quick"])
    for case in workload["cases"].values():
        notes = [f"{NAMES[peer]}: {found['note']}" for peer, found in case["peers"].items() if found.get("note")]
        if notes:
            lines.append(f"- {case['title']}: {'; '.join(notes)}.")
        lines += _inequality(case)
    return lines + _shapes(workload["cases"])


def _shapes(cases: dict[str, Any]) -> list[str]:
    """How much longer rows shaped as images take than flat ones, where a workload has both."""
    medians = {name: value_of(case["peers"].get("elbax", {"absent": ""}), "seconds") for name, case in cases.items()}
    ratios = {
        name.removeprefix("images-"): seconds / flat
        for name, seconds in medians.items()
        if name.startswith("images-") and seconds and (flat := medians.get(name.replace("images", "flat")))
    }
    if not ratios:
        return []
    words = ", ".join(f"{name} {value:.2f}" for name, value in ratios.items())
    return [f"- elbax's time of rows shaped as images over that of flat ones: {words}."]


def _inequality(case: dict[str, Any]) -> list[str]:
    work = case["equal_work"]
    if work["equal"]:
        return []
    counts = ", ".join(f"{NAMES[peer]} {n:,}" for peer, n in work["parameters"].items())
    losses = ", ".join(f"{NAMES[peer]} {loss:.2f}" for peer, loss in work["losses"].items())
    return [f"- {case['title']}: **not equal work**; parameters {counts}; losses {losses}."]


def draw(results: dict[str, Any], path: Path) -> None:
    """Horizontal bars: each peer's median over elbax's, for every case that has both."""
    groups = []
    for name, workload in results.items():
        for case in workload["cases"].values():
            ratios = {peer: ratio(case, peer) for peer in COLOURS if ratio(case, peer) is not None}
            if ratios:
                groups.append((f"{name}  {_short(workload, case)}", ratios))
    if not groups:
        return
    n_bars = sum(len(ratios) for _, ratios in groups)
    figure = new_figure(9, 1.3 + 0.16 * n_bars + 0.19 * len(groups))
    axes = figure.subplots()
    y, ticks, largest = 0.0, [], 1.0
    for title, ratios in groups:
        for peer, value in ratios.items():
            axes.barh(y, value - 1, left=1, height=0.8, color=COLOURS[peer], label=NAMES[peer])
            _write_value(axes, y, value)
            largest, y = max(largest, value), y + 1
        ticks.append((y - 1 - (len(ratios) - 1) / 2, title))
        y += 1.2
    _finish(axes, ticks, largest, y)
    save_png(figure, path)


def _short(workload: dict[str, Any], case: dict[str, Any]) -> str:
    one = len(workload["cases"]) == 1
    return workload["title"].split(":")[0] if one else case["title"].split(": ")[-1].replace("`", "")


def _write_value(axes: Any, y: float, value: float) -> None:
    place = {"va": "center", "ha": "left" if value >= 1 else "right"}
    offset = 1.03 if value >= 1 else 1 / 1.03
    axes.text(
        value * offset,
        y,
        f"{value:.3g}×" if value < 10 else f"{value:.0f}×",
        fontsize=7.5,
        color=INK,
        **place,
    )


def _finish(axes: Any, ticks: list[tuple[float, str]], largest: float, bottom: float) -> None:
    dress(axes, "times elbax's seconds (or memory); logarithmic", "")
    axes.set_xscale("log")
    low = min(axes.get_xlim()[0], 0.5)
    axes.set_xlim(low * 0.8, largest * 1.5)
    steps = [step for step in (0.25, 0.5, 1, 2, 5, 10, 20, 50, 100) if low * 0.8 <= step <= largest * 1.5]
    axes.set_xticks(steps, [f"{step:g}×" for step in steps])
    axes.minorticks_off()
    axes.set_yticks([y for y, _ in ticks], [title for _, title in ticks])
    axes.set_ylim(bottom - 0.8, -1)
    axes.grid(axis="y", visible=False)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.axvline(1, color=GRAY, lw=1.2)
    handles, labels = axes.get_legend_handles_labels()
    unique = dict(zip(labels, handles, strict=True))
    shown = [name for name in NAMES.values() if name in unique]
    axes.legend(
        [unique[name] for name in shown],
        shown,
        loc="lower left",
        bbox_to_anchor=(0, 1),
        frameon=False,
        fontsize=9,
        ncols=3,
    )
