"""SDMetrics' quality report: column shapes and pair trends as that library counts them."""

import io
import warnings
from contextlib import redirect_stdout
from typing import NamedTuple

from elbax.errors import MissingExtraError
from elbax.evaluate.synthetic.coded_tables import CATEGORY, DATE, NUMBER, CodedTables

_TYPES = {NUMBER: "numerical", DATE: "datetime", CATEGORY: "categorical"}


class SDMetricsScores(NamedTuple):
    """Two properties of SDMetrics' quality report; 1 is best.

    Attributes:
        version: of the library, since it counts pair trends in other ways from version to version.
        shapes: column shapes.
        trends: column pair trends.
    """

    version: str
    shapes: float
    trends: float


def sdmetrics_scores(tables: CodedTables) -> SDMetricsScores:
    """Run the quality report of SDMetrics on training and synthetic rows.

    Raises:
        MissingExtraError: SDMetrics is not installed.
    """
    with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")  # of that library and its dependencies
        try:
            import sdmetrics  # pyright: ignore[reportMissingImports]
            from sdmetrics.reports.single_table import QualityReport  # pyright: ignore[reportMissingImports]
        except ImportError as error:
            raise MissingExtraError("SDMetrics' scores need sdmetrics: pip install elbax[synth]") from error
        train, _, synthetic = tables.as_frames()
        kinds = dict(zip(tables.names, tables.kinds, strict=True))
        metadata = {"columns": {name: {"sdtype": _TYPES[kind]} for name, kind in kinds.items()}}
        report = QualityReport()
        report.generate(train, synthetic, metadata, verbose=False)
        scores = report.get_properties().set_index("Property")["Score"]
    return SDMetricsScores(sdmetrics.__version__, float(scores["Column Shapes"]), float(scores["Column Pair Trends"]))
