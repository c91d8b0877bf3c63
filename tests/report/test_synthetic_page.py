"""The page about synthetic rows: every column, all pairs, nothing fetched, names as they are."""

import re

import numpy as np
import pandas as pd

from elbax.evaluate.synthetic import report_synthetic
from elbax.report import render_synthetic, table_figures


def frame(seed, columns=3):
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(rng.normal(size=(80, columns)), columns=[f"c{i}" for i in range(columns)])
    table["<kind>"] = rng.choice(["a", "b"], len(table))
    table["whole"] = pd.array(np.where(rng.random(len(table)) < 0.2, None, rng.integers(0, 9, len(table))), "Int64")
    return table


def test_a_page_shows_every_column_and_all_pairs(monkeypatch):
    monkeypatch.setattr(table_figures, "_PANELS", 3)
    train, test, made = frame(0), frame(1), frame(2)
    page = render_synthetic(report_synthetic(train, test, made), train, made, title="Rows of <people>")
    assert "<h1>Rows of &lt;people&gt;</h1>" in page
    assert re.findall("<h2>(.*?)</h2>", page) == [
        "Quality and privacy",
        "Columns, real and synthetic, 1 to 3 of 5",
        "Columns, real and synthetic, 4 to 5 of 5",
        "Pairs of columns, real and synthetic",
    ]
    assert page.count("data:image/png;base64") == 3
    assert not re.search(r'(src|href)="(?!data:)', page) and "<kind>" not in page
    assert "80 synthetic rows, 80 for training, 80 held out" in page
