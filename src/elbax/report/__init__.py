"""Self-contained HTML pages about a fitted model, and about synthetic rows.

content = collect(vae, x, labels, validation=held_out, title="Digits")
write(content, "report.html")
"""

from elbax.evaluate import Estimate
from elbax.report.content import ReportContent, StaticFigure, collect
from elbax.report.page import render, write
from elbax.report.synthetic import render_synthetic, write_synthetic

__all__ = [
    "Estimate",
    "ReportContent",
    "StaticFigure",
    "collect",
    "render",
    "render_synthetic",
    "write",
    "write_synthetic",
]
