"""Synthetic rows: elbax beside SDV's TVAE and CTGAN, independent columns, and real rows."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import elbax
from benchmarks.machine import describe_machine
from benchmarks.tabular.peers import PEERS
from benchmarks.tabular.published import ADULT, COLUMNS
from benchmarks.tabular.tables import TABLES, Table
from elbax.core.likelihoods import Histogram
from elbax.data.marginal import GridMarginal
from elbax.evaluate.synthetic import SyntheticReport, report_synthetic

METHODS = ("elbax", *PEERS, "independent columns", "real rows, drawn again")
LATENTS = 16
SAMPLES = 64  # importance samples of log p
MOST_ROWS = 30_000


def measure(
    table: Table, method: str, seed: int, samples: Path, settings: dict[str, Any], most_rows: int
) -> dict[str, Any] | None:
    """The record of one method on one table; None if a peer's rows have not been made."""
    train, test = table.split()
    made = _rows(table, method, train, test, seed, samples, settings)
    if made is None:
        return None
    rows, record = made
    report = report_synthetic(train, test, rows, target=table.target, most_rows=most_rows, seed=seed)
    return {"method": method, "most rows": most_rows, **record, "report": report.to_json()}


def _rows(
    table: Table,
    method: str,
    train: pd.DataFrame,
    test: pd.DataFrame,
    seed: int,
    samples: Path,
    settings: dict[str, Any],
) -> tuple[pd.DataFrame, dict[str, Any]] | None:
    """Synthetic rows, as many as there are for training, and what is known of their making."""
    if method == "elbax":
        return with_elbax(train, test, seed, settings)
    rng = np.random.default_rng(seed)
    if method == "independent columns":
        columns = {name: train[name].iloc[rng.integers(len(train), size=len(train))].to_numpy() for name in train}
        return pd.DataFrame(columns).astype(train.dtypes.to_dict()), {}
    if method.startswith("real rows"):
        return train.iloc[rng.integers(len(train), size=len(train))].reset_index(drop=True), {}
    stem = samples / f"{table.name}-{method}-0"
    if not stem.with_suffix(".json").exists():
        return None
    record = json.loads(stem.with_suffix(".json").read_text())
    return read_like(stem.with_suffix(".csv.gz"), train), record


def read_like(path: Path, train: pd.DataFrame) -> pd.DataFrame:
    """A peer's rows with the dtypes of the training rows."""
    dates = [name for name in train if pd.api.types.is_datetime64_any_dtype(train[name])]
    text = {name: str for name in train if train[name].dtype.kind == "O" or pd.api.types.is_string_dtype(train[name])}
    return pd.read_csv(path, parse_dates=dates, dtype=text, keep_default_na=False, na_values=[""])


def with_elbax(
    train: pd.DataFrame, test: pd.DataFrame, seed: int, settings: dict[str, Any]
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """A fit with 16 latents, which models gaps if there are any, the autoregressive second stage, and samples."""
    gaps = {"missing": "informative"} if train.isna().any(axis=None) else {}
    settings = {"latent_dim": LATENTS, **gaps, **settings}
    vae, record = elbax.VAE(random_state=seed, verbose=0, **settings), {}
    with timing(record, "of training"):
        vae.fit(train)
    with timing(record, "of the second stage"):
        vae.fit_prior(train, prior="autoregressive")
    with timing(record, "of sampling"):
        rows = vae.sample(len(train))
    known = without_new_levels(train, test)
    log_prob = vae.score_samples(known, SAMPLES)
    record["rows with new levels"] = len(test) - len(known)
    record |= {"version": elbax.__version__, "seed": seed, "settings": settings, "epochs": vae.outcome_.epochs}
    record["-log p"] = float(-log_prob.mean())
    record["-log p, error"] = float(log_prob.std() / np.sqrt(len(log_prob)))
    record["-log p within bins"] = within_bins(vae, known)
    record["KL"] = float(vae.elbo(known)["kl"].mean())
    record["active latents"] = int(vae.active_units(known).active.sum())
    return rows, record


def without_new_levels(train: pd.DataFrame, test: pd.DataFrame) -> pd.DataFrame:
    """The test rows whose labels all occur in training: others have no density."""
    labels = [name for name in train if not pd.api.types.is_any_real_numeric_dtype(train[name].dtype)]
    labels = [name for name in labels if not pd.api.types.is_datetime64_any_dtype(train[name])]
    kept = [test[name].isin(train[name].dropna()) | test[name].isna() for name in labels]
    return test[np.logical_and.reduce(kept)] if kept else test


@contextmanager
def timing(record: dict[str, Any], what: str) -> Iterator[None]:
    """Add the seconds that a block takes, by the clock and of processor time, to a record."""
    clock, processor = time.perf_counter(), time.process_time()
    yield
    record[f"seconds {what}"] = time.perf_counter() - clock
    record[f"processor seconds {what}"] = time.process_time() - processor


def within_bins(vae: elbax.VAE, rows: pd.DataFrame) -> float:
    """The part of -log p that is due to the place of numbers within their bins, which no model of codes can change.

    It is the mean over rows of -log p(x_j | bin of x_j), summed over the columns with a histogram; a value of no bin
    counts with all its density. Tables of likelihoods of binned values leave this part out.
    """
    codes, grids = vae.schema_.encode(rows), vae.schema_.summary.flat.grids or ()
    total = 0.0
    for part, columns in vae.likelihood_.for_columns(codes.shape[1]):
        for column in columns if isinstance(part, Histogram) else ():
            values = codes[np.isfinite(codes[:, column]), column].astype(np.float64)
            marginal = GridMarginal(grids[column])
            density = np.where(marginal.is_coded(values), marginal.log_within(values), marginal.log_rest(values))
            total -= density.sum() / len(codes)
    return float(total)


def run(
    names: list[str],
    output: Path,
    samples: Path,
    seed: int,
    settings: dict[str, Any],
    methods: list[str],
    most_rows: int = MOST_ROWS,
) -> None:
    """Measure methods on tables; records of methods that are not measured again stay."""
    path = output / "tabular-quality.json"
    results = json.loads(path.read_text()) if path.exists() else {}
    results["machine"] = describe_machine()
    for name in names:
        for method in methods:
            record = measure(TABLES[name], method, seed, samples, settings, most_rows)
            if record is None:
                print(f"{name}: no rows of {method}; run python -m benchmarks.tabular.peers {name} {method}")
                continue
            results.setdefault(name, {})[method] = record
            path.write_text(json.dumps(results, indent=1) + "\n")
            print(line(method, record), flush=True)
    text = as_page(results)
    path.with_suffix(".md").write_text(text)
    print(text)


def as_page(results: dict[str, Any]) -> str:
    """All tables of results, and the machine."""
    tables = (as_markdown(name, results[name]) for name in TABLES if name in results)
    machine = ", ".join(f"{name} {value}" for name, value in results["machine"].items())
    return "\n".join([HEAD, *tables, f"Machine: {machine}.\n"])


HEAD = """# Synthetic rows beside those of other methods

Written by `python -m benchmarks.tabular adult penguins happiness weather randhie flights`.

- shape, trend: likeness of columns and of pairs of columns; 1 is best.
- trees, AUC unseen: boosted trees tell synthetic from held-out real rows; 0.5 is best.
- XGB, LR: scores of trees and of logistic regression on training rows, as published tables count; 1 is best.
- use: score on held-out rows of trees that learned the target from synthetic rows (AUC, or R² of numbers); real: from
  real ones.
- copies, held out: share of synthetic and of held-out real rows that equal a training row; attack: AUC of a membership
  attack.
- −log p: nats of a held-out row, 64 importance samples; of codes: without the density of numbers within their bins.
- processor s: training, second stage and sampling.
"""

HEADINGS = (
    *("shape", "trend", "trees, AUC unseen", "XGB", "LR", "use", "real"),
    *("copies", "held out", "attack", "−log p", "of codes", "processor s"),
)


def values(record: dict[str, Any]) -> list[str]:
    """What the table shows of a record."""
    report = SyntheticReport.from_json(record["report"])
    trees, logistic = report.detection
    use, privacy = report.usefulness, report.privacy
    assert use is not None
    seconds = [record[key] for key in record if key.startswith("processor seconds of")]
    return [
        f"{report.shape:.3f}",
        f"{report.trend:.3f}",
        f"{trees.unseen.mean:.3f} ± {trees.unseen.error:.3f}",
        f"{trees.score:.3f}",
        f"{logistic.score:.3f}",
        f"{use.synthetic.mean:.3f} ± {use.difference.error:.3f}",
        f"{use.real.mean:.3f}",
        f"{privacy.copies.mean:.2%}",
        f"{privacy.held_out_copies.mean:.2%}",
        f"{privacy.membership.mean:.3f}",
        f"{record['-log p']:.2f}" if "-log p" in record else "",
        f"{record['-log p'] - record['-log p within bins']:.2f}" if "-log p within bins" in record else "",
        f"{sum(seconds):,.0f}" if seconds else "",
    ]


def line(method: str, record: dict[str, Any]) -> str:
    pairs = zip(HEADINGS, values(record), strict=True)
    return f"{method}: " + ", ".join(f"{name} {value}" for name, value in pairs if value)


def as_markdown(name: str, records: dict[str, Any]) -> str:
    """The table of one data set, with published figures below."""
    lines = [f"### {name}", "", f"| | {' | '.join(HEADINGS)} |", "|---" * (len(HEADINGS) + 1) + "|"]
    lines += [f"| {method} | {' | '.join(values(records[method]))} |" for method in METHODS if method in records]
    rows = {record.get("most rows", MOST_ROWS) for record in records.values()}
    if rows != {MOST_ROWS}:
        lines += ["", f"Classifiers and distances use at most {' or '.join(f'{n:,}' for n in sorted(rows))} rows."]
    if name == "adult":
        lines += [
            "",
            "Published, on another split:",
            "",
            f"| | {' | '.join(COLUMNS)} |",
            "|---" * (len(COLUMNS) + 1) + "|",
        ]
        lines += [f"| {method} | {' | '.join(f'{value:g}' for value in row)} |" for method, row in ADULT.items()]
    return "\n".join(lines) + "\n"
