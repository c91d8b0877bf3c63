"""A self-contained HTML page about a fitted model.

content = collect(vae, x, labels, validation=held_out, title="Digits")
write(content, "report.html")
"""

from elbax.evaluate import Estimate
from elbax.report.content import ReportContent, StaticFigure, collect
from elbax.report.page import render, write

__all__ = ["Estimate", "ReportContent", "StaticFigure", "collect", "render", "write"]
