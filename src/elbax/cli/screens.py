"""Output of the commands: tables and panels on a terminal, plain lines elsewhere."""

import shlex
from collections.abc import Collection, Sequence
from dataclasses import fields, replace
from typing import Any

from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from elbax.comparison import HEADINGS, Comparison
from elbax.console import print_message
from elbax.doctor import Diagnosis, Refit, Round
from elbax.estimator import VAE
from elbax.evaluate import Evaluation, Ladder
from elbax.evaluate.synthetic import SyntheticReport
from elbax.runs.config import option_name
from elbax.runs.folder import Run

_TERMS = {
    "elbo": "ELBO",
    "reconstruction": "reconstruction",
    "kl": "KL",
    "log_likelihood": "log-likelihood",
    "bits_per_dim": "bits per dimension",
    "active_units": "active units",
    "n_rows": "rows",
    "measured_rows": "rows measured",
    "seen": "rows seen in the refit",
}
REFITTED = "; the linear model was chosen on these and then refitted to all rows"
_VIEWERS = {
    "tensorboard": "tensorboard --logdir {}/tensorboard",
    "mlflow": "mlflow ui --backend-store-uri sqlite:///{}/mlflow/mlflow.db",
}
_NEAREST_SHOWN = 5  # rows, where none is odd
_ODD_SHOWN = 20
_BEFORE = ", before the refit to all rows"
_NATS = ("elbo", "reconstruction", "kl", "log_likelihood")


def show_facts(title: str, facts: dict[str, str]) -> None:
    """Print named facts: a panel on a terminal, one line each elsewhere."""
    console = Console(highlight=False)
    if not console.is_terminal:
        for name, fact in facts.items():
            console.print(f"{name}: {fact}", markup=False, soft_wrap=True)
        return
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, fact in facts.items():
        grid.add_row(name, fact)
    console.print(Panel(grid, title=title, title_align="left", expand=False))


def show_metrics(metrics: dict[str, dict[str, Any]], latent_dim: int) -> None:
    """Print the measures of each part of the data, one column per part."""
    names = [name for name in _TERMS if any(name in part for part in metrics.values())]
    labels = {name: f"{_TERMS[name]} (nats per row)" if name in _NATS else _TERMS[name] for name in names}
    rows = [(labels[name], *(_number(name, part, latent_dim) for part in metrics.values())) for name in names]
    show_table(("", *metrics), rows, numbers=tuple(metrics))


def show_ladder(ladder: Ladder, *, before_refit: bool) -> None:
    """Print the model beside simple ones, and what is left out; the model may be that before a refit to all rows."""
    headings = (f"on {ladder.rows_text}{_BEFORE if before_refit else ''}", "nats per row", "this model above by")
    print()
    show_table(headings, ladder.lines(), numbers=headings[1:])
    if ladder.note:
        Console(highlight=False).print(ladder.note, markup=False, soft_wrap=True)


def show_outliers(found: Any, rate: float) -> None:
    """Print the rows that are odd, oddest first, and what is to blame; or a few that come nearest to that."""
    explained = found[found["blame"].notna()].sort_values(["p_value", "log_prob"])
    odd = explained[explained["odd"]]
    print_message(
        f"{found['odd'].sum():,} of {len(found):,} rows are odd, at an accepted share of false discoveries of {rate:g}"
        + ("" if len(odd) else "; those that come nearest to that:")
    )
    shown = (odd if len(odd) else explained).head(_ODD_SHOWN if len(odd) else _NEAREST_SHOWN)
    if not len(shown):
        return
    rows = [
        (str(index), f"{row.log_prob:.1f}", f"{row.p_value:.2g}", row.blame, _value(row.found), _value(row.expected))
        for index, row in shown.iterrows()
    ]
    show_table(
        ("row", "log p (nats)", "p-value", "blame", "found", "expected"), rows, ("row", "log p (nats)", "p-value")
    )
    if len(odd) > len(shown):
        print_message(f"… and {len(odd) - len(shown):,} more; --out writes them all")


def show_table(headings: Sequence[str], rows: Sequence[Sequence[str]], numbers: Collection[str] = ()) -> None:
    """Print rows under headings, with columns ``numbers`` aligned right; tabs separate cells outside a terminal."""
    console = Console(highlight=False)
    if not console.is_terminal:
        for row in (headings, *rows):
            console.print("\t".join(row), markup=False, soft_wrap=True)
        return
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for heading in headings:
        table.add_column(heading, justify="right" if heading in numbers else "left")
    for row in rows:
        table.add_row(*row)
    console.print(table)


def show_run(run: Run, vae: VAE, metrics: dict[str, Any]) -> None:
    """Print the choices and results of a fit, and where its files are."""
    part = "validation" if "validation" in metrics else "train"
    numbers = metrics[part]
    report = run.folder / "report.html"
    names = [name for name in ("elbo", "reconstruction", "kl") if name in numbers]
    log_likelihood = "{log_likelihood:.2f} nats, from {log_likelihood_rows:,} rows"
    seen, before = (", after the refit to all rows, these too", _BEFORE) if "seen" in numbers else ("", "")
    facts = {
        "likelihood": likelihood_of(vae),
        part: ", ".join(f"{_TERMS[name]} {numbers[name]:.2f}" for name in names) + f" nats{seen}",
        "log-likelihood": log_likelihood.format(**numbers) if "log_likelihood" in numbers else None,
        "simple models": f"ELBO {ladder}{before}" if (ladder := vae.outcome_.ladder) else None,
        "bits": f"{numbers['bits_per_dim']:.3f} per dimension" if "bits_per_dim" in numbers else None,
        "active units": f"{numbers['active_units']} of {vae.module_.latent_dim}",
        "labels": label_fact(run),
        "epochs": f"{len(vae.history_)} in {metrics['seconds']:.1f} s",
        "parameters": f"{metrics['n_parameters']:,}",
        "precision": f"{vae.plan_.model.precision}, chosen for this processor" if vae.precision == "auto" else None,
        "run": str(run.folder),
        "report": str(report) if report.exists() else None,
        "curves": _VIEWERS[run.settings.tracker].format(run.folder) if run.settings.tracker else None,
    }
    facts = {name: fact for name, fact in facts.items() if fact is not None}
    show_facts(f"elbax fit {run.dataset.name}", facts)


def show_diagnosis(diagnosis: Diagnosis, run: Run) -> None:
    """Print findings, and the command that applies the remedy."""
    console = Console(highlight=False)
    terminal = console.is_terminal
    console.print(diagnosis if terminal else str(diagnosis), markup=False, soft_wrap=not terminal)
    if diagnosis.changes:
        words = replace(run.settings, **diagnosis.changes).to_options()
        entries = {entry.name: entry for entry in fields(run.settings)}
        dropped = [f"--{option_name(entries[name])}" for name, value in diagnosis.changes.items() if value is None]
        without = f" (without {', '.join(dropped)})" if dropped else ""
        console.print(f"as a command: elbax fit {shlex.join(words)}{without}", markup=False, soft_wrap=True)


def show_evaluation(evaluation: Evaluation, title: str, part: str) -> None:
    """Print a full evaluation: one screen on a terminal, one line per measure elsewhere."""
    console = Console(highlight=False)
    if not console.is_terminal:
        print(f"rows\t{part}, {evaluation.rows:,}\n{evaluation}")  # Rich would turn tabs into spaces
        return
    rows = f"{part}, {evaluation.rows:,} rows, in {evaluation.seconds:.0f} s"
    console.print(Panel(evaluation, title=title, subtitle=rows, title_align="left", subtitle_align="right"))


def show_synthetic(report: SyntheticReport) -> None:
    """Print quality and privacy of synthetic rows: one screen on a terminal, one line per measure elsewhere."""
    console = Console(highlight=False)
    if console.is_terminal:
        console.print(report)
    else:
        print(report)  # Rich would turn tabs into spaces


def show_comparison(comparison: Comparison) -> None:
    """Print the table of a comparison, and which of its differences are noise."""
    show_table(HEADINGS, comparison.lines(), numbers=HEADINGS[1:3])
    Console(highlight=False).print(comparison.summary, markup=False, soft_wrap=True)


def show_round(refit_round: Round) -> None:
    """Print the doctor's summary of a round on standard error."""
    print_message(f"doctor: {refit_round.diagnosis.summary}")


def show_refit(refit: Refit) -> None:
    """Print changes, ELBO and findings of each round."""
    if Console().is_terminal:
        Console(highlight=False).print(refit)
        return
    show_table(("round", "changed", "likelihood", "ELBO", "found"), list(refit.rows()))


def likelihood_of(vae: VAE) -> str:
    """The likelihood and the reason for it."""
    if vae.likelihood == "auto":
        return vae.likelihood_reason_
    loss = "" if vae.likelihood_.proper else " (a loss, not a density: compare its nats with its own only)"
    return f"{vae.likelihood_.name}, {vae.likelihood_reason_}{loss}"


def label_fact(run: Run) -> str | None:
    """What the column of labels is for, if there is one."""
    label = run.settings.label
    return None if label is None else f"{label}: colors figures, no part of the model"


def _value(value: Any) -> str:
    return f"{value:.5g}" if isinstance(value, float) else str(value)


def _number(name: str, part: dict[str, Any], latent_dim: int) -> str:
    if name not in part:
        return ""
    if name == "seen":
        return "yes"
    if name == "active_units":
        return f"{part[name]} of {latent_dim}"
    return f"{part[name]:,}" if isinstance(part[name], int) else f"{part[name]:.3f}"
