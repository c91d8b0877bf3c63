"""Does a model trained on synthetic rows predict as well as one trained on real rows?"""

from typing import NamedTuple

import numpy as np
from scipy.stats import rankdata

from elbax.errors import unknown_name
from elbax.evaluate.estimate import Estimate
from elbax.evaluate.synthetic.classifiers import boosted_trees
from elbax.evaluate.synthetic.coded_tables import CATEGORY, CodedTables

_FEW_VALUES = 2  # a number of so many values is a category
_DRAWS = 200


class Usefulness(NamedTuple):
    """Boosted trees that predict a column of held-out real rows from the others.

    Attributes:
        target: the column.
        measure: "AUC" of a category, one level against the rest, weighted by their shares; "R²" of a number.
        synthetic: of trees trained on synthetic rows.
        real: of trees trained on as many training rows, if there are as many.
        difference: synthetic less real, with its error over test rows.
    """

    target: str
    measure: str
    synthetic: Estimate
    real: Estimate
    difference: Estimate


def usefulness(tables: CodedTables, target: str, most_rows: int, seed: int) -> Usefulness:
    """Train on at most so many synthetic and real rows, and test both on the held-out rows.

    Raises:
        InputError: ``target`` is no column that can be compared.
    """
    if target not in tables.names:
        raise unknown_name("target", target, tables.names)
    j = tables.names.index(target)
    classes = tables.kinds[j] == CATEGORY or len(np.unique(_known(tables.train, j)[:, j])) <= _FEW_VALUES
    test = _known(tables.test, j)
    predicted = []
    for rows in (tables.synthetic, tables.train):
        rows = _known(rows, j)[: min(most_rows, len(tables.synthetic))]
        predicted.append(_predict(rows, test, j, tables.categorical, classes, seed))
    measure = _weighted_auc if classes else _r2
    rng, y, values = np.random.default_rng(seed), test[:, j], []
    for draw in range(_DRAWS + 1):
        chosen = np.arange(len(y)) if draw == 0 else rng.integers(len(y), size=len(y))
        made, real = (measure(y[chosen], scores[chosen]) for scores in predicted)
        values.append((made, real, made - real))
    errors = np.nanstd(np.array(values[1:]), axis=0, ddof=1)
    estimates = (Estimate(float(value), float(error), len(y)) for value, error in zip(values[0], errors, strict=True))
    return Usefulness(target, "AUC" if classes else "R²", *estimates)


def _known(rows: np.ndarray, j: int) -> np.ndarray:
    return rows[~np.isnan(rows[:, j])]


def _predict(
    rows: np.ndarray, test: np.ndarray, j: int, categorical: np.ndarray, classes: bool, seed: int
) -> np.ndarray:
    """A prediction for each test row: (m,) of a number, (m, levels) of a category."""
    x, y, new = np.delete(rows, j, axis=1), rows[:, j], np.delete(test, j, axis=1)
    others = np.delete(categorical, j)
    if not classes:
        return boosted_trees(x, others, seed, regression=True).fit(x, y).predict(new)
    levels = np.unique(test[:, j])
    scores = np.zeros((len(test), len(levels)))
    if len(np.unique(y)) < 2:
        return scores  # one level teaches nothing
    counts = {level: int((y == level).sum()) for level in np.unique(y)}
    model = boosted_trees(x, others, seed)
    if min(counts.values()) < 2:  # stopping early holds out rows of each level
        model.set_params(early_stopping=False)
    model.fit(x, y)
    for place, level in enumerate(model.classes_):
        scores[:, levels == level] = model.predict_proba(new)[:, [place]]
    return scores


def _weighted_auc(y: np.ndarray, scores: np.ndarray) -> float:
    """Areas of each level against the rest, weighted by their shares; scores (m, levels) in order of the levels."""
    areas, weights = [], []
    for place, level in enumerate(np.unique(y) if len(np.unique(y)) == scores.shape[1] else []):
        inside = y == level
        ranks = rankdata(scores[:, place])
        n, rest = inside.sum(), (~inside).sum()
        areas.append((ranks[inside].sum() - n * (n + 1) / 2) / (n * rest) if rest else np.nan)
        weights.append(n)
    return float(np.average(areas, weights=weights)) if areas else float("nan")


def _r2(y: np.ndarray, predicted: np.ndarray) -> float:
    return float(1 - np.square(y - predicted).sum() / max(np.square(y - y.mean()).sum(), 1e-300))
