"""A diagnosis: findings, in the order of causes, and the remedy."""

import html
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.table import Table
from rich.text import Text
from sklearn.base import BaseEstimator, clone

from elbax.doctor.finding import Finding
from elbax.doctor.fit_record import FitRecord
from elbax.doctor.measurements import Measurements
from elbax.doctor.rules import RULES, healthy

_COLLAPSE = ("scale-too-large", "improper-likelihood", "kl-overweight", "collapse-trap")


@dataclass(frozen=True)
class Diagnosis:
    """Findings, most fundamental cause first.

    It shows itself: printed with Rich it is a table, in a notebook HTML.

    Attributes:
        findings: at least one; `Finding` "healthy" where nothing is wrong.
        estimator: the estimator that was diagnosed, unfitted.
        elbo: its ELBO, nats per row: of held-out rows where there are any.
    """

    findings: tuple[Finding, ...]
    estimator: BaseEstimator
    elbo: float

    @property
    def primary(self) -> Finding:
        """The finding that explains the others."""
        return self.findings[0]

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of all findings."""
        return tuple(finding.code for finding in self.findings)

    @property
    def healthy(self) -> bool:
        """Whether nothing is wrong; notes do not count."""
        return all(finding.note or finding.code == "healthy" for finding in self.findings)

    @property
    def summary(self) -> str:
        """The codes of faults, then those of notes in brackets."""
        wrong = [finding.code for finding in self.findings if not finding.note]
        notes = [finding.code for finding in self.findings if finding.note]
        return ", ".join(wrong) + (f" (note: {', '.join(notes)})" if notes else "")

    @property
    def changes(self) -> dict[str, Any]:
        """The settings that the remedy changes; if findings disagree, the more fundamental one wins."""
        merged: dict[str, Any] = {}
        for finding in reversed([finding for finding in self.findings if not finding.note]):
            merged |= finding.changes
        current = self.estimator.get_params(deep=False)
        return {name: value for name, value in merged.items() if current[name] != value}

    def remedy(self) -> BaseEstimator:
        """A new, unfitted estimator with the changes applied."""
        return clone(self.estimator).set_params(**self.changes)

    def to_json(self) -> dict[str, Any]:
        """Findings, ELBO and the settings to change, as JSON values."""
        findings = [{**asdict(finding), "changes": dict(finding.changes)} for finding in self.findings]
        return {"elbo": self.elbo, "findings": findings, "changes": self.changes}

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """A table with one row per finding."""
        table = Table(expand=True, show_edge=False, pad_edge=False)
        table.add_column("finding", no_wrap=True)
        table.add_column("measured", ratio=3)
        table.add_column("what to do", ratio=2)
        for finding in self.findings:
            style = "green" if finding.code == "healthy" else "dim" if finding.note else "bold red"
            name = Text(finding.code, style)
            meaning = Text.assemble((finding.meaning, "bold"), "\n", finding.evidence)
            if finding.source:
                meaning.append(f"\n{finding.source}", "dim")
            table.add_row(name, meaning, finding.advice)
        yield Group(table, *([self._change_line()] if self.changes else []))

    def _change_line(self) -> Text:
        changes = ", ".join(f"{name}={value!r}" for name, value in self.changes.items())
        return Text.assemble(("remedy: ", "bold"), f"VAE({changes})")

    def __str__(self) -> str:
        """The findings as plain text, one line each."""
        return "\n".join(f"{f.code}: {f.evidence.rstrip('.')}; {f.advice}" for f in self.findings)

    def _repr_html_(self) -> str:
        """The table for notebooks and the report."""
        rows = "".join(
            f"<tr><td><code>{html.escape(f.code)}</code></td><td><b>{html.escape(f.meaning)}</b><br>"
            f"{html.escape(f.evidence)}<br><small>{html.escape(f.source)}</small></td>"
            f"<td>{f.value:.3g}</td><td>{f.threshold:.3g}</td><td>{html.escape(f.advice)}</td></tr>"
            for f in self.findings
        )
        head = "<tr><th>finding</th><th>measured</th><th>value</th><th>threshold</th><th>what to do</th></tr>"
        remedy = f"<p>{html.escape(self._change_line().plain)}</p>" if self.changes else ""
        return f"<table class='diagnosis'>{head}{rows}</table>{remedy}"


def examine(
    record: FitRecord, estimator: BaseEstimator, progress: Callable[[str], None] = lambda step: None
) -> Diagnosis:
    """Apply every rule to the record of a fit.

    Args:
        record: the fit to examine.
        estimator: the estimator it belongs to; the remedy is made from it.
        progress: called with the code of each rule before it runs.
    """
    measured = Measurements(record)
    found = []
    for code, rule in RULES.items():
        progress(code)
        if (finding := rule(measured)) is not None:
            found.append(finding)
    if any(finding.code in _COLLAPSE for finding in found) and not measured.active.any():
        found = [finding for finding in found if finding.code != "inactive-units"]  # it follows from collapse
    if all(finding.note for finding in found):
        found.insert(0, healthy(measured))
    elbos = measured.elbos if measured.held_out_elbos is None else measured.held_out_elbos
    return Diagnosis(tuple(found), clone(estimator), float(elbos.mean()))
