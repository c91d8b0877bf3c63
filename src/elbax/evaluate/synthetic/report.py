"""The quality and privacy of synthetic rows, in one record."""

import time
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from elbax.checks import check_integer
from elbax.errors import MissingExtraError
from elbax.evaluate.estimate import Estimate
from elbax.evaluate.json_records import from_json, to_json
from elbax.evaluate.rendering import AbstractRecord, Line
from elbax.evaluate.synthetic.coded_tables import CodedTables
from elbax.evaluate.synthetic.detection import Detection, detect
from elbax.evaluate.synthetic.privacy import Privacy, measure_privacy
from elbax.evaluate.synthetic.sdmetrics_scores import SDMetricsScores, sdmetrics_scores
from elbax.evaluate.synthetic.similarity import ColumnShape, associations, column_shapes, mean_trend, pair_trends
from elbax.evaluate.synthetic.usefulness import Usefulness, usefulness

_SHOWN = 3  # columns and pairs that are least alike
_SIGNIFICANT = 3.0  # errors


@dataclass(frozen=True, eq=False)
class SyntheticReport(AbstractRecord):
    """Synthetic rows beside the training rows and real rows that the model never saw.

    Attributes:
        rows: numbers of training, held-out and synthetic rows.
        columns: shape of each column.
        shape: mean over columns.
        held_out_shape: that of the held-out rows.
        trend: mean likeness of pairs of columns, as `pair_trends` counts.
        held_out_trend: that of the held-out rows.
        trends: of all pairs, (d, d).
        real_associations: Cramér's V of all pairs of columns of the training rows, numbers in ten bins, (d, d).
        synthetic_associations: that of the synthetic rows.
        sdmetrics: the scores of that library, or None if it is not installed.
        detection: by boosted trees and by logistic regression.
        usefulness: for a target; None without one.
        privacy: what the rows give away.
        left_out: columns that were not compared.
        seconds: duration.
    """

    rows: tuple[int, int, int]
    columns: tuple[ColumnShape, ...]
    shape: float
    held_out_shape: float
    trend: float
    held_out_trend: float
    trends: np.ndarray
    real_associations: np.ndarray
    synthetic_associations: np.ndarray
    sdmetrics: SDMetricsScores | None
    detection: tuple[Detection, ...]
    usefulness: Usefulness | None
    privacy: Privacy
    left_out: tuple[str, ...]
    seconds: float

    strong: ClassVar[tuple[str, ...]] = ("boosted trees, unseen rows", "exact copies")

    def to_json(self) -> dict[str, Any]:
        """Convert to JSON values, with the warnings."""
        return {**to_json(self), "warnings": list(self.warnings)}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        return from_json(cls, {name: member for name, member in value.items() if name != "warnings"})

    @property
    def warnings(self) -> tuple[str, ...]:
        """Reasons why rows are less useful or less private than they look, one sentence each."""
        privacy, warnings = self.privacy, []
        if _exceeds(privacy.copies, privacy.held_out_copies):
            warnings.append(
                f"{privacy.copies.mean:.1%} of the synthetic rows copy a training row, but only "
                f"{privacy.held_out_copies.mean:.1%} of new real rows do: the model has memorized some"
            )
        if privacy.closer.mean - 0.5 > _SIGNIFICANT * privacy.closer.error:
            warnings.append(
                f"{privacy.closer.mean:.0%} of the synthetic rows are closer to a training row than to a new real "
                "row: they give away more about training rows than about others"
            )
        if privacy.membership.mean - 0.5 > _SIGNIFICANT * privacy.membership.error:
            warnings.append(
                f"an attack tells training rows from new ones with an AUC of {privacy.membership.mean:.3f}: "
                "do not publish these rows where it must stay secret who was in the data"
            )
        for found in self.detection:
            if found.unseen.mean > 0.6:
                warnings.append(
                    f"{found.classifier} tells synthetic rows from real ones with an AUC of {found.unseen.mean:.2f}"
                )
        return tuple(warnings)

    def sections(self) -> dict[str, list[Line]]:
        """Lines of the table under their headings."""
        train, test, synthetic = self.rows
        title = f"{synthetic:,} synthetic rows, {train:,} for training, {test:,} held out: likeness, 1 is best"
        sections = {title: self._likeness(), "Detection: AUC, 0.5 is best": self._detection()}
        if self.usefulness is not None:
            use = self.usefulness
            sections[f"Usefulness: {use.measure} of {use.target!r} on held-out rows"] = [
                Line("trained on synthetic rows", _text(use.synthetic), ""),
                Line("trained on real rows", _text(use.real), f"difference {_text(use.difference, '+')}"),
            ]
        sections["Privacy"] = self._privacy()
        if self.left_out:
            sections["Not compared"] = [Line(name, "", "free text or an identifier") for name in self.left_out]
        return sections

    def _likeness(self) -> list[Line]:
        worst = sorted(self.columns, key=lambda column: column.shape)[:_SHOWN]
        lines = [
            Line("columns", f"{self.shape:.3f}", f"held-out rows {self.held_out_shape:.3f}"),
            Line("pairs of columns", f"{self.trend:.3f}", f"held-out rows {self.held_out_trend:.3f}"),
        ]
        if self.sdmetrics is not None:
            scores = f"{self.sdmetrics.shapes:.3f}, {self.sdmetrics.trends:.3f}"
            lines.append(Line(f"SDMetrics {self.sdmetrics.version}", scores, "column shapes, column pair trends"))
        lines += [Line("least alike", f"{column.shape:.3f}", column.name) for column in worst]
        return lines + [Line("least alike pair", f"{score:.3f}", f"{a}, {b}") for score, a, b in self.worst_pairs(1)]

    def worst_pairs(self, n: int = _SHOWN) -> list[tuple[float, str, str]]:
        """The n pairs of columns that are least alike: likeness and names."""
        d = len(self.columns)
        pairs = [(i, j) for i in range(d) for j in range(i) if np.isfinite(self.trends[i, j])]
        pairs.sort(key=lambda pair: self.trends[pair])
        return [(float(self.trends[i, j]), self.columns[j].name, self.columns[i].name) for i, j in pairs[:n]]

    def _detection(self) -> list[Line]:
        lines = []
        for found in self.detection:
            lines.append(Line(f"{found.classifier}, unseen rows", _text(found.unseen), f"{found.unseen.rows:,} rows"))
            note = f"score {found.score:.3f} as published tables count"
            lines.append(Line(f"{found.classifier}, training rows", _text(found.seen), note))
        return lines

    def _privacy(self) -> list[Line]:
        privacy = self.privacy
        return [
            Line("exact copies", _percent(privacy.copies), f"held-out rows {_percent(privacy.held_out_copies)}"),
            Line("closest training row", _text(privacy.distance), f"held-out rows {_text(privacy.held_out_distance)}"),
            Line("closer to training rows", _percent(privacy.closer), "than to as many held-out rows; 50% is best"),
            Line("membership attack", _text(privacy.membership), "AUC, 0.5 is best"),
        ]


def report_synthetic(
    train: Any,
    test: Any,
    synthetic: Any,
    *,
    target: str | None = None,
    most_rows: int = 10_000,
    seed: int = 0,
) -> SyntheticReport:
    """Compare synthetic rows with the training rows of their model and with real rows that it never saw.

    Args:
        train: rows that the model was fitted to, a pandas or polars frame, an Arrow table or an array; gaps, dates
            and categories are compared as such.
        test: held-out rows of the same columns.
        synthetic: rows that the model made.
        target: a column whose prediction synthetic rows should teach.
        most_rows: of a kind that classifiers and distances use.
        seed: of the choice of rows and the classifiers.

    Raises:
        InputError: the tables cannot be compared.

    Example:
        >>> import pandas as pd
        >>> rng = np.random.default_rng(0)
        >>> real, new, made = (pd.DataFrame(rng.normal(size=(50, 2)), columns=["a", "b"]) for _ in range(3))
        >>> report_synthetic(real, new, made).privacy.copies.mean
        0.0
    """
    start = time.perf_counter()
    check_integer("most_rows", most_rows, least=20)
    tables = CodedTables.of(train, test, synthetic)
    columns, held_out = column_shapes(tables), column_shapes(tables, tables.test)
    trends, held_out_trends = pair_trends(tables)
    binned = tables.binned()
    try:
        scores = sdmetrics_scores(tables)
    except MissingExtraError:
        scores = None
    return SyntheticReport(
        rows=(len(tables.train), len(tables.test), len(tables.synthetic)),
        columns=columns,
        shape=_mean_shape(columns),
        held_out_shape=_mean_shape(held_out),
        trend=mean_trend(trends),
        held_out_trend=mean_trend(held_out_trends),
        trends=trends,
        real_associations=associations(binned[0]),
        synthetic_associations=associations(binned[2]),
        sdmetrics=scores,
        detection=detect(tables, most_rows, seed),
        usefulness=None if target is None else usefulness(tables, target, most_rows, seed),
        privacy=measure_privacy(tables, most_rows, seed),
        left_out=tables.left_out,
        seconds=time.perf_counter() - start,
    )


def _mean_shape(columns: tuple[ColumnShape, ...]) -> float:
    return float(np.mean([column.shape for column in columns]))


def _exceeds(a: Estimate, b: Estimate) -> bool:
    error = np.hypot(np.nan_to_num(a.error), np.nan_to_num(b.error))
    return a.mean - b.mean > max(_SIGNIFICANT * error, 1 / a.rows)


def _text(estimate: Estimate, sign: str = "") -> str:
    return f"{estimate.mean:{sign}.3f} ± {estimate.error:.3f}".replace("-", "−")


def _percent(estimate: Estimate) -> str:
    return f"{estimate.mean:.2%} ± {estimate.error:.2%}"
