"""One page with a model, its runtime and a few rows, which encodes and decodes when opened from disk."""

import base64
import gzip
import html
import json
import math
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2
import numpy as np

from elbax.errors import counted
from elbax.export.folder import Export, ExportRows
from elbax.files import atomic_write

MOST_EXAMPLES = 12


def write_page(path: Path, export: Export, examples: ExportRows, names: Sequence[str]) -> None:
    """Write the page.

    Args:
        path: of the file.
        export: to ONNX.
        examples: rows that the page offers to start from, with their context.
        names: of the examples.
    """
    assets = files("elbax.export") / "assets"
    programs = {name: gzip.compress(data, 9, mtime=0) for name, data in export.programs.items()}
    programs["runtime"] = (assets / "runtime.wasm.gz").read_bytes()
    data = "\n".join(
        f'<script id="data-{name}" type="text/plain">{base64.b64encode(content).decode()}</script>'
        for name, content in programs.items()
    )
    template = jinja2.Environment().from_string((assets / "page.html").read_text(encoding="utf-8"))
    page = template.render(
        title=html.escape(export.schema["title"]),
        description=html.escape(_description(export)),
        css=(assets / "page.css").read_text(encoding="utf-8"),
        model=_for_script({"schema": export.schema, "examples": _examples(examples, names)}),
        data=data,
        script=(assets / "page.js").read_text(encoding="utf-8").replace("</script", "<\\/script"),
        footer=f"Made by elbax {html.escape(export.schema['elbax'])}. Everything runs in this page; nothing is sent "
        "anywhere. Contains onnxruntime-web, MIT License, © Microsoft Corporation.",
    )
    atomic_write(path, page.encode())


def _description(export: Export) -> str:
    shape = export.schema["x"]["shape"]
    what = counted(shape[0], "column") if len(shape) == 1 else " × ".join(map(str, shape)) + " numbers"
    return f"A variational autoencoder of {what} with {counted(export.schema['latent_dim'], 'latent')}."


def _examples(rows: ExportRows, names: Sequence[str]) -> list[dict[str, Any]]:
    context = [None] * len(rows.x) if rows.context is None else rows.context.astype(np.float64).tolist()
    triples = zip(names, rows.x.astype(np.float64).tolist(), context, strict=True)
    return [{"name": name, "x": _plain(x), "context": _plain(own)} for name, x, own in triples]


def _plain(value: Any) -> Any:
    """Numbers of seven digits, and None for NaN, which JSON has not."""
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    return None if value is None or math.isnan(value) else float(f"{value:.7g}")


def _for_script(value: Any) -> str:
    """JSON that cannot end the element that holds it."""
    return json.dumps(value).replace("<", "\\u003c")
