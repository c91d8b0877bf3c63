"""Models for other programs: ONNX, StableHLO, and a page for a browser."""

from elbax.export.folder import Export, ExportRows, export_model
from elbax.export.functions import ExportedModel
from elbax.export.page import write_page

__all__ = ["Export", "ExportRows", "ExportedModel", "export_model", "write_page"]
