"""Can classifiers tell synthetic rows from real ones?"""

from typing import NamedTuple

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import StratifiedKFold

from elbax.evaluate.estimate import Estimate
from elbax.evaluate.synthetic.classifiers import auc, boosted_trees, logistic_regression
from elbax.evaluate.synthetic.coded_tables import CodedTables

TREES, LOGISTIC = "boosted trees", "logistic regression"
_FOLDS, _FOLDS_SEEN = 5, 3


class Detection(NamedTuple):
    """Areas under the ROC curve of a classifier of real and synthetic rows; 0.5 is a guess.

    Attributes:
        classifier: "boosted trees" or "logistic regression".
        unseen: of held-out real rows and synthetic ones, a fold at a time, by a classifier of the other folds and of
            the training rows.
        seen: of training rows and synthetic ones. Copies of training rows make it better, so judge by ``unseen``.
    """

    classifier: str
    unseen: Estimate
    seen: Estimate

    @property
    def score(self) -> float:
        """1 - max(0, 2 AUC - 1) of the training rows, as in published tables: 1 if rows cannot be told apart."""
        return 1 - max(0.0, 2 * self.seen.mean - 1)


def detect(tables: CodedTables, most_rows: int, seed: int) -> tuple[Detection, ...]:
    """Train both classifiers on at most so many real rows and as many synthetic ones."""
    rng = np.random.default_rng(seed)
    train, test, made = (rows[rng.permutation(len(rows))] for rows in (tables.train, tables.test, tables.synthetic))
    n = min(len(train), len(made), most_rows)
    test = test[:most_rows]
    beside = train[: max(0, min(most_rows, len(made)) - len(test))]
    found = []
    for classifier in (TREES, LOGISTIC):
        unseen = _detect(test, made[:most_rows], beside, tables.categorical, classifier, _FOLDS, seed)
        seen = _detect(train[:n], made[:n], train[:0], tables.categorical, classifier, _FOLDS_SEEN, seed)
        found.append(Detection(classifier, unseen, seen))
    return tuple(found)


def _detect(
    real: np.ndarray,
    made: np.ndarray,
    beside: np.ndarray,
    categorical: np.ndarray,
    classifier: str,
    folds: int,
    seed: int,
) -> Estimate:
    """Area under the curve of real and synthetic rows over folds; ``beside`` are real rows to train on only."""
    x, y = np.concatenate([real, made]), np.repeat([0, 1], [len(real), len(made)])
    parts = []
    for train, test in StratifiedKFold(folds, shuffle=True, random_state=seed).split(x, y):
        rows, labels = np.concatenate([x[train], beside]), np.append(y[train], np.zeros(len(beside), int))
        trees = classifier == TREES
        model = boosted_trees(x, categorical, seed) if trees else logistic_regression(len(rows), categorical)
        weight = np.where(labels == 1, 1 / labels.sum(), 1 / (1 - labels).sum()) * len(labels) / 2
        name = "sample_weight" if trees else "logisticregression__sample_weight"
        scores = clone(model).fit(rows, labels, **{name: weight}).predict_proba(x[test])[:, 1]
        # scores of two folds are on two scales, so each fold has its own area
        parts.append(auc(scores[y[test] == 1], scores[y[test] == 0]))
    error = np.sqrt(np.square([part.error for part in parts]).sum()) / folds
    return Estimate(float(np.mean([part.mean for part in parts])), float(error), len(x))
