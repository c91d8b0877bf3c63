"""Quality and privacy of synthetic rows, beside training rows and real rows that the model never saw."""

from elbax.evaluate.synthetic.coded_tables import CodedTables
from elbax.evaluate.synthetic.detection import Detection
from elbax.evaluate.synthetic.privacy import Privacy
from elbax.evaluate.synthetic.report import SyntheticReport, report_synthetic
from elbax.evaluate.synthetic.sdmetrics_scores import SDMetricsScores, sdmetrics_scores
from elbax.evaluate.synthetic.similarity import ColumnShape, associations
from elbax.evaluate.synthetic.usefulness import Usefulness

__all__ = [
    "CodedTables",
    "ColumnShape",
    "Detection",
    "Privacy",
    "SDMetricsScores",
    "SyntheticReport",
    "Usefulness",
    "associations",
    "report_synthetic",
    "sdmetrics_scores",
]
