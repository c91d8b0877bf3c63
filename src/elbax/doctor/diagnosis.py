"""A diagnosis: findings in the order of causes, and their remedy."""

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
from elbax.doctor.rules.bounds import absurd_bound

_MISMATCH = "aggregate-mismatch"
_COLLAPSE = ("scale-too-large", "improper-likelihood", "kl-overweight", "collapse-trap")


@dataclass(frozen=True)
class Diagnosis:
    """Findings, most fundamental cause first; renders as a Rich table and as HTML.

    Attributes:
        findings: at least one, "healthy" if nothing is wrong.
        estimator: an unfitted clone of the diagnosed estimator.
        elbo: ELBO of held-out rows that the model has not seen, if there are any, else of training rows, nats per row.
        left_out: what was not examined and why, in one sentence; empty if all was.
    """

    findings: tuple[Finding, ...]
    estimator: BaseEstimator
    elbo: float
    left_out: str = ""

    @property
    def primary(self) -> Finding:
        """The most fundamental finding."""
        return self.findings[0]

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(finding.code for finding in self.findings)

    @property
    def healthy(self) -> bool:
        """Whether nothing is wrong, apart from notes."""
        return all(finding.note or finding.code == "healthy" for finding in self.findings)

    @property
    def summary(self) -> str:
        """The codes of faults, and of notes in brackets."""
        faults, notes = (
            ", ".join(finding.code for finding in self.findings if finding.note == note) for note in (False, True)
        )
        return faults + (f" (note: {notes})" if notes else "")

    @property
    def changes(self) -> dict[str, Any]:
        """Settings that the remedy changes; the most fundamental finding takes precedence."""
        merged: dict[str, Any] = {}
        for finding in reversed(self.findings):
            merged |= {} if finding.note else finding.changes
        current = self.estimator.get_params(deep=False)
        return {name: value for name, value in merged.items() if current[name] != value}

    def remedy(self) -> BaseEstimator:
        """A new, unfitted estimator with the changes applied."""
        return clone(self.estimator).set_params(**self.changes)

    def to_json(self) -> dict[str, Any]:
        findings = [{**asdict(finding), "changes": dict(finding.changes)} for finding in self.findings]
        return {"elbo": self.elbo, "findings": findings, "changes": self.changes, "left_out": self.left_out}

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
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
        left_out = [Text(self.left_out, "dim")] if self.left_out else []
        yield Group(table, *([self._change_line()] if self.changes else []), *left_out)

    def _change_line(self) -> Text:
        given = ", ".join(f"{name}={value!r}" for name, value in self.changes.items() if value is not None)
        parts = [f"VAE({given})"] if given else []
        if by_default := [name for name, value in self.changes.items() if value is None]:
            parts.append(f"{', '.join(by_default)} by default")
        return Text.assemble(("remedy: ", "bold"), ", with ".join(parts))

    def __str__(self) -> str:
        lines = [f"{f.code}: {f.evidence.rstrip('.')}; {f.advice}" for f in self.findings]
        return "\n".join([*lines, self.left_out] if self.left_out else lines)

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td><code>{html.escape(f.code)}</code></td><td><b>{html.escape(f.meaning)}</b><br>"
            f"{html.escape(f.evidence)}<br><small>{html.escape(f.source)}</small></td>"
            f"<td data-heading='value'>{f.value:.3g}</td><td data-heading='threshold'>{f.threshold:.3g}</td>"
            f"<td data-heading='what to do'>{html.escape(f.advice)}</td></tr>"
            for f in self.findings
        )
        head = "<tr><th>finding</th><th>measured</th><th>value</th><th>threshold</th><th>what to do</th></tr>"
        remedy = f"<p>{html.escape(self._change_line().plain)}</p>" if self.changes else ""
        left_out = f"<p>{html.escape(self.left_out)}</p>" if self.left_out else ""
        return f"<table class='diagnosis'><thead>{head}</thead><tbody>{rows}</tbody></table>{remedy}{left_out}"


def examine(
    record: FitRecord, estimator: BaseEstimator, progress: Callable[[str], None] = lambda step: None
) -> Diagnosis:
    """Apply every rule to the record of a fit.

    Args:
        record: the fit to examine.
        estimator: the fitted estimator; the remedy changes its settings.
        progress: called with each rule's code before it runs.
    """
    measurements = Measurements(record)
    findings = []
    for code, rule in RULES.items():
        progress(code)
        if (finding := rule(measurements)) is not None:
            findings.append(finding)
        if code == absurd_bound.code and findings:
            break  # all other measures are made of such numbers
    findings = _causes(findings, measurements)
    if all(finding.note for finding in findings):
        findings.insert(0, healthy(measurements))
    return Diagnosis(tuple(findings), clone(estimator), measurements.summary_elbo, measurements.left_out)


def _causes(findings: list[Finding], measurements: Measurements) -> list[Finding]:
    """The findings without those that another one explains."""
    implied = set()
    if any(finding.code in _COLLAPSE for finding in findings) and not measurements.active.any():
        implied.add("inactive-units")
    # Codes are not distributed like the prior after nearly every fault; alone, or if beta keeps them off, it is one.
    others = any(not finding.note and finding.code != _MISMATCH for finding in findings)
    if others and measurements.record.settings["beta"] >= 1:
        implied.add(_MISMATCH)
    return [finding for finding in findings if finding.code not in implied]
