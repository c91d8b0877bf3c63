"""The report of synthetic rows as one self-contained HTML page."""

from os import PathLike
from pathlib import Path
from typing import Any

from elbax.evaluate.synthetic import SyntheticReport
from elbax.files import atomic_write
from elbax.report.html import inline, render_page
from elbax.report.table_figures import synthetic_figures


def render_synthetic(record: SyntheticReport, train: Any, synthetic: Any, *, title: str = "Synthetic rows") -> str:
    """Render quality and privacy of synthetic rows, with pictures of every column and of pair associations.

    Args:
        record: of `elbax.evaluate.synthetic.report_synthetic`.
        train: the training rows that it compared.
        synthetic: the synthetic rows, a frame with the same columns.
        title: heading of the page.

    Example:
        >>> import numpy as np, pandas as pd
        >>> from elbax.evaluate.synthetic import report_synthetic
        >>> rng = np.random.default_rng(0)
        >>> train, test, made = (pd.DataFrame({"age": rng.normal(size=30)}) for _ in range(3))
        >>> "Columns, real and synthetic" in render_synthetic(report_synthetic(train, test, made), train, made)
        True
    """
    figures = [inline(figure) for figure in synthetic_figures(record, train, synthetic)]
    return render_page("synthetic.html", title, record=record, figures=figures)


def write_synthetic(
    record: SyntheticReport, train: Any, synthetic: Any, path: str | PathLike[str], *, title: str = "Synthetic rows"
) -> None:
    """Write the page of `render_synthetic` to a file, whole or not at all; InputError if it cannot be written."""
    atomic_write(Path(path), render_synthetic(record, train, synthetic, title=title).encode())
